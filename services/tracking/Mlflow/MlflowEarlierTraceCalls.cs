using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Search;
using Mesh.Tracking.Traces;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

internal sealed record MlflowEarlierTraceInfo(
    string RequestId, string ExperimentId, long TimestampMs, long? ExecutionTimeMs, string Status, IReadOnlyList<MlflowPair>? RequestMetadata, IReadOnlyList<MlflowPair>? Tags);

internal sealed record MlflowEarlierTraceAnswer(MlflowEarlierTraceInfo TraceInfo);

internal sealed record MlflowEarlierTracePage(IReadOnlyList<MlflowEarlierTraceInfo>? Traces, string? NextPageToken);

/// <summary>The <c>traces/…</c> calls as clients of 2.14 and later 2.x make them: a trace is begun and ended, the server gives its id, entries are pairs. They are the same traces.</summary>
internal sealed class MlflowEarlierTraceCalls(TraceStore traces, TraceSearch search, ExperimentDirectory experiments, TimeProvider clock)
{
    private const string Unspecified = "TRACE_STATUS_UNSPECIFIED";
    private const int MostExperiments = 1000;

    internal async Task<JsonHttpResult<MlflowEarlierTraceAnswer>> StartAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var experiment = await MlflowTraces.ActiveAsync(experiments, project, arguments.Required("experiment_id"), ct);
        var at = arguments.Integer("timestamp_ms") is { } milliseconds ? Time(arguments, milliseconds) : clock.GetUtcNow();
        var id = $"tr-{Guid.CreateVersion7():N}";
        var (metadata, tags) = Entries(arguments);
        tags[TraceKeys.ArtifactLocation] = MlflowTraces.Artifacts(experiment, id);
        return await PutAsync(project, new Trace(id, experiment.Number, at, null, TraceStates.InProgress, null, null, null, metadata, tags), ct);
    }

    internal async Task<JsonHttpResult<MlflowEarlierTraceAnswer>> EndAsync(string project, string trace, MlflowArguments arguments, CancellationToken ct)
    {
        var found = await FindAsync(project, trace, ct);
        var end = arguments.Integer("timestamp_ms") is { } milliseconds ? Time(arguments, milliseconds) : clock.GetUtcNow();
        var took = end - found.RequestedAt;
        if (Math.Abs(took.TotalSeconds) > MlflowTraces.LongestSeconds) throw arguments.Wrong("timestamp_ms", "at most a hundred years from the beginning of the trace");
        var state = arguments.Text("status") switch
        {
            null or Unspecified => TraceStates.Unspecified,
            TraceStates.Ok or TraceStates.Error or TraceStates.InProgress => arguments.Text("status")!,
            _ => throw arguments.Wrong("status", $"OK, ERROR, IN_PROGRESS or {Unspecified}"),
        };
        var (metadata, tags) = Entries(arguments);
        return await PutAsync(project, found with { Duration = took.Ticks / TimeSpan.TicksPerMillisecond, State = state, Metadata = metadata, Tags = tags }, ct);
    }

    internal async Task<JsonHttpResult<MlflowEarlierTraceAnswer>> GetAsync(string project, string trace, CancellationToken ct) => Answer(await FindAsync(project, trace, ct));

    internal async Task<JsonHttpResult<MlflowEarlierTracePage>> SearchAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var ids = arguments.Texts("experiment_ids");
        if (ids.Count == 0) throw MlflowRefusal.Missing("experiment_ids");
        if (ids.Count > MostExperiments) throw arguments.Wrong("experiment_ids", $"at most {MostExperiments} ids");
        var (found, next) = await MlflowTraces.FindAsync(search, project, [.. ids.Select(MlflowIds.Experiment)], arguments, ct);
        return MlflowJson.Answer(new MlflowEarlierTracePage(found.Select(Show).ToList().OrAbsent(), next));
    }

    private async Task<JsonHttpResult<MlflowEarlierTraceAnswer>> PutAsync(string project, Trace trace, CancellationToken ct)
    {
        var (kept, rejected) = await traces.PutAsync(project, trace, ct);
        return rejected is null ? Answer(kept!) : throw MlflowTraces.Refused(rejected);
    }

    private async Task<Trace> FindAsync(string project, string trace, CancellationToken ct) => await traces.FindAsync(project, trace, ct) ?? throw MlflowTraces.Missing(trace);

    private static (Dictionary<string, string> Metadata, Dictionary<string, string> Tags) Entries(MlflowArguments arguments) =>
        (MlflowTraces.Checked(arguments.Pairs("request_metadata"), "request_metadata"), MlflowTraces.Checked(arguments.Pairs("tags"), "tags"));

    private static DateTimeOffset Time(MlflowArguments arguments, long milliseconds) =>
        milliseconds >= 0 ? MlflowIds.Time(milliseconds, "timestamp_ms") : throw arguments.Wrong("timestamp_ms", "a time in milliseconds since 1970");

    private static JsonHttpResult<MlflowEarlierTraceAnswer> Answer(Trace trace) => MlflowJson.Answer(new MlflowEarlierTraceAnswer(Show(trace)));

    private static MlflowEarlierTraceInfo Show(Trace trace) => new(
        trace.Id, MlflowIds.Of(trace.Experiment), trace.RequestedAt.ToUnixTimeMilliseconds(), trace.Duration, trace.State == TraceStates.Unspecified ? Unspecified : trace.State,
        Pairs(trace.Metadata), Pairs(trace.Tags));

    private static IReadOnlyList<MlflowPair>? Pairs(IReadOnlyDictionary<string, string> entries) => entries.Select(entry => new MlflowPair(entry.Key, entry.Value)).ToList().OrAbsent();
}
