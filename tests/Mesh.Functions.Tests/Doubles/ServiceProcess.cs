using System.Diagnostics;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Doubles;

/// <summary>The functions service as a process of its own, beside doubles of its peers, which can die without a word and start again on the same folder and database.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    /// <summary>The project of all jobs.</summary>
    public const string Project = "demo";

    /// <summary>Its jobs.</summary>
    public const string Jobs = $"/api/v1/projects/{Project}/jobs";

    private readonly string _database;
    private readonly string _address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
    private readonly string _postgres;
    private readonly string _keys;
    private readonly bool _isBeside;
    private Process? _service;

    private ServiceProcess(string postgres, PeerServices peers, ServiceProcess? first = null)
    {
        (_postgres, Peers, _isBeside) = (postgres, peers, first is not null);
        (_database, _keys) = first is null ? ($"test_{Guid.CreateVersion7():N}", Path.Combine(Folder, "keys")) : (first._database, first._keys);
        Client = new HttpClient(new Ada(_keys)) { BaseAddress = new Uri(_address) };
    }

    /// <summary>A folder for the test; the service's data lie below it.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("mesh-killed-").FullName;

    /// <summary>Tracking and projects.</summary>
    public PeerServices Peers { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_address);

    /// <summary>The control group that it is put in when it starts; null for that of the test.</summary>
    public string? Group { get; set; }

    /// <summary>The program, with its arguments, that starts it, and is replaced by it; none when empty.</summary>
    public IReadOnlyList<string> Starter { get; set; } = [];

    /// <summary>The process; 0 before it was started.</summary>
    public int Id => _service?.Id ?? 0;

    /// <summary>Calls the service as an editor.</summary>
    public HttpClient Client { get; }

    public static async Task<ServiceProcess> CreateAsync() => new(await PostgresFixture.ServerConnectionStringAsync(), await PeerServices.StartAsync());

    /// <summary>Another one on the same database, beside the same peers, as on another machine: with a folder of its own.</summary>
    public ServiceProcess Beside() => new(_postgres, Peers, this);

    /// <summary>Asks its database, or changes it.</summary>
    public async Task<object?> SqlAsync(string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(new Npgsql.NpgsqlConnectionStringBuilder(_postgres) { Database = _database, SearchPath = "functions", Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Starts it, and waits until it is ready.</summary>
    public async Task StartAsync(params (string Key, string Value)[] settings)
    {
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var program = Path.GetFullPath(Path.Combine(here, "..", "..", "Mesh.Functions", Path.GetFileName(here), "Mesh.Functions.dll"));
        string[] command = [.. Starter, "dotnet", program];
        var info = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["Mesh__Postgres"] = _postgres,
            ["Mesh__Database"] = _database,
            ["Mesh__KeyPath"] = _keys,
            ["Mesh__DataPath"] = Path.Combine(Folder, "data"),
            ["Mesh__Listen"] = _address,
            ["Mesh__Daemon"] = "Solo",
            ["Mesh__Services__tracking"] = Peers.Address,
            ["Mesh__Services__projects"] = Peers.Address,
            ["Functions__GraceSeconds"] = "1",
            ["Functions__BackOffSeconds"] = "0.2",
        }) info.Environment[key] = value;
        foreach (var (key, value) in settings) info.Environment[key] = value;
        _service?.Dispose();
        _service = Process.Start(info)!;
        if (Group is not null) await File.WriteAllTextAsync(Path.Combine(Group, "cgroup.procs"), $"{Id}");
        _service.OutputDataReceived += (_, _) => { };
        _service.ErrorDataReceived += (_, _) => { };
        _service.BeginOutputReadLine();
        _service.BeginErrorReadLine();
        await Eventually.Holds(async () => (await Client.GetAsync("/health/ready")).IsSuccessStatusCode.ShouldBeTrue(), TimeSpan.FromSeconds(60));
    }

    /// <summary>Kills it, and nothing else.</summary>
    public async Task KillAsync()
    {
        _service!.Kill();
        await _service.WaitForExitAsync();
    }

    /// <summary>Stops it in order.</summary>
    public async Task StopAsync()
    {
        if (!OperatingSystem.IsWindows()) ProcessTable.Signal(_service!.Id, 15);
        await _service!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    public Task<JobInfo> ShellAsync(string script, int attempts = 2) => SubmitAsync(new SubmitJob(Command: ["sh", "-c", script], MaxAttempts: attempts));

    public async Task<JobInfo> SubmitAsync(SubmitJob job)
    {
        using var answer = await Client.PostAsJsonAsync(Jobs, job, MeshJson.Strict);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JobInfo>(MeshJson.Strict))!;
    }

    public async Task<JobInfo> UntilAsync(Guid id, JobStatus status)
    {
        JobInfo? job = null;
        await Eventually.Holds(
            async () => (job = await Client.GetFromJsonAsync<JobInfo>($"{Jobs}/{id}", MeshJson.Strict))!.Status.ShouldBe(status, job!.Cause), TimeSpan.FromSeconds(40));
        return job!;
    }

    /// <summary>The processes of an attempt that live.</summary>
    public static IReadOnlyList<int> ProcessesOf(Guid job, int attempt = 1) => new ProcessTree(new ProcessMark(job.ToString(), attempt), null).Find();

    public async ValueTask DisposeAsync()
    {
        if (_service is { HasExited: false }) await KillAsync();
        _service?.Dispose();
        Client.Dispose();
        if (!_isBeside)
        {
            await Peers.DisposeAsync();
            await ServiceHost.DropAsync(_postgres, _database);
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Says who calls, anew each time: such a word does not last as long as these tests.</summary>
    private sealed class Ada(string keys) : DelegatingHandler(new SocketsHttpHandler())
    {
        private readonly IdentityTokens _tokens = new(KeyFile.ReadOrCreate(keys, "identity.key"), TimeProvider.System);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add(IdentityTokens.Header, _tokens.Issue(new Caller("ada", CallerKind.User, Role.Editor, Project)));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
