using Mesh.Contracts.Tracking;
using Mesh.Hosting.Http;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.LoggedModels;
using Mesh.Tracking.Metrics;

namespace Mesh.Tracking.Mlflow;

internal sealed record MlflowModelMetric(string Key, double Value, long Timestamp, long Step, string? DatasetName, string? DatasetDigest, string ModelId, string RunId);

/// <summary>What points of runs tell of logged models, in the protocol's shape: <c>model_id</c>, <c>dataset_name</c> and <c>dataset_digest</c> of a metric.</summary>
internal static class MlflowModelPoints
{
    /// <summary>Reads what a metric says of a model; null when it says nothing.</summary>
    public static ModelPoint? Read(MlflowArguments metric, MetricPoint point, DateTimeOffset received) => metric.Text("model_id") is { Length: > 0 } model
        ? new ModelPoint(MlflowForm.Value(model, "model_id", 250), point.Name, Dataset(metric), Sample.Of(point.Step, point.Time ?? received, point.Value))
        : null;

    /// <summary>Reads a data set.</summary>
    /// <exception cref="RejectedException">It has a digest and no name, or one is too long.</exception>
    public static MetricDataset Dataset(MlflowArguments given)
    {
        var (name, digest) = (given.Text("dataset_name") ?? "", given.Text("dataset_digest") ?? "");
        if (name.Length == 0 && digest.Length > 0) throw MlflowRefusal.Missing("dataset_name");
        return new(MlflowForm.Value(name, "dataset_name", MlflowLimits.DatasetName), MlflowForm.Value(digest, "dataset_digest", MlflowLimits.DatasetDigest));
    }

    /// <summary>Checks that the models are there, and have room for more.</summary>
    public static async Task CheckAsync(ModelMetrics metrics, string project, IReadOnlyList<ModelPoint> points, CancellationToken ct)
    {
        if (points.Count == 0) return;
        string[] models = [.. points.Select(point => point.Model).Distinct(StringComparer.Ordinal)];
        var counts = await metrics.CountsAsync(project, models, ct);
        foreach (var model in models)
        {
            if (!counts.TryGetValue(model, out var count)) throw MlflowRefusal.NotFound($"Logged model with ID '{model}' not found.");
            // Those that are told again take no room: only who is near the limit is counted with them.
            if (count >= ModelMetrics.MostOfModel) throw MlflowRefusal.Invalid($"The logged model '{model}' has {count} metrics; at most {ModelMetrics.MostOfModel} are kept of one, each run and data set counted by itself.");
        }
    }

    public static MlflowModelMetric Show(ModelMetric metric) => new(
        metric.Name, metric.Value, metric.Time.ToUnixTimeMilliseconds(), metric.Step, metric.Dataset.Name is { Length: > 0 } name ? name : null,
        metric.Dataset.Digest is { Length: > 0 } digest ? digest : null, metric.Model, MlflowIds.Of(metric.Run));
}
