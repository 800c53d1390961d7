using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Tests.Doubles;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Queue;

/// <summary>The service as a process of its own, which dies without a word.</summary>
public sealed class KilledServiceTests : IAsyncLifetime
{
    private const string Project = "demo";
    private const string Jobs = $"/api/v1/projects/{Project}/jobs";
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-killed-").FullName;
    private readonly string _database = $"test_{Guid.CreateVersion7():N}";
    private readonly string _address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
    private readonly HttpClient _client = new();
    private PeerServices _peers = null!;
    private string _postgres = "";
    private Process? _service;

    [Fact]
    public async Task After_a_kill_the_orphans_end_and_the_next_attempt_runs()
    {
        await StartServiceAsync();
        var job = await SubmitAsync("echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] && exit 0; setsid sleep 300 & sleep 300");
        await Eventually.Holds(() => _peers.LogOf(job.Id).ShouldBe("up 1\n"), TimeSpan.FromSeconds(30));
        var tree = new ProcessTree(new ProcessMark(job.Id.ToString(), 1), null);

        _service!.Kill();
        await _service.WaitForExitAsync();
        tree.Find().Count.ShouldBeGreaterThanOrEqualTo(2, "they outlive the service");

        await StartServiceAsync();
        var ended = await UntilAsync(job.Id, JobStatus.Succeeded);
        tree.Find().ShouldBeEmpty();
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts[0].Cause!.ShouldContain("lost its lease (no heartbeat since ");
        (ended.Attempts[1].StartedAt - ended.Attempts[0].EndedAt!.Value).ShouldBeGreaterThan(TimeSpan.Zero);
        _peers.LogOf(job.Id).ShouldBe("up 1\nup 2\n");
    }

    [Fact]
    public async Task SIGTERM_ends_what_runs_and_hands_it_back()
    {
        await StartServiceAsync();
        var job = await SubmitAsync("echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] && exit 0; trap '' TERM; while :; do sleep 1; done", attempts: 1);
        await Eventually.Holds(() => _peers.LogOf(job.Id).ShouldBe("up 1\n"), TimeSpan.FromSeconds(30));
        if (!OperatingSystem.IsWindows()) ProcessTable.Signal(_service!.Id, 15);
        await _service!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        new ProcessTree(new ProcessMark(job.Id.ToString(), 1), null).Find().ShouldBeEmpty();

        await StartServiceAsync();
        (await UntilAsync(job.Id, JobStatus.Succeeded)).Attempts[0].Cause!.ShouldContain("handed the job back");
    }

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresFixture.ServerConnectionStringAsync();
        _peers = await PeerServices.StartAsync();
        var tokens = new IdentityTokens(KeyFile.ReadOrCreate(Path.Combine(_folder, "keys"), "identity.key"), TimeProvider.System);
        _client.BaseAddress = new Uri(_address);
        _client.DefaultRequestHeaders.Add(IdentityTokens.Header, tokens.Issue(new Caller("ada", CallerKind.User, Role.Editor, Project)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is { HasExited: false })
        {
            _service.Kill();
            await _service.WaitForExitAsync();
        }

        _service?.Dispose();
        _client.Dispose();
        await _peers.DisposeAsync();
        await ServiceHost.DropAsync(_postgres, _database);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartServiceAsync()
    {
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var program = Path.GetFullPath(Path.Combine(here, "..", "..", "Mesh.Functions", Path.GetFileName(here), "Mesh.Functions.dll"));
        var info = new ProcessStartInfo("dotnet", [program]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["Mesh__Postgres"] = _postgres,
            ["Mesh__Database"] = _database,
            ["Mesh__KeyPath"] = Path.Combine(_folder, "keys"),
            ["Mesh__DataPath"] = Path.Combine(_folder, "data"),
            ["Mesh__Listen"] = _address,
            ["Mesh__Daemon"] = "Solo",
            ["Mesh__Services__tracking"] = _peers.Address,
            ["Mesh__Services__projects"] = _peers.Address,
            ["Functions__GraceSeconds"] = "1",
            ["Functions__BackOffSeconds"] = "0.2",
        }) info.Environment[key] = value;
        _service?.Dispose();
        _service = Process.Start(info)!;
        _service.OutputDataReceived += (_, _) => { };
        _service.ErrorDataReceived += (_, _) => { };
        _service.BeginOutputReadLine();
        _service.BeginErrorReadLine();
        await Eventually.Holds(async () => (await _client.GetAsync("/health/ready")).IsSuccessStatusCode.ShouldBeTrue(), TimeSpan.FromSeconds(60));
    }

    private async Task<JobInfo> SubmitAsync(string script, int attempts = 2)
    {
        using var answer = await _client.PostAsJsonAsync(Jobs, new SubmitJob(Command: ["sh", "-c", script], MaxAttempts: attempts), MeshJson.Strict);
        answer.IsSuccessStatusCode.ShouldBeTrue(string.Create(CultureInfo.InvariantCulture, $"{answer.StatusCode}"));
        return (await answer.Content.ReadFromJsonAsync<JobInfo>(MeshJson.Strict))!;
    }

    private async Task<JobInfo> UntilAsync(Guid id, JobStatus status)
    {
        JobInfo? job = null;
        await Eventually.Holds(
            async () => (job = await _client.GetFromJsonAsync<JobInfo>($"{Jobs}/{id}", MeshJson.Strict))!.Status.ShouldBe(status, job!.Cause), TimeSpan.FromSeconds(40));
        return job!;
    }
}
