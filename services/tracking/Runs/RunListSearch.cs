using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Metrics;
using Mesh.Tracking.Search;

namespace Mesh.Tracking.Runs;

/// <summary>Lists runs by a filter and an order of the search grammar, beside the filters of every list.</summary>
internal sealed class RunListSearch(RunSearch search, MetricReader metrics, ExperimentDirectory experiments)
{
    /// <summary>A page of runs in the order asked for; what that leaves open is decided by their start, newest first.</summary>
    /// <exception cref="RejectedException">The query is out of form (400 <c>filter.invalid</c>), or the cursor is of another (400 <c>cursor.invalid</c>).</exception>
    public async Task<Page<RunInfo>> FindAsync(string project, RunQuery query, PageRequest page, CancellationToken ct)
    {
        var (filter, wanted, fingerprint) = (query.Read(), query.ReadSearch(), query.Fingerprint(project));
        var after = page.Cursor is null ? null : PageToken.Decode(page.Cursor, fingerprint)
            ?? throw new RejectedException(Rejection.Malformed("cursor.invalid", "The cursor is not one that this list gave out.", "cursor"));
        var (runs, next) = await ReadAsync(page.Limit);
        var (summaries, covered) = await metrics.SummariesAsync(project, [.. runs.Select(run => Guid.Parse(run.Id))], ct);
        // Where the metrics are many the page is shorter, and ends with the cursor of the shorter one.
        if (covered < runs.Count) (runs, next) = await ReadAsync(covered);
        var names = await experiments.NamesAsync(project, runs.Select(run => run.ExperimentId), ct);
        return new Page<RunInfo>([.. runs.Select(run => run.ToInfo(summaries, names))], next);

        Task<(IReadOnlyList<Run> Runs, string? Next)> ReadAsync(int limit) =>
            search.FindAsync(project, null, LifecycleView.Active, wanted, fingerprint, limit, after, ct, filter);
    }
}
