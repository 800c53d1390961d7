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
    private readonly HttpClient _client;
    private PeerServices _peers = null!;
    private string _postgres = "";
    private Process? _service;

    public KilledServiceTests() => _client = new HttpClient(new Ada(Path.Combine(_folder, "keys")));

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

    [Fact]
    public async Task Whenever_it_is_killed_no_attempt_runs_beside_another_and_every_job_comes_to_its_end()
    {
        await StartServiceAsync();
        // The lock is held by the processes of an attempt: whoever finds it taken runs beside them.
        var script = $"exec 9> {_folder}/$MESH_RUN_ID.lock; flock -n 9 || echo double >> {_folder}/$MESH_RUN_ID.trace; echo $MESH_ATTEMPT >> {_folder}/$MESH_RUN_ID.trace; "
            + "trap '' TERM; setsid sleep 1 & sleep 1; [ $MESH_ATTEMPT -ge $MESH_PARAM_GOOD ]";
        var jobs = new List<(Guid Id, bool Ends)>();
        foreach (var good in (int[])[2, 3, 99])
        {
            using var answer = await _client.PostAsJsonAsync(Jobs, new SubmitJob(Command: ["sh", "-c", script], MaxAttempts: 8, Params: new() { ["good"] = $"{good}" }), MeshJson.Strict);
            jobs.Add(((await answer.Content.ReadFromJsonAsync<JobInfo>(MeshJson.Strict))!.Id, good < 99));
        }

        foreach (var moment in (int[])[1, 2])
        {
            await Eventually.Holds(() => jobs.ShouldAllBe(j => TraceOf(j.Id).Count >= moment), TimeSpan.FromSeconds(60));
            _service!.Kill();
            await _service.WaitForExitAsync();
            await StartServiceAsync();
        }

        var lost = 0;
        foreach (var (id, ends) in jobs)
        {
            var ended = await UntilAsync(id, ends ? JobStatus.Succeeded : JobStatus.Failed);
            var trace = TraceOf(id);
            trace.ShouldNotContain("double");
            trace.ShouldBeUnique("no attempt runs twice");
            trace.ShouldAllBe(number => int.Parse(number, CultureInfo.InvariantCulture) <= ended.Attempts.Count);
            for (var i = 1; i < ended.Attempts.Count; i++) ended.Attempts[i].StartedAt.ShouldBeGreaterThanOrEqualTo(ended.Attempts[i - 1].EndedAt!.Value);
            var attempts = (await _client.GetFromJsonAsync<Page<AttemptInfo>>($"{Jobs}/{id}/attempts", MeshJson.Strict))!.Items;
            lost += attempts.Count(a => a.State == AttemptState.Lost);
            attempts.ShouldAllBe(a => a.State == AttemptState.Lost || a.State == AttemptState.Failed || a.State == AttemptState.Succeeded);
        }

        // Which of them a kill finds between two attempts is chance.
        lost.ShouldBeGreaterThanOrEqualTo(2, "each kill took the attempt that was seen last");
    }

    [Fact]
    public async Task Whenever_it_is_killed_a_schedule_fires_each_of_its_times_once()
    {
        const string schedule = $"/api/v1/projects/{Project}/schedules/often";
        await StartServiceAsync();
        var body = new PutSchedule(new SubmitJob(Command: ["true"]), EverySeconds: 1, Misfire: MisfirePolicy.CatchUp, MaxCatchUp: 100, Overlap: OverlapPolicy.Allow);
        (await _client.PutAsJsonAsync(schedule, body, MeshJson.Strict)).EnsureSuccessStatusCode();
        foreach (var fired in (int[])[3, 8])
        {
            await Eventually.Holds(async () => (await FiredAsync()).Count.ShouldBeGreaterThanOrEqualTo(fired), TimeSpan.FromSeconds(40));
            _service!.Kill();
            await _service.WaitForExitAsync();
            await StartServiceAsync();
        }

        await Eventually.Holds(async () => (await FiredAsync()).Count.ShouldBeGreaterThanOrEqualTo(14), TimeSpan.FromSeconds(40));
        (await _client.PostAsync($"{schedule}/pause", null)).EnsureSuccessStatusCode();
        var times = await FiredAsync();
        for (var i = 1; i < times.Count; i++) (times[i] - times[i - 1]).ShouldBe(TimeSpan.FromSeconds(1), "none is left out and none comes twice");
        var jobs = (await _client.GetFromJsonAsync<Page<JobInfo>>($"{Jobs}?limit=500", MeshJson.Strict))!.Items;
        jobs.Count.ShouldBe(times.Count);

        async Task<List<DateTimeOffset>> FiredAsync() => [.. (await _client.GetFromJsonAsync<Page<HistoryEntry>>($"{schedule}/history?limit=500", MeshJson.Strict))!.Items
            .Where(e => e.Type == "schedule.fired").Select(e => e.Data.GetProperty("dueAt").GetDateTimeOffset())];
    }

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresFixture.ServerConnectionStringAsync();
        _peers = await PeerServices.StartAsync();
        _client.BaseAddress = new Uri(_address);
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

    private List<string> TraceOf(Guid job) => File.Exists(Path.Combine(_folder, $"{job}.trace")) ? [.. File.ReadAllLines(Path.Combine(_folder, $"{job}.trace"))] : [];

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
