using JasperFx.Events.Projections;
using Marten;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Queue;

/// <summary>What happens to the limits of a project's jobs.</summary>
public abstract record JobLimitEvent
{
    private JobLimitEvent()
    {
    }

    /// <summary>An admin set how many jobs run at once; null for as many as there is room for. Stored as <c>job-limits.set</c>.</summary>
    public sealed record Set(int? MaxRunning, string By, DateTimeOffset At) : JobLimitEvent;
}

/// <summary>The limits of a project's jobs.</summary>
public sealed record JobLimits
{
    /// <summary>The one stream of a project.</summary>
    public const string Key = "job-limits";

    public required string Id { get; init; }

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    public int? MaxRunning { get; init; }

    public required string SetBy { get; init; }

    public required DateTimeOffset SetAt { get; init; }

    public static JobLimits Create(JobLimitEvent.Set e) => new() { Id = Key, MaxRunning = e.MaxRunning, SetBy = e.By, SetAt = e.At };

    public JobLimits Apply(JobLimitEvent.Set e) => this with { MaxRunning = e.MaxRunning, SetBy = e.By, SetAt = e.At };

    /// <summary>Sets the limit; what it is already adds nothing.</summary>
    public static Decision<JobLimitEvent> Decide(int? most, string by, JobLimits? state, DateTimeOffset now) =>
        most == state?.MaxRunning ? Decision<JobLimitEvent>.Nothing : new JobLimitEvent.Set(most, by, now);
}

/// <summary>How limits are stored, and their HTTP surface.</summary>
internal static class JobLimitEndpoints
{
    public static void Configure(StoreOptions store)
    {
        store.Events.MapEventType<JobLimitEvent.Set>("job-limits.set");
        store.Projections.Snapshot<JobLimits>(SnapshotLifecycle.Inline);
        store.Schema.For<JobLimits>().Identity(l => l.Id).DocumentAlias("job_limits");
    }

    public static void MapJobLimits(this IEndpointRouteBuilder app)
    {
        var limits = app.MapGroup("/api/v1/projects/{project}/jobs/limits").WithTags("Jobs");
        limits.MapGet("", Get).WithName("GetJobLimits").WithSummary("How many jobs of the project may run at once, and how many run and wait");
        limits.MapPut("", Set).RequireRole(Contracts.Role.Admin).WithName("SetJobLimits").WithSummary("Sets how many jobs of the project may run at once");
    }

    private static async Task<Ok<JobLimitsInfo>> Get(string project, IFunctionsStore store, JobQueue queue, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return TypedResults.Ok(await ToInfoAsync(project, await session.LoadAsync<JobLimits>(JobLimits.Key, ct), queue, ct));
    }

    private static async Task<Results<Ok<JobLimitsInfo>, ProblemHttpResult>> Set(
        string project, SetJobLimits body, Caller caller, IFunctionsStore store, JobQueue queue, QueueSignal signal, TimeProvider clock, CancellationToken ct)
    {
        var written = await store.WriteAsync<JobLimits, JobLimitEvent>(
            caller, project, JobLimits.Key, state => JobLimits.Decide(body.MaxRunning, caller.Name, state, clock.GetUtcNow()), ct, null, (session, _) =>
            {
                if (body.MaxRunning is { } most) session.QueueSqlCommand(JobQueue.SetLimit, project, most);
                else session.QueueSqlCommand(JobQueue.DropLimit, project);
                session.QueueSqlCommand($"notify {QueueSchema.Channel}");
            });
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        signal.Wake();
        return TypedResults.Ok(await ToInfoAsync(project, written.State, queue, ct));
    }

    private static async Task<JobLimitsInfo> ToInfoAsync(string project, JobLimits? limits, JobQueue queue, CancellationToken ct)
    {
        var (running, queued) = await queue.CountAsync(project, ct);
        return new JobLimitsInfo(limits?.MaxRunning, running, queued, limits?.SetBy, limits?.SetAt);
    }
}
