using Mesh.Client;

namespace Mesh.EndToEnd.Tests.Journeys;

/// <summary>The demo, played as a user would play it.</summary>
[Collection("one mesh at a time")]
public sealed class DemoTests
{
    private const int Steps = 15;

    [Fact]
    public async Task The_demo_runs_to_its_end_twice_on_the_same_data()
    {
        await using var folder = new MeshFolder();
        await PlayAsync(folder, "demo", Steps + 1, "--port", folder.Port);
        (await folder.MeshAsync("status")).Code.ShouldBe(3, "The demo stops the mesh that it started.");

        (await folder.MeshAsync("up", "--detach", "--port", folder.Port)).Code.ShouldBe(0);
        await PlayAsync(folder, "demo-2", Steps);
        (await folder.MeshAsync("status")).Code.ShouldBe(0, "The demo leaves a mesh alone that ran before it.");
        foreach (var project in (string[])["demo", "demo-2"])
        {
            using var client = folder.Client(project);
            await HoldsAsync(client);
        }
    }

    private static async Task PlayAsync(MeshFolder folder, string project, int steps, params string[] arguments)
    {
        var answer = await folder.MeshAsync(["demo", "--json", .. arguments]);
        answer.Code.ShouldBe(0, answer.Error);
        var told = answer.Json();
        told.GetProperty("project").GetString().ShouldBe(project);
        told.GetProperty("steps").GetArrayLength().ShouldBe(steps);
    }

    private static async Task HoldsAsync(MeshClient client)
    {
        var champion = await client.Project().Models.GetVersionAsync("breast-cancer", "champion");
        (await client.Project().Endpoints.GetAsync("breast-cancer")).ServingVersion.ShouldBe(champion.Version);
        (await client.Project().Models.GetAsync("breast-cancer")).LatestVersion.ShouldBe(2);
        var types = await client.Project().Events.ListAsync(after: 0).Select(e => e.Event.Type).Distinct().ToListAsync();
        types.ShouldBeSubsetOf(Contracts.Events.EventTypes.ByName.Keys);
        foreach (var type in (string[])["project.created", "artifact.logged", "job.succeeded", "run.completed", "model.version-registered", "model.promoted", "endpoint.deployed", "endpoint.version-served", "drift.detected", "alert.activated"])
            types.ShouldContain(type);
    }
}
