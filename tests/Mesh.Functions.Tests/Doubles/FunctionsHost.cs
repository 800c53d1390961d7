using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Doubles;

/// <summary>The functions service on real PostgreSQL beside doubles of its peers, with short times.</summary>
public class FunctionsHost : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-functions-").FullName;
    private string _postgres = "";

    /// <summary>More settings, for every replica.</summary>
    public IReadOnlyList<(string Key, string? Value)> Settings { get; init; } = [];

    public PeerServices Peers { get; private set; } = null!;

    public ServiceHost Host { get; private set; } = null!;

    public HttpClient Editor { get; private set; } = null!;

    public string Project { get; private set; } = NewProject();

    public string Jobs => $"/api/v1/projects/{Project}/jobs";

    public string Functions => $"/api/v1/projects/{Project}/functions";

    public string DataPath => Path.Combine(_folder, "data");

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresFixture.ServerConnectionStringAsync();
        Peers = await PeerServices.StartAsync();
        Host = await StartReplicaAsync(null);
        Editor = Host.ClientFor("ada", Role.Editor, Project);
    }

    /// <summary>Starts another replica on the same database, or one that follows the first.</summary>
    public Task<ServiceHost> StartReplicaAsync(string? worker, params (string Key, string? Value)[] settings) => StartAsync(Host?.Options.Database, worker, settings);

    /// <summary>Stops the first host and starts it again.</summary>
    public async Task RestartAsync()
    {
        var database = Host.Options.Database;
        await Host.DisposeAsync();
        Host = await StartAsync(database, null);
        Editor = Host.ClientFor("ada", Role.Editor, Project);
    }

    /// <summary>Goes on in another project, so that tests that share a host do not see each other's jobs.</summary>
    public void BeginProject()
    {
        Project = NewProject();
        Editor = Host.ClientFor("ada", Role.Editor, Project);
    }

    public async Task<JobInfo> SubmitAsync(SubmitJob job)
    {
        using var answer = await Editor.PostAsJsonAsync(Jobs, job, MeshJson.Strict);
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JobInfo>(MeshJson.Strict))!;
    }

    public Task<JobInfo> ShellAsync(string script, int attempts = 1, int timeout = 60) =>
        SubmitAsync(new SubmitJob(Command: ["sh", "-c", script], MaxAttempts: attempts, TimeoutSeconds: timeout));

    public async Task<JobInfo> GetAsync(Guid id) => (await Editor.GetFromJsonAsync<JobInfo>($"{Jobs}/{id}", MeshJson.Strict))!;

    public async Task<JobInfo> UntilAsync(Guid id, JobStatus status, double seconds = 20)
    {
        JobInfo? job = null;
        await Eventually.Holds(async () => (job = await GetAsync(id)).Status.ShouldBe(status, $"{job.Cause}"), TimeSpan.FromSeconds(seconds));
        return job!;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var database = Host.Options.Database!;
        await Host.DisposeAsync();
        await Peers.DisposeAsync();
        await ServiceHost.DropAsync(_postgres, database);
        Directory.Delete(_folder, recursive: true);
    }

    private static string NewProject() => $"p{Guid.CreateVersion7():N}";

    private Task<ServiceHost> StartAsync(string? database, string? worker, params (string Key, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Functions:Concurrency"] = "4",
            ["Functions:HeartbeatSeconds"] = "0.3",
            ["Functions:LeaseSeconds"] = "2",
            ["Functions:GraceSeconds"] = "1",
            ["Functions:BackOffSeconds"] = "0.2",
            ["Functions:WorkerName"] = worker,
        };
        foreach (var (key, value) in Settings.Concat(settings)) all[key] = value;
        return ServiceHost.StartAsync(
            _postgres, [new FunctionsService()], database, _folder, all,
            new Dictionary<string, string> { ["tracking"] = Peers.Address, ["projects"] = Peers.Address });
    }
}

/// <summary>A functions service that runs no jobs, so that their states stand still.</summary>
public sealed class QueueOnlyHost : FunctionsHost
{
    public QueueOnlyHost() => Settings = [("Functions:RunsJobs", "false")];
}
