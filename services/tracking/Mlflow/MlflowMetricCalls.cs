using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Search;
using Mesh.Tracking.Metrics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>Histories of metrics.</summary>
internal static class MlflowMetricCalls
{
    private const int MostRuns = 100;
    private const int MostInBulk = 25_000;
    private const int MostInInterval = 2_500;
    private const int MostHistory = 1_000_000;

    internal static async Task<JsonHttpResult<MlflowMetrics>> History(
        string project, MlflowArguments arguments, MlflowWriter runs, MetricHistory history, CancellationToken ct)
    {
        var (id, key) = (MlflowIds.Run(arguments), arguments.Required("metric_key"));
        var limit = (int)Math.Clamp(arguments.Integer("max_results") ?? MostHistory, 1, MostHistory);
        await runs.FindAsync(project, id, ct);
        var fingerprint = PageToken.Fingerprint([project, MlflowIds.Of(id), key]);
        var after = arguments.Text("page_token") is not { Length: > 0 } token ? null
            : PageToken.Decode(token, fingerprint) ?? throw PageToken.Refused;
        var (points, next) = await history.ReadAsync(project, id, key, after?.Keys, limit, ct);
        return MlflowJson.Answer(new MlflowMetrics(points.Select(point => Show(key, point, null)).ToList().OrAbsent(), next is null ? null : new PageToken(fingerprint, 0, next).Encode()));
    }

    internal static async Task<JsonHttpResult<MlflowMetrics>> HistoryBulk(string project, MlflowArguments arguments, MetricHistory history, CancellationToken ct)
    {
        var runs = Runs(arguments, "run_id");
        var key = arguments.Required("metric_key");
        var limit = (int)Math.Clamp(arguments.Integer("max_results") ?? MostInBulk, 1, MostInBulk);
        var points = await history.ReadManyAsync(project, runs, key, limit, ct);
        return MlflowJson.Answer(new MlflowMetrics(points.Select(row => Show(key, row.Point, row.Run)).ToList().OrAbsent()));
    }

    internal static async Task<JsonHttpResult<MlflowMetrics>> HistoryBulkInterval(string project, MlflowArguments arguments, MetricHistory history, CancellationToken ct)
    {
        var runs = Runs(arguments, "run_ids");
        var key = arguments.Required("metric_key");
        var (start, end) = (arguments.Integer("start_step"), arguments.Integer("end_step"));
        if (start is null != end is null) throw MlflowRefusal.Invalid("If either start step or end step are specified, both must be specified.");
        if (start > end) throw MlflowRefusal.Invalid($"end_step must be greater than start_step. Found start_step={start} and end_step={end}.");
        var limit = arguments.Integer("max_results") ?? MostInInterval;
        if (limit is < 1 or > MostInInterval) throw arguments.Wrong("max_results", $"1 to {MostInInterval}");
        var points = await history.SampleAsync(project, runs, key, start, end, (int)limit, ct);
        return MlflowJson.Answer(new MlflowMetrics(points.Select(row => Show(key, row.Point, row.Run)).ToList().OrAbsent()));
    }

    private static Guid[] Runs(MlflowArguments arguments, string name)
    {
        var ids = arguments.Texts(name);
        if (ids.Count == 0) throw MlflowRefusal.Invalid($"{(name == "run_id" ? "GetMetricHistoryBulk" : "GetMetricHistoryBulkInterval")} request must specify at least one {name}.");
        if (ids.Count > MostRuns) throw MlflowRefusal.Invalid($"A request can name at most {MostRuns} runs. Received {ids.Count}.");
        return [.. ids.Select(MlflowIds.Run).Distinct()];
    }

    private static MlflowMetric Show(string key, HistoryPoint point, Guid? run) =>
        new(key, point.Value, point.Time.ToUnixTimeMilliseconds(), point.Step, run is { } id ? MlflowIds.Of(id) : null);
}
