using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Jobs;
using Mesh.Functions.Queue;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Schedules;

/// <summary>The HTTP surface of schedules.</summary>
internal static class ScheduleEndpoints
{
    private const int MostTimes = 100;

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/api/v1/projects/{project}/schedules").WithTags("Schedules");
        schedules.MapGet("", List).WithName("ListSchedules").WithSummary("Schedules by name");
        schedules.MapPut("/{schedule}", Define).WithName("DefineSchedule").WithSummary("Defines when a job is submitted: by a cron expression or an interval").WithMaxBody(8 << 20).ProducesProblem(404).ProducesProblem(422);
        schedules.MapGet("/{schedule}", Get).WithName("GetSchedule").WithSummary("A schedule, with its last and its next time").ProducesProblem(404);
        schedules.MapDelete("/{schedule}", Delete).WithName("DeleteSchedule").WithSummary("Deletes a schedule; its jobs stay").ProducesProblem(404);
        schedules.MapPost("/{schedule}/pause", Pause).WithName("PauseSchedule").WithSummary("Lets a schedule stand still").ProducesProblem(404);
        schedules.MapPost("/{schedule}/resume", Resume).WithName("ResumeSchedule").WithSummary("Lets a schedule go on; what was due meanwhile is left out").ProducesProblem(404);
        schedules.MapGet("/{schedule}/next", Next).WithName("GetNextTimes").WithSummary("The next times of a schedule, ?n= of them, 1 to 100").ProducesProblem(400).ProducesProblem(404);
        schedules.MapPost("/{schedule}/backfill", Fill).WithName("BackfillSchedule").WithSummary("Submits the job of each due time of a past range that has none").ProducesProblem(404).ProducesProblem(422);
        schedules.MapGet("/{schedule}/history", History).WithName("GetScheduleHistory").WithSummary("What happened to a schedule").ProducesProblem(404);
    }

    private static async Task<Results<Ok<ScheduleInfo>, Created<ScheduleInfo>, ProblemHttpResult>> Define(
        string project, string schedule, PutSchedule body, EntityVersion expected, Caller caller, IFunctionsStore store, JobSubmission submission, QueueSignal signal,
        TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (!Names.IsLabel(schedule))
        {
            return Rejection.Malformed(
                "schedule.name", $"'{schedule}' is no name for a schedule: it must be a DNS label, 1 to 63 of a-z, 0-9 and '-'.", "schedule").ToProblem();
        }

        if ((await submission.ResolveAsync(project, body.Job, ct)).Rejected is { } unfit) return unfit.ToProblem();
        var trigger = new ScheduleTrigger(body.Cron, body.TimeZone ?? "UTC", body.EverySeconds, body.JitterSeconds ?? 0);
        var policy = new SchedulePolicy(body.Misfire ?? MisfirePolicy.FireOnce, body.GraceSeconds ?? 60, body.MaxCatchUp ?? 10, body.Overlap ?? OverlapPolicy.Skip);
        var written = await store.WriteAsync<Schedule, ScheduleEvent>(
            caller, project, Schedule.KeyOf(schedule),
            state => ScheduleDecider.Define(schedule, trigger, policy, body.Description, caller.Name, state, clock.GetUtcNow()), ct, expected.Expected,
            (session, events) => session.Store(new ScheduleJob(ScheduleJob.KeyOf(schedule, ((ScheduleEvent.Defined)events[0]).Revision), body.Job)));
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        signal.Wake();
        EntityVersion.Write(http, written.Version);
        var info = ToInfo(written.State!, body.Job);
        return written.State!.Revision == 1 ? TypedResults.Created($"/api/v1/projects/{project}/schedules/{schedule}", info) : TypedResults.Ok(info);
    }

    private static async Task<Ok<Page<ScheduleInfo>>> List(string project, PageRequest page, IFunctionsStore store, CancellationToken ct)
    {
        var after = page.After<NameCursor>()?.Name ?? "";
        await using var session = store.OpenQuery(project);
        var rows = await session.Query<Schedule>().Where(s => !s.IsDeleted && string.Compare(s.Name, after) > 0).OrderBy(s => s.Name).Take(page.Limit + 1).ToListAsync(ct);
        var found = page.ToPage(rows, s => new NameCursor(s.Name));
        var jobs = await session.LoadManyAsync<ScheduleJob>(ct, found.Items.Select(s => ScheduleJob.KeyOf(s.Name, s.Revision)).ToArray());
        var byKey = jobs.ToDictionary(j => j.Id, j => j.Job, StringComparer.Ordinal);
        return TypedResults.Ok(new Page<ScheduleInfo>([.. found.Items.Select(s => ToInfo(s, byKey[ScheduleJob.KeyOf(s.Name, s.Revision)]))], found.Next));
    }

    private static async Task<Results<Ok<ScheduleInfo>, ProblemHttpResult>> Get(
        string project, string schedule, IFunctionsStore store, HttpContext http, CancellationToken ct)
    {
        if (await FindAsync(store, project, schedule, ct) is not { } found) return ScheduleDecider.Unknown(schedule).ToProblem();
        EntityVersion.Write(http, found.Version);
        return TypedResults.Ok(await ToInfoAsync(store, project, found, ct));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string project, string schedule, EntityVersion expected, Caller caller, IFunctionsStore store, TimeProvider clock, CancellationToken ct)
    {
        var written = await store.WriteAsync<Schedule, ScheduleEvent>(
            caller, project, Schedule.KeyOf(schedule), state => ScheduleDecider.Delete(schedule, caller.Name, state, clock.GetUtcNow()), ct, expected.Expected);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    private static Task<Results<Ok<ScheduleInfo>, ProblemHttpResult>> Pause(
        string project, string schedule, Caller caller, IFunctionsStore store, TimeProvider clock, QueueSignal signal, CancellationToken ct) =>
        ChangeAsync(project, schedule, caller, store, signal, state => ScheduleDecider.Pause(schedule, caller.Name, state, clock.GetUtcNow()), ct);

    private static Task<Results<Ok<ScheduleInfo>, ProblemHttpResult>> Resume(
        string project, string schedule, Caller caller, IFunctionsStore store, TimeProvider clock, QueueSignal signal, CancellationToken ct) =>
        ChangeAsync(project, schedule, caller, store, signal, state => ScheduleDecider.Resume(schedule, caller.Name, state, clock.GetUtcNow()), ct);

    private static async Task<Results<Ok<ScheduleTimes>, ProblemHttpResult>> Next(
        string project, string schedule, int? n, IFunctionsStore store, TimeProvider clock, CancellationToken ct)
    {
        if (n is < 1 or > MostTimes) return Rejection.Malformed("schedule.n", $"'n' must be 1 to {MostTimes}.", "n").ToProblem();
        if (await FindAsync(store, project, schedule, ct) is not { } found) return ScheduleDecider.Unknown(schedule).ToProblem();
        var times = new List<DateTimeOffset>();
        for (var at = found.Trigger.After(clock.GetUtcNow(), found.DefinedAt); at is { } time && times.Count < (n ?? 10); at = found.Trigger.After(time, found.DefinedAt))
            times.Add(time);
        return TypedResults.Ok(new ScheduleTimes(times));
    }

    private static async Task<Results<Ok<BackfillInfo>, ProblemHttpResult>> Fill(
        string project, string schedule, BackfillSchedule body, Caller caller, IFunctionsStore store, ScheduleRunner runner, TimeProvider clock, CancellationToken ct)
    {
        if (await FindAsync(store, project, schedule, ct) is not { } found) return ScheduleDecider.Unknown(schedule).ToProblem();
        if (body.To > clock.GetUtcNow()) return Rejection.Unprocessable("schedule.backfill-future", "'to' must not be in the future: what is to come is fired then.", "to").ToProblem();
        // Intervals are counted from the definition on, and before it from the beginning of the range.
        var anchor = body.From < found.DefinedAt ? body.From.ToUniversalTime() : found.DefinedAt;
        var times = found.Trigger.Between(body.From.ToUniversalTime(), body.To.ToUniversalTime(), anchor).Take(ScheduleDecider.MostBackfilled + 1).ToList();
        if (times.Count > ScheduleDecider.MostBackfilled)
        {
            return Rejection.Unprocessable(
                "schedule.backfill-too-long", $"The range holds more than {ScheduleDecider.MostBackfilled} times; fill it in parts.", "from").ToProblem();
        }

        var (filled, rejected) = await runner.BackfillAsync(project, found, times, ct);
        if (filled is null) return rejected!.ToProblem();
        var made = filled.Times.Count(t => t.IsNew);
        if (made > 0)
        {
            await store.WriteAsync<Schedule, ScheduleEvent>(
                caller, project, found.Id, _ => new ScheduleEvent.Backfilled(body.From, body.To, made, caller.Name, clock.GetUtcNow()), ct);
        }

        return TypedResults.Ok(filled);
    }

    private static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, string schedule, PageRequest page, IFunctionsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var entries = await session.ReadHistoryAsync(Schedule.KeyOf(schedule), page.After<HistoryCursor>()?.Version ?? 0, page.Limit + 1, ct);
        if (entries.Count == 0 && page.Cursor is null) return ScheduleDecider.Unknown(schedule).ToProblem();
        return TypedResults.Ok(page.ToPage(entries, e => new HistoryCursor(e.Version)));
    }

    private static async Task<Results<Ok<ScheduleInfo>, ProblemHttpResult>> ChangeAsync(
        string project, string schedule, Caller caller, IFunctionsStore store, QueueSignal signal, Func<Schedule?, Decision<ScheduleEvent>> decide, CancellationToken ct)
    {
        var written = await store.WriteAsync<Schedule, ScheduleEvent>(caller, project, Schedule.KeyOf(schedule), decide, ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        signal.Wake();
        return TypedResults.Ok(await ToInfoAsync(store, project, written.State!, ct));
    }

    private static async Task<Schedule?> FindAsync(IFunctionsStore store, string project, string name, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<Schedule>(Schedule.KeyOf(name), ct) is { IsDeleted: false } found ? found : null;
    }

    private static async Task<ScheduleInfo> ToInfoAsync(IFunctionsStore store, string project, Schedule schedule, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return ToInfo(schedule, (await session.LoadAsync<ScheduleJob>(ScheduleJob.KeyOf(schedule.Name, schedule.Revision), ct))!.Job);
    }

    private static ScheduleInfo ToInfo(Schedule s, SubmitJob job) => new(
        s.Name, s.Trigger.Cron, s.Trigger.TimeZone, s.Trigger.EverySeconds, s.Trigger.JitterSeconds, s.Policy.Misfire, s.Policy.GraceSeconds, s.Policy.MaxCatchUp,
        s.Policy.Overlap, s.Description, job, s.IsPaused, s.FireAt, s.Waiting, s.LastDueAt, s.LastJobId, s.LastSkipped, s.DefinedBy, s.DefinedAt, s.Version);

    private sealed record NameCursor(string Name);
}
