using System.Diagnostics;
using System.Text.Json;
using Mesh.EndToEnd.Tests.Running;

namespace Mesh.EndToEnd.Tests.Journeys;

/// <summary>The demo, played as a user would play it.</summary>
[Collection("one mesh at a time")]
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_runs_to_its_end_twice_on_the_same_data()
    {
        await using var mesh = await MeshUnderTest.OneProcessAsync();
        foreach (var project in (string[])["demo", "demo-2"])
        {
            var (code, output, error) = await CommandAsync(mesh, "demo", "--json");
            code.ShouldBe(0, $"{error}\n{mesh.Said()}");
            var told = JsonDocument.Parse(output).RootElement;
            told.GetProperty("project").GetString().ShouldBe(project);
            var steps = told.GetProperty("steps").EnumerateArray().ToList();
            steps.Count.ShouldBe(11);
            using var client = mesh.Client(project: project);
            var champion = await client.Project().Models.GetVersionAsync("breast-cancer", "champion");
            (await client.Project().Endpoints.GetAsync("breast-cancer")).ServingVersion.ShouldBe(champion.Version);
            (await client.Project().Models.GetAsync("breast-cancer")).LatestVersion.ShouldBe(2);
            var types = await client.Project().Events.ListAsync(after: 0).Select(e => e.Event.Type).Distinct().ToListAsync();
            types.ShouldBeSubsetOf(Contracts.Events.EventTypes.ByName.Keys);
            foreach (var type in (string[])["project.created", "artifact.logged", "job.succeeded", "run.completed", "model.version-registered", "model.promoted", "endpoint.deployed", "endpoint.version-served", "drift.detected", "alert.activated"])
                types.ShouldContain(type);
        }
    }

    private static async Task<(int Code, string Output, string Error)> CommandAsync(MeshUnderTest mesh, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [MeshUnderTest.Binary("Mesh.Cli", "mesh"), .. arguments, "--data", mesh.Data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
