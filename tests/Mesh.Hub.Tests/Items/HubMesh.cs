using Mesh.Artifacts;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;
using Mesh.Serving;
using Mesh.Testing;
using Mesh.Tracking;

[assembly: AssemblyFixture(typeof(Mesh.Hub.Tests.Items.HubMesh))]

namespace Mesh.Hub.Tests.Items;

/// <summary>Tracking, artifacts and serving on real PostgreSQL: what the items of the hub work with.</summary>
public sealed class HubMesh : IAsyncLifetime
{
    private ServiceHost? _host;

    public async ValueTask InitializeAsync() => _host = await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), [new TrackingService(), new ArtifactsService(), new ServingService()]);

    public async ValueTask DisposeAsync()
    {
        if (_host is null) return;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_host.Options.Postgres, _host.Options.Database!);
    }

    /// <summary>A client whose own project no other test knows.</summary>
    internal MeshClient NewProject()
    {
        var project = $"p-{Guid.CreateVersion7():N}";
        return new MeshClient(new MeshClientOptions { Api = _host!.Address, Project = project }, _host.ClientFor("ada", Role.Editor, project));
    }
}

/// <summary>Does what the hub's command does, in this process.</summary>
internal static class HubJobs
{
    /// <summary>Runs an item as a run of its own, and returns the run's id and what it printed.</summary>
    public static async Task<(Guid Run, string Output)> RunItemAsync(this MeshClient mesh, string item, params (string Name, string Value)[] values)
    {
        await using var run = await RunContext.StartAsync(mesh, item);
        try
        {
            return (run.Id, await mesh.RunItemAsync(run, item, values));
        }
        catch (Exception e)
        {
            await run.FailAsync(e);
            throw;
        }
    }

    /// <summary>Runs an item as a run that goes on, and returns what it printed.</summary>
    public static async Task<string> RunItemAsync(this MeshClient mesh, RunContext run, string item, params (string Name, string Value)[] values)
    {
        var runner = Catalogue.Find(item);
        var output = new StringWriter { NewLine = "\n" };
        await runner.RunAsync(new Job(mesh.Project(), run, new Parameters(runner.Item, values.ToDictionary(v => v.Name, v => v.Value)), output), CancellationToken.None);
        return output.ToString();
    }

    /// <summary>Uploads a file of real data, or some rows of it.</summary>
    public static async Task<ArtifactVersion> UploadAsync(this MeshClient mesh, string key, string file, Func<int, bool>? which = null)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "data", file));
        var kept = lines.Where((_, i) => i == 0 || which?.Invoke(i) != false);
        return await mesh.UploadTextAsync(key, string.Join('\n', kept) + "\n");
    }

    public static Task<ArtifactVersion> UploadTextAsync(this MeshClient mesh, string key, string text) => mesh.Project().Artifacts.UploadAsync(
        key, System.Text.Encoding.UTF8.GetBytes(text), new Client.Artifacts.UploadSpec { Kind = ArtifactKind.Dataset, FileName = $"{key}.csv" });
}
