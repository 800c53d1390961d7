using System.Globalization;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Queue;

/// <summary>The service as a process of its own, which dies without a word.</summary>
public sealed class KilledServiceTests : IAsyncLifetime
{
    private const string Project = ServiceProcess.Project;
    private const string Jobs = ServiceProcess.Jobs;
    private ServiceProcess _service = null!;

    [Fact]
    public async Task SIGTERM_ends_what_runs_and_hands_it_back()
    {
        await _service.StartAsync();
        var job = await _service.ShellAsync("echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] && exit 0; trap '' TERM; while :; do sleep 1; done", attempts: 1);
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe("up 1\n"), TimeSpan.FromSeconds(30));
        await _service.StopAsync();
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();

        await _service.StartAsync();
        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts[0].Cause!.ShouldContain("handed the job back");
    }

    [Fact]
    public async Task Whenever_it_is_killed_no_attempt_runs_beside_another_and_every_job_comes_to_its_end()
    {
        await _service.StartAsync();
        // The lock is held by the processes of an attempt: whoever finds it taken runs beside them.
        var script = $"exec 9> {_service.Folder}/$MESH_RUN_ID.lock; flock -n 9 || echo double >> {_service.Folder}/$MESH_RUN_ID.trace; echo $MESH_ATTEMPT >> {_service.Folder}/$MESH_RUN_ID.trace; "
            + "trap '' TERM; setsid sleep 1 & sleep 1; [ $MESH_ATTEMPT -ge $MESH_PARAM_GOOD ]";
        var jobs = new List<(Guid Id, bool Ends)>();
        foreach (var good in (int[])[2, 3, 99])
        {
            using var answer = await _service.Client.PostAsJsonAsync(Jobs, new SubmitJob(Command: ["sh", "-c", script], MaxAttempts: 8, Params: new() { ["good"] = $"{good}" }), MeshJson.Strict);
            jobs.Add(((await answer.Content.ReadFromJsonAsync<JobInfo>(MeshJson.Strict))!.Id, good < 99));
        }

        foreach (var moment in (int[])[1, 2])
        {
            await Eventually.Holds(() => jobs.ShouldAllBe(j => TraceOf(j.Id).Count >= moment), TimeSpan.FromSeconds(60));
            await _service.KillAsync();
            await _service.StartAsync();
        }

        foreach (var (id, ends) in jobs)
        {
            var ended = await _service.UntilAsync(id, ends ? JobStatus.Succeeded : JobStatus.Failed);
            var trace = TraceOf(id);
            trace.ShouldNotContain("double");
            trace.ShouldBeUnique("no attempt runs twice");
            trace.ShouldAllBe(number => int.Parse(number, CultureInfo.InvariantCulture) <= ended.Attempts.Count);
            for (var i = 1; i < ended.Attempts.Count; i++) ended.Attempts[i].StartedAt.ShouldBeGreaterThanOrEqualTo(ended.Attempts[i - 1].EndedAt!.Value);
            var attempts = (await _service.Client.GetFromJsonAsync<Page<AttemptInfo>>($"{Jobs}/{id}/attempts", MeshJson.Strict))!.Items;
            attempts.ShouldAllBe(a => a.State == AttemptState.Lost || a.State == AttemptState.Failed || a.State == AttemptState.Succeeded);
        }
    }

    [Fact]
    public async Task Whenever_it_is_killed_a_schedule_fires_each_of_its_times_once()
    {
        const string schedule = $"/api/v1/projects/{Project}/schedules/often";
        await _service.StartAsync();
        var body = new PutSchedule(new SubmitJob(Command: ["true"]), EverySeconds: 1, Misfire: MisfirePolicy.CatchUp, MaxCatchUp: 100, Overlap: OverlapPolicy.Allow);
        (await _service.Client.PutAsJsonAsync(schedule, body, MeshJson.Strict)).EnsureSuccessStatusCode();
        foreach (var fired in (int[])[3, 8])
        {
            await Eventually.Holds(async () => (await FiredAsync()).Count.ShouldBeGreaterThanOrEqualTo(fired), TimeSpan.FromSeconds(40));
            await _service.KillAsync();
            await _service.StartAsync();
        }

        await Eventually.Holds(async () => (await FiredAsync()).Count.ShouldBeGreaterThanOrEqualTo(14), TimeSpan.FromSeconds(40));
        (await _service.Client.PostAsync($"{schedule}/pause", null)).EnsureSuccessStatusCode();
        var times = await FiredAsync();
        for (var i = 1; i < times.Count; i++) (times[i] - times[i - 1]).ShouldBe(TimeSpan.FromSeconds(1), "none is left out and none comes twice");
        var jobs = (await _service.Client.GetFromJsonAsync<Page<JobInfo>>($"{Jobs}?limit=500", MeshJson.Strict))!.Items;
        jobs.Count.ShouldBe(times.Count);

        async Task<List<DateTimeOffset>> FiredAsync() => [.. (await _service.Client.GetFromJsonAsync<Page<HistoryEntry>>($"{schedule}/history?limit=500", MeshJson.Strict))!.Items
            .Where(e => e.Type == "schedule.fired").Select(e => e.Data.GetProperty("dueAt").GetDateTimeOffset())];
    }

    public async ValueTask InitializeAsync() => _service = await ServiceProcess.CreateAsync();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private List<string> TraceOf(Guid job) => File.Exists(Path.Combine(_service.Folder, $"{job}.trace")) ? [.. File.ReadAllLines(Path.Combine(_service.Folder, $"{job}.trace"))] : [];
}
