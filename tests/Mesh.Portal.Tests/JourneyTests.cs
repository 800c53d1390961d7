using System.Text.RegularExpressions;
using Mesh.Client;
using Microsoft.Playwright;

namespace Mesh.Portal.Tests;

/// <summary>What people do in the portal, from one screen to the next.</summary>
[Collection(OnPortalMesh.Name)]
public sealed class JourneyTests(PortalMesh mesh)
{
    private const string Home = $"/p/{PortalMesh.Project}";

    [Fact]
    public async Task A_version_is_promoted_the_endpoint_serves_it_and_answers()
    {
        await using var watched = await mesh.OpenSignedInAsync();
        var page = watched.Page;
        await watched.GoAsync($"{Home}/models");
        await page.GetByRole(AriaRole.Link, new() { Name = "breast-cancer" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "1", Exact = true }).ClickAsync();
        await PromoteAsync(page, from: 2);

        await watched.GoAsync($"{Home}/endpoints/breast-cancer");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "version 1" })).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(page.GetByText(new Regex("^answered in"))).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("PredictedLabel")).ToBeVisibleAsync();

        await page.GetByText("JSON", new() { Exact = true }).ClickAsync();
        await page.GetByLabel("Request", new() { Exact = true }).FillAsync("""{ "inputs": [] }""");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();

        await watched.GoAsync($"{Home}/models/breast-cancer/2");
        await PromoteAsync(page, from: 1);
    }

    [Fact]
    public async Task A_run_is_followed_while_it_is_at_work_and_compared_when_it_has_ended()
    {
        using var client = new MeshClient(new MeshClientOptions { Api = new Uri(mesh.Address), Token = mesh.Token, Project = PortalMesh.Project });
        await using var run = await RunContext.StartAsync(client, "followed");
        await using var watched = await mesh.OpenSignedInAsync();
        var page = watched.Page;
        await watched.GoAsync($"{Home}/runs/{run.Id}");
        await Assertions.Expect(page.GetByText("No metric yet")).ToBeVisibleAsync();
        for (var step = 0; step < 50; step++) run.LogMetric("loss", 1.0 / (step + 1), step);
        await run.FlushAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Rowheader, new() { Name = "loss" })).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await run.CompleteAsync();
        await Assertions.Expect(page.GetByText("completed").First).ToBeVisibleAsync(new() { Timeout = 20_000 });

        await page.GetByRole(AriaRole.Tab, new() { Name = "History" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "See it then" }).First.ClickAsync();
        await Assertions.Expect(page.GetByText("as it was after event 1")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Back to now" }).ClickAsync();

        await watched.GoAsync($"{Home}/runs?q=followed");
        await page.GetByRole(AriaRole.Link, new() { Name = "followed" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "followed" })).ToBeVisibleAsync();
        watched.Faults.ShouldBeEmpty();
    }

    private static async Task PromoteAsync(IPage page, int from)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Promote…" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog.GetByText($"moves from version {from}")).ToBeVisibleAsync();
        await Assertions.Expect(dialog.GetByText("holds")).ToBeVisibleAsync();
        await dialog.GetByLabel("Reason").FillAsync("Tried by hand.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Promote" }).ClickAsync();
        await Assertions.Expect(dialog).ToBeHiddenAsync();
    }
}
