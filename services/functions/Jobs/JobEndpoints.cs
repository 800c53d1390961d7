using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Queue;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Jobs;

/// <summary>The HTTP surface of jobs.</summary>
internal static class JobEndpoints
{
    public static void MapJobs(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup("/api/v1/projects/{project}/jobs").WithTags("Jobs");
        jobs.MapPost("", Submit).WithName("SubmitJob").WithSummary("Queues a run of a function, a hub item or a command").WithMaxBody(8 << 20).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        jobs.MapGet("", List).WithName("ListJobs").WithSummary("Jobs, newest first, by status, function, item or experiment").ProducesProblem(400);
        jobs.MapGet("/{id:guid}", Get).WithName("GetJob").WithSummary("A job with its attempts").ProducesProblem(404);
        jobs.MapGet("/{id:guid}/attempts", Attempts).WithName("ListJobAttempts").WithSummary("Attempts of a job, oldest first, each with its states").ProducesProblem(404);
        jobs.MapGet("/{id:guid}/attempts/{number}", GetAttempt).WithName("GetJobAttempt").WithSummary("One attempt: its states, its end, what it used, its part of the log").ProducesProblem(400).ProducesProblem(404);
        jobs.MapPost("/{id:guid}/abort", Abort).WithName("AbortJob").WithSummary("Ends a job: at once when queued, else with its process tree").ProducesProblem(404).ProducesProblem(409);
        jobs.MapGet("/{id:guid}/history", History).WithName("GetJobHistory").WithSummary("What happened to a job").ProducesProblem(404);
    }

    private static async Task<Results<Created<JobInfo>, ProblemHttpResult>> Submit(
        string project, SubmitJob body, IdempotencyKey key, Caller caller, JobSubmission submission, JobWriter writer, IFunctionsStore store,
        HttpContext http, CancellationToken ct)
    {
        var id = key.Id(caller, project, "jobs");
        // A repeated request is answered by the job that it made, whatever has become of the function since.
        if (key.Value is not null && await FirstStateAsync(store, project, id, ct) is { } made)
        {
            return made.Fingerprint == key.Fingerprint(body) ? Answer(http, project, made) : IdempotencyKey.Reused.ToProblem();
        }

        var (job, refused) = await submission.ResolveAsync(project, body, ct);
        if (job is null) return refused!.ToProblem();
        var command = new JobCommand.Submit(
            id, job.Name, job.Experiment, job.Work, job.Params, job.Secrets, job.MaxAttempts, job.TimeoutSeconds, job.Policy?.Priority ?? 0, job.Tags, caller.Name,
            key.Fingerprint(body), job.Policy);
        var written = await writer.WriteAsync(caller, project, id.ToString(), command, ct, session =>
        {
            if (job.Environment.Count > 0) session.Store(new JobEnvironment(id.ToString(), job.Environment));
        });
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        var first = written.Events is [JobEvent.Submitted submitted] ? Job.Create(submitted) with { Version = 1 } : await FirstStateAsync(store, project, id, ct);
        return Answer(http, project, first!);
    }

    private static async Task<Ok<Page<JobInfo>>> List(
        string project, PageRequest page, string? status, string? function, string? item, string? experiment, IFunctionsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var query = session.Query<Job>().AsQueryable();
        if (ReadStatus(status) is { } wanted) query = query.Where(j => j.Status == wanted);
        if (function is not null) query = query.Where(j => j.Work.Function == function);
        if (item is not null) query = query.Where(j => j.Work.Item == item);
        if (experiment is not null) query = query.Where(j => j.Experiment == experiment);
        if (page.After<JobCursor>() is { } after)
            query = query.Where(j => j.SubmittedAt < after.At || (j.SubmittedAt == after.At && string.Compare(j.Id, after.Id) < 0));
        var rows = await query.OrderByDescending(j => j.SubmittedAt).ThenByDescending(j => j.Id).Take(page.Limit + 1).ToListAsync(ct);
        var found = page.ToPage(rows, j => new JobCursor(j.SubmittedAt, j.Id));
        return TypedResults.Ok(new Page<JobInfo>([.. found.Items.Select(j => j.ToInfo())], found.Next));
    }

    private static async Task<Results<Ok<JobInfo>, ProblemHttpResult>> Get(
        string project, Guid id, IFunctionsStore store, Schedulability schedulability, HttpContext http, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Job>(id.ToString(), ct) is not { } job) return Unknown(id).ToProblem();
        EntityVersion.Write(http, job.Version);
        return TypedResults.Ok(job.ToInfo() with { Unschedulable = await schedulability.ReasonAsync(job, ct) });
    }

    private static async Task<Results<Ok<Page<AttemptInfo>>, ProblemHttpResult>> Attempts(
        string project, Guid id, PageRequest page, IFunctionsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Job>(id.ToString(), ct) is not { } job) return Unknown(id).ToProblem();
        var after = page.After<AttemptCursor>()?.Number ?? 0;
        return TypedResults.Ok(page.ToPage([.. AttemptList.Of(job).Skip(after).Take(page.Limit + 1)], a => new AttemptCursor(a.Number)));
    }

    private static async Task<Results<Ok<AttemptInfo>, ProblemHttpResult>> GetAttempt(
        string project, Guid id, int number, IFunctionsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Job>(id.ToString(), ct) is not { } job) return Unknown(id).ToProblem();
        return AttemptList.Of(job).FirstOrDefault(a => a.Number == number) is { } found
            ? TypedResults.Ok(found)
            : Rejection.NotFound("job.attempt-unknown", $"The job has no attempt {number}.").ToProblem();
    }

    private static async Task<Results<Ok<JobInfo>, Accepted<JobInfo>, ProblemHttpResult>> Abort(
        string project, Guid id, AbortJob? body, Caller caller, JobWriter writer, CancellationToken ct)
    {
        var written = await writer.WriteAsync(caller, project, id.ToString(), new JobCommand.Abort(caller.Name, body?.Reason), ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        var info = written.State!.ToInfo();
        return info.Status == JobStatus.Aborting ? TypedResults.Accepted($"/api/v1/projects/{project}/jobs/{id}", info) : TypedResults.Ok(info);
    }

    private static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, Guid id, PageRequest page, IFunctionsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var entries = await session.ReadHistoryAsync(id.ToString(), page.After<HistoryCursor>()?.Version ?? 0, page.Limit + 1, ct);
        if (entries.Count == 0 && page.Cursor is null) return Unknown(id).ToProblem();
        return TypedResults.Ok(page.ToPage(entries, e => new HistoryCursor(e.Version)));
    }

    private static JobStatus? ReadStatus(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        foreach (var status in Enum.GetValues<JobStatus>())
            if (string.Equals(status.ToString(), text, StringComparison.OrdinalIgnoreCase)) return status;
        throw new RejectedException(Rejection.Malformed(
            "status.unknown", $"'status' must be one of {string.Join(", ", Enum.GetNames<JobStatus>()).ToLowerInvariant()}.", "status"));
    }

    private static async Task<Job?> FirstStateAsync(IFunctionsStore store, string project, Guid id, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.Events.AggregateStreamAsync<Job>(id.ToString(), version: 1, token: ct);
    }

    private static Created<JobInfo> Answer(HttpContext http, string project, Job job)
    {
        EntityVersion.Write(http, job.Version);
        return TypedResults.Created($"/api/v1/projects/{project}/jobs/{job.Id}", job.ToInfo());
    }

    private static Rejection Unknown(Guid id) => Rejection.NotFound("job.unknown", $"There is no job {id} in this project.");

    private sealed record AttemptCursor(int Number);

    private sealed record JobCursor(DateTimeOffset At, string Id);
}
