using System.Diagnostics;
using System.Text;
using Mesh.Contracts.Tracking;
using Mesh.Testing;

namespace Mesh.Client.Tests.Tracking.Spool;

/// <summary>A project behind a door, and a folder for what waits.</summary>
internal sealed class SpooledProject : IAsyncDisposable
{
    private const string Secret = "mesh_secret";

    private readonly List<MeshClient> _clients = [];

    private SpooledProject(Door door) => Door = door;

    public Door Door { get; }

    public string Folder { get; } = Path.Combine(Directory.CreateTempSubdirectory("mesh-spool-").FullName, "state", "spool");

    public string[] Files => Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder).Order()] : [];

    public static async Task<SpooledProject> NewAsync(ClientMesh mesh) => new(await mesh.OpenDoorAsync());

    /// <summary>A client that asks once.</summary>
    public MeshClient Client(Func<MeshClientOptions, MeshClientOptions>? change = null)
    {
        var options = new MeshClientOptions { Api = Door.Address, Project = Door.Project, Token = Secret, RetryFor = TimeSpan.Zero, SpoolFolder = Folder };
        var client = new MeshClient(change?.Invoke(options) ?? options);
        _clients.Add(client);
        return client;
    }

    /// <summary>A run that has started.</summary>
    public async Task<Guid> RunAsync()
    {
        var runs = Client().Project().Runs;
        var run = await runs.CreateAsync(new CreateRun("crashes"));
        await runs.StartAsync(run.Id, new StartRun());
        return run.Id;
    }

    /// <summary>How many values of <c>loss</c> the run has.</summary>
    public async Task<long> CountAsync(Guid run) => (await Client().Project().Runs.GetAsync(run)).Metrics.TryGetValue("loss", out var loss) ? loss.Count : 0;

    /// <summary>Starts a script that logs so many values to a run, and waits until it has.</summary>
    public Task<Script> LogAsync(Guid run, int count, string then) => Script.StartAsync(count, then, new()
    {
        ["MESH_API"] = Door.Address.AbsoluteUri,
        ["MESH_PROJECT"] = Door.Project,
        ["MESH_TOKEN"] = Secret,
        ["MESH_RUN_ID"] = $"{run}",
        ["MESH_SPOOL"] = Folder,
    });

    /// <summary>Has a script leave so many values on the disk, in batches of 5,000, and shuts the door meanwhile.</summary>
    public async Task<string> LeaveAsync(Guid run, int count)
    {
        await Door.ShutAsync();
        await using (var script = await LogAsync(run, count, "return")) (await script.EndAsync()).ShouldBe(0);
        await Door.OpenAsync();
        return Files.ShouldHaveSingleItem();
    }

    /// <summary>Waits until so many values are on the disk.</summary>
    public Task SpilledAsync(int count) => Eventually.Holds(async () => await SpooledAsync() >= count, TimeSpan.FromSeconds(30));

    public async Task<int> SpooledAsync()
    {
        var count = 0;
        foreach (var file in Files)
        {
            // Not by a stream of .NET, which would ask for the lock that its writer holds.
            using var cat = Process.Start(new ProcessStartInfo("cat", [file]) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.Latin1 })!;
            var text = await cat.StandardOutput.ReadToEndAsync();
            text.ShouldNotContain(Secret);
            count += text.Split("\"name\":\"loss\"").Length - 1;
        }

        return count;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await Door.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(Folder))!, recursive: true);
    }
}
