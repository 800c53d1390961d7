using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Schedules;

public sealed class ScheduleApiTests : IClassFixture<FunctionsHost>
{
    private static readonly SubmitJob Quick = new(Command: ["true"]);
    private readonly FunctionsHost _functions;

    public ScheduleApiTests(FunctionsHost functions)
    {
        _functions = functions;
        functions.BeginProject();
    }

    private string Schedules => $"/api/v1/projects/{_functions.Project}/schedules";

    [Fact]
    public async Task A_schedule_submits_its_job_and_two_replicas_submit_it_once()
    {
        await using var second = await _functions.StartReplicaAsync("second");
        await DefineAsync("often", new PutSchedule(new SubmitJob(Command: ["sh", "-c", "echo $GREETING"], Environment: new() { ["GREETING"] = "hello" }), EverySeconds: 1, Overlap: OverlapPolicy.Allow));
        await Eventually.Holds(async () => (await JobsAsync()).Count.ShouldBeGreaterThan(4), TimeSpan.FromSeconds(30));
        using (var paused = await _functions.Editor.PostAsync($"{Schedules}/often/pause", null)) paused.EnsureSuccessStatusCode();
        var jobs = await JobsAsync();
        var fired = (await HistoryAsync("often")).Where(e => e.Type == "schedule.fired").ToList();
        fired.Count.ShouldBe(jobs.Count);
        fired.Select(e => e.Data.GetProperty("dueAt").GetString()).ShouldBeUnique();
        foreach (var job in jobs) await _functions.UntilAsync(job.Id, JobStatus.Succeeded);
        await Eventually.Holds(() => _functions.Peers.LogOf(jobs[0].Id).ShouldBe("hello\n"));
        jobs.ShouldAllBe(j => j.SubmittedBy == "ada");
        await _functions.Host.RelayedAsync("schedule.fired", e => e.Subject == "often");
    }

    [Fact]
    public async Task A_schedule_is_shown_paused_resumed_and_deleted()
    {
        var made = await DefineAsync("nightly", new PutSchedule(Quick, "0 3 * * *", "Europe/Berlin", JitterSeconds: 0, Description: "every night"));
        (made.Overlap, made.Misfire, made.IsPaused, made.DefinedBy).ShouldBe((OverlapPolicy.Skip, MisfirePolicy.FireOnce, false, "ada"));
        made.NextAt.ShouldNotBeNull();
        var times = (await _functions.Editor.GetFromJsonAsync<ScheduleTimes>($"{Schedules}/nightly/next?n=5", MeshJson.Strict))!.Times;
        times.Count.ShouldBe(5);
        times[0].ShouldBe(made.NextAt.Value);
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        times.ShouldAllBe(t => TimeZoneInfo.ConvertTime(t, berlin).Hour == 3);
        (await PostAsync("nightly/pause")).NextAt.ShouldBeNull();
        (await PostAsync("nightly/resume")).NextAt.ShouldBe(made.NextAt);
        (await DefineAsync("nightly", new PutSchedule(Quick, EverySeconds: 3600))).Cron.ShouldBeNull();
        (await _functions.Editor.GetFromJsonAsync<Page<ScheduleInfo>>(Schedules, MeshJson.Strict))!.Items.ShouldHaveSingleItem().Name.ShouldBe("nightly");
        (await _functions.Editor.DeleteAsync($"{Schedules}/nightly")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await _functions.Editor.GetAsync($"{Schedules}/nightly")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _functions.Editor.GetFromJsonAsync<Page<ScheduleInfo>>(Schedules, MeshJson.Strict))!.Items.ShouldBeEmpty();
        (await HistoryAsync("nightly")).Select(e => e.Type).ShouldBe(["schedule.defined", "schedule.paused", "schedule.resumed", "schedule.defined", "schedule.deleted"]);
    }

    [Theory]
    [InlineData("""{"job":{"command":["x"]}}""", 400, "body.invalid")]
    [InlineData("""{"job":{"command":["x"]},"cron":"* * * * *","everySeconds":5}""", 400, "body.invalid")]
    [InlineData("""{"job":{},"everySeconds":5}""", 400, "body.invalid")]
    [InlineData("""{"job":{"command":["x"]},"everySeconds":0}""", 400, "body.invalid")]
    [InlineData("""{"job":{"function":"nope"},"everySeconds":5}""", 404, "function.unknown")]
    [InlineData("""{"job":{"command":["x"]},"cron":"every day"}""", 422, "schedule.cron")]
    [InlineData("""{"job":{"command":["x"]},"cron":"0 0 * * *","timeZone":"Nowhere"}""", 422, "schedule.time-zone")]
    public async Task What_cannot_be_meant_is_refused(string body, int status, string code)
    {
        using var content = new StringContent(body, null, "application/json");
        using var answer = await _functions.Editor.PutAsync($"{Schedules}/s", content);
        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync());
        (await answer.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!.Code.ShouldBe(code);
        (await _functions.Editor.GetAsync($"{Schedules}/s")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_backfill_submits_each_time_once()
    {
        await DefineAsync("hourly", new PutSchedule(Quick, "0 * * * *"));
        var body = new BackfillSchedule(At(3), At(7));
        var filled = await FillAsync(body);
        filled.Times.Select(t => (t.DueAt, t.IsNew)).ShouldBe([(At(3), true), (At(4), true), (At(5), true), (At(6), true)]);
        foreach (var time in filled.Times) await _functions.UntilAsync(time.JobId, JobStatus.Succeeded);
        var again = await FillAsync(new BackfillSchedule(At(5), At(8)));
        again.Times.Select(t => t.IsNew).ShouldBe([false, false, true]);
        again.Times[0].JobId.ShouldBe(filled.Times[2].JobId);
        (await JobsAsync()).Count.ShouldBe(5);
        (await HistoryAsync("hourly")).Count(e => e.Type == "schedule.backfilled").ShouldBe(2);
        using var much = await _functions.Editor.PostAsJsonAsync($"{Schedules}/hourly/backfill", new BackfillSchedule(At(0), At(1002)), MeshJson.Strict);
        ((int)much.StatusCode).ShouldBe(422);
        using var late = await _functions.Editor.PostAsJsonAsync($"{Schedules}/hourly/backfill", new BackfillSchedule(At(0), DateTimeOffset.UtcNow.AddDays(2)), MeshJson.Strict);
        (await late.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!.Code.ShouldBe("schedule.backfill-future");

        static DateTimeOffset At(int hour) => new DateTimeOffset(2026, 5, 4, 0, 0, 0, TimeSpan.Zero).AddHours(hour);

        async Task<BackfillInfo> FillAsync(BackfillSchedule range)
        {
            using var answer = await _functions.Editor.PostAsJsonAsync($"{Schedules}/hourly/backfill", range, MeshJson.Strict);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
            return (await answer.Content.ReadFromJsonAsync<BackfillInfo>(MeshJson.Strict))!;
        }
    }

    [Fact]
    public async Task A_time_replaces_the_job_of_the_time_before()
    {
        await DefineAsync("replacing", new PutSchedule(new SubmitJob(Command: ["sleep", "300"]), EverySeconds: 2, Overlap: OverlapPolicy.Replace));
        await Eventually.Holds(async () => (await JobsAsync()).Count(j => j.Status == JobStatus.Aborted).ShouldBeGreaterThan(1), TimeSpan.FromSeconds(30));
        (await JobsAsync()).First(j => j.Status == JobStatus.Aborted).Cause.ShouldBe("The next time of the schedule 'replacing' came.");
        (await _functions.Editor.DeleteAsync($"{Schedules}/replacing")).EnsureSuccessStatusCode();
        foreach (var job in await JobsAsync()) await _functions.Editor.PostAsync($"{_functions.Jobs}/{job.Id}/abort", null);
    }

    [Fact]
    public async Task A_time_waits_for_the_job_of_the_time_before()
    {
        await DefineAsync("waiting", new PutSchedule(new SubmitJob(Command: ["sleep", "1.6"]), EverySeconds: 1, Overlap: OverlapPolicy.Queue));
        await Eventually.Holds(async () => (await JobsAsync()).Count(j => j.Status == JobStatus.Succeeded).ShouldBeGreaterThan(1), TimeSpan.FromSeconds(30));
        (await _functions.Editor.DeleteAsync($"{Schedules}/waiting")).EnsureSuccessStatusCode();
        var jobs = (await JobsAsync()).OrderBy(j => j.SubmittedAt).ToList();
        for (var i = 1; i < jobs.Count; i++) jobs[i].SubmittedAt.ShouldBeGreaterThanOrEqualTo(jobs[i - 1].EndedAt!.Value);
        (await HistoryAsync("waiting")).ShouldContain(e => e.Type == "schedule.put-off");
    }

    private async Task<ScheduleInfo> DefineAsync(string name, PutSchedule body)
    {
        using var answer = await _functions.Editor.PutAsJsonAsync($"{Schedules}/{name}", body, MeshJson.Strict);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<ScheduleInfo>(MeshJson.Strict))!;
    }

    private async Task<ScheduleInfo> PostAsync(string path)
    {
        using var answer = await _functions.Editor.PostAsync($"{Schedules}/{path}", null);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<ScheduleInfo>(MeshJson.Strict))!;
    }

    private async Task<IReadOnlyList<JobInfo>> JobsAsync() =>
        (await _functions.Editor.GetFromJsonAsync<Page<JobInfo>>($"{_functions.Jobs}?limit=200", MeshJson.Strict))!.Items;

    private async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string name) =>
        (await _functions.Editor.GetFromJsonAsync<Page<HistoryEntry>>($"{Schedules}/{name}/history?limit=200", MeshJson.Strict))!.Items;
}
