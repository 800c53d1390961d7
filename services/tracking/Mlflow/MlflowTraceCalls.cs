using Mesh.Hosting.Clients;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Runs;
using Mesh.Tracking.Search;
using Mesh.Tracking.Traces;
using Mesh.Tracking.Traces.Assessments;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>The <c>traces/…</c> calls, which clients of 3.x make. The spans of a trace are a file in its folder, written and read by the client.</summary>
internal sealed class MlflowTraceCalls(
    TraceStore traces, AssessmentStore assessments, TraceSearch search, ExperimentDirectory experiments, MlflowWriter runs, [FromKeyedServices("tracking")] ServiceClient services, TimeProvider clock)
{
    private const int DeletedAtOnce = 100;

    /// <summary><c>StartTraceV3</c>: whatever its name, clients send it when the trace has ended.</summary>
    internal async Task<JsonHttpResult<MlflowTraceAnswer>> StartAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var info = arguments.RequiredObject("trace").RequiredObject("trace_info");
        var trace = MlflowTraces.Read(info, clock.GetUtcNow());
        var given = info.Items("assessments").Select(each => MlflowAssessments.Read(each, trace.Id, clock.GetUtcNow())).ToList();
        var experiment = await MlflowTraces.ActiveAsync(experiments, project, MlflowIds.Of(trace.Experiment), ct);
        var tags = new Dictionary<string, string>(trace.Tags) { [TraceKeys.ArtifactLocation] = MlflowTraces.Artifacts(experiment, trace.Id) };
        var (kept, rejected) = await traces.PutAsync(project, trace with { Tags = tags }, ct);
        if (rejected is not null) throw MlflowTraces.Refused(rejected);
        if (given.Count > 0 && await assessments.AddAsync(project, trace.Id, given, ct) is { } unkept) throw MlflowAssessments.Refused(unkept, trace.Id);
        return await AnswerAsync(project, kept!, ct);
    }

    internal async Task<JsonHttpResult<MlflowTraceAnswer>> GetAsync(string project, string trace, CancellationToken ct) =>
        await AnswerAsync(project, await FindAsync(project, trace, ct), ct);

    internal async Task<JsonHttpResult<MlflowTracePage>> SearchAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var places = arguments.Items("locations");
        if (places.Count == 0) throw MlflowRefusal.Missing("locations");
        if (places.Count > MlflowLimits.TraceLocations) throw arguments.Wrong("locations", $"at most {MlflowLimits.TraceLocations} locations");
        var (found, next) = await MlflowTraces.FindAsync(search, project, [.. places.Select(MlflowTraces.ExperimentOf)], arguments, ct);
        var held = await assessments.OfAsync(project, [.. found.Select(trace => trace.Id)], ct);
        return MlflowJson.Answer(new MlflowTracePage(found.Select(trace => MlflowTraces.Show(trace, held[trace.Id])).ToList().OrAbsent(), next));
    }

    internal async Task<JsonHttpResult<MlflowTracesDeleted>> DeleteAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var id = arguments.Required("experiment_id");
        var experiment = await experiments.FindAsync(project, MlflowIds.Experiment(id), ct) ?? throw TrackingRefusal.NoExperiment(id);
        var (until, most) = (arguments.Integer("max_timestamp_millis"), arguments.Integer("max_traces"));
        string[] ids = [.. arguments.Texts("request_ids").Concat(arguments.Texts("trace_ids")).Distinct(StringComparer.Ordinal)];
        if (ids.Length > MlflowLimits.TraceIds) throw MlflowRefusal.Invalid($"At most {MlflowLimits.TraceIds} traces are deleted by their ids at once. Got {ids.Length}.");
        if (until is null && ids.Length == 0) throw MlflowRefusal.Invalid("Either `max_timestamp_millis` or `trace_ids` must be specified.");
        if (until is not null && ids.Length > 0) throw MlflowRefusal.Invalid("Only one of `max_timestamp_millis` and `trace_ids` can be specified.");
        if (most is not null && ids.Length > 0) throw MlflowRefusal.Invalid("`max_traces` can't be specified if `trace_ids` is specified.");
        if (most <= 0) throw arguments.Wrong("max_traces", "a positive integer");
        var deleted = until is { } milliseconds
            // With all of that millisecond.
            ? await DeleteUntilAsync(project, experiment, MlflowIds.Time(milliseconds, "max_timestamp_millis").AddTicks(TimeSpan.TicksPerMillisecond - 1), most ?? int.MaxValue, ct)
            : await DeleteAsync(project, experiment, ids, ct);
        return MlflowJson.Answer(new MlflowTracesDeleted(deleted));
    }

    internal async Task<JsonHttpResult<MlflowNothing>> SetTagAsync(string project, string trace, MlflowArguments arguments, CancellationToken ct)
    {
        var key = MlflowForm.Key(arguments.Required("key"), "key");
        var (found, rejected) = await traces.SetTagAsync(project, trace, key, MlflowForm.Value(arguments.Text("value") ?? "", "value", MlflowLimits.TagValue), ct);
        if (rejected is not null) throw MlflowTraces.Refused(rejected);
        return found ? MlflowJson.Nothing : throw MlflowTraces.Missing(trace);
    }

    internal async Task<JsonHttpResult<MlflowNothing>> DeleteTagAsync(string project, string trace, MlflowArguments arguments, CancellationToken ct)
    {
        var key = MlflowForm.Key(arguments.Required("key"), "key");
        if (await traces.DeleteTagAsync(project, trace, key, ct)) return MlflowJson.Nothing;
        await FindAsync(project, trace, ct);
        throw MlflowRefusal.NotFound($"No trace tag with key {key} for trace with ID {trace}.");
    }

    internal async Task<JsonHttpResult<MlflowNothing>> LinkAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var run = MlflowIds.Run(arguments);
        string[] ids = [.. arguments.Texts("trace_ids").Distinct(StringComparer.Ordinal)];
        if (ids.Length > MlflowLimits.LinkedTraces)
            throw MlflowRefusal.Invalid($"Cannot link more than {MlflowLimits.LinkedTraces} traces to a run in a single request. Provided {ids.Length} traces.");
        var (missing, rejected) = await traces.LinkAsync(project, run, [.. ids.Select(MlflowTraces.Id)], ct);
        if (missing is not null) throw MlflowTraces.Missing(missing);
        if (rejected is null) return MlflowJson.Nothing;
        // Says which of both it is: unknown, or deleted.
        if (rejected.Code == RunDecider.Unknown.Code) await runs.FindActiveAsync(project, run, ct);
        throw TrackingRefusal.Of(rejected);
    }

    private async Task<JsonHttpResult<MlflowTraceAnswer>> AnswerAsync(string project, Trace trace, CancellationToken ct) =>
        MlflowJson.Answer(MlflowTraces.Answer(trace, (await assessments.OfAsync(project, [trace.Id], ct))[trace.Id]));

    private async Task<Trace> FindAsync(string project, string trace, CancellationToken ct) => await traces.FindAsync(project, trace, ct) ?? throw MlflowTraces.Missing(trace);

    private async Task<int> DeleteUntilAsync(string project, Experiment experiment, DateTimeOffset until, long most, CancellationToken ct)
    {
        var deleted = 0;
        while (deleted < most)
        {
            var ids = await traces.OldestAsync(project, experiment.Number, until, (int)Math.Min(DeletedAtOnce, most - deleted), ct);
            if (ids.Count == 0) break;
            deleted += await RemoveAsync(project, experiment, ids, ct);
        }

        return deleted;
    }

    private async Task<int> DeleteAsync(string project, Experiment experiment, string[] ids, CancellationToken ct)
    {
        var deleted = 0;
        foreach (var part in (await traces.OfExperimentAsync(project, experiment.Number, ids, ct)).Chunk(DeletedAtOnce)) deleted += await RemoveAsync(project, experiment, part, ct);
        return deleted;
    }

    // The files first: what broke off is found again by the rows.
    private async Task<int> RemoveAsync(string project, Experiment experiment, IReadOnlyList<string> ids, CancellationToken ct)
    {
        if (MlflowIds.Folder(MlflowIds.ArtifactLocation(experiment)) is not null)
        {
            var folders = string.Join('&', ids.Select(id => $"path={Uri.EscapeDataString(MlflowIds.Folder(MlflowIds.TraceFolder(experiment, id))!)}"));
            using var request = new HttpRequestMessage(HttpMethod.Delete, $"/internal/projects/{project}/files?{folders}");
            using var answer = await services.SendAsync(request, "artifacts", project, ct);
        }

        return await traces.DeleteAsync(project, experiment.Number, ids, ct);
    }
}
