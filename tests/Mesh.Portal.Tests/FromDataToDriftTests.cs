using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Mesh.Portal.Tests;

/// <summary>The whole way of a model in the portal: a project, training, comparing, promoting, deploying, predicting, and drift seen on its endpoint.</summary>
[Collection(OnPortalMesh.Name)]
public sealed class FromDataToDriftTests(PortalMesh mesh)
{
    private const string Project = "clinic";
    private const string Home = $"/p/{Project}";
    private const string Model = "diagnosis";

    [Fact]
    public async Task A_model_goes_from_its_data_to_an_endpoint_that_drifts()
    {
        await using var watched = await mesh.OpenSignedInAsync();
        var page = watched.Page;
        await watched.GoAsync("/");
        await page.GetByRole(AriaRole.Button, new() { Name = "New project" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Name").FillAsync(Project);
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = Project, Exact = true })).ToBeVisibleAsync();
        await mesh.MeshAsync("datasets", "put", "cells.csv", mesh.DemoFile("train.csv"), "-P", Project);

        // Two trainings, of which the second is to be compared with the first.
        await TrainAsync(watched, "averaged-perceptron");
        await TrainAsync(watched, "fast-forest");
        await CompareAsync(watched);

        await watched.GoAsync($"{Home}/models");
        await page.GetByRole(AriaRole.Link, new() { Name = Model, Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "1", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Promote…" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Reason").FillAsync("The first that is good enough.");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Promote" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();

        await watched.GoAsync($"{Home}/endpoints");
        await page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
        var deploying = page.GetByRole(AriaRole.Dialog);
        await deploying.GetByLabel("Model", new() { Exact = true }).First.ClickAsync();
        await page.GetByRole(AriaRole.Option, new() { Name = Model, Exact = true }).ClickAsync();
        await deploying.GetByLabel("Name", new() { Exact = true }).FillAsync(Model);
        await deploying.GetByRole(AriaRole.Button, new() { Name = "Deploy" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"/endpoints/{Model}$"));
        await Assertions.Expect(page.GetByText("ready").First).ToBeVisibleAsync(new() { Timeout = 60_000 });

        var traffic = page.GetByRole(AriaRole.Region, new() { Name = "Traffic" });
        await Assertions.Expect(traffic.GetByText("No request in the last hour")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(page.GetByText(new Regex("^answered in"))).ToBeVisibleAsync();

        // The screen stays open: what was asked shows on it, and what the monitor finds in later rows.
        await Assertions.Expect(traffic.GetByRole(AriaRole.Region, new() { Name = "Requests a minute" })).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await mesh.MeshAsync("monitors", "configure", Model, "--window", "3600", "--min-rows", "50", "--min-features", "3", "--detect-after", "1", "-P", Project);
        await mesh.MeshAsync("endpoints", "send", Model, mesh.DemoFile("miscalibrated.csv"), "--label", "diagnosis", "--from", "2026-01-02T03:00:00Z", "--over", "3600", "-P", Project);
        await mesh.MeshAsync("endpoints", "send", Model, mesh.DemoFile("miscalibrated.csv"), "--label", "diagnosis", "--from", "2026-01-02T04:00:00Z", "--over", "3600", "-P", Project);
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Drift" }).GetByText("drifted").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        watched.Faults.ShouldBeEmpty();
    }

    private static async Task TrainAsync(WatchedPage watched, string algorithm)
    {
        var page = watched.Page;
        await watched.GoAsync($"{Home}/hub/item?name=auto-trainer");
        await page.GetByRole(AriaRole.Button, new() { Name = "Submit a job…" }).ClickAsync();
        var form = page.GetByRole(AriaRole.Dialog);
        await form.GetByLabel("dataset").FillAsync("cells.csv");
        await form.GetByLabel("target").FillAsync("diagnosis");
        await form.GetByRole(AriaRole.Textbox, new() { Name = "model" }).FillAsync(Model);
        await form.GetByLabel("algorithms", new() { Exact = true }).First.ClickAsync();
        await page.GetByRole(AriaRole.Option, new() { Name = algorithm, Exact = true }).ClickAsync();
        await page.Keyboard.PressAsync("Escape");
        await form.GetByRole(AriaRole.Button, new() { Name = "Submit" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/runs/[0-9a-f-]{36}"));
        // Nothing is loaded again: the run's own events bring the page to its end.
        await Assertions.Expect(page.GetByText("completed").First).ToBeVisibleAsync(new() { Timeout = 120_000 });
    }

    private static async Task CompareAsync(WatchedPage watched)
    {
        var page = watched.Page;
        await watched.GoAsync($"{Home}/runs?q=auto-trainer");
        await page.GetByLabel("Select all loaded rows").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Compare 2 runs" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Rowheader, new() { Name = "algorithms" })).ToContainTextAsync("≠");
    }
}
