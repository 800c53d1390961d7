using Mesh.Contracts.Events;

namespace Mesh.Contracts.Artifacts;

/// <summary>A figure that was measured of a version of a model.</summary>
/// <param name="Name">Name of the metric.</param>
/// <param name="Dataset">Address of the data that it was measured on: <c>mesh://…</c>, or one elsewhere.</param>
/// <param name="At">When it was measured; now when absent.</param>
public sealed record NewModelMetric(string Name, double Value, string? Dataset = null, DateTimeOffset? At = null);

/// <summary><c>POST …/models/{model}/versions/{version}/metrics</c>: figures that were measured after the registration.</summary>
public sealed record LogModelMetrics(IReadOnlyList<NewModelMetric> Metrics) : IChecked
{
    /// <summary>The most figures of one request.</summary>
    public const int Most = 100;

    public void Check(Faults faults)
    {
        faults.Require(Metrics.Count is >= 1 and <= Most, "metrics", $"must hold 1 to {Most} entries.");
        for (var i = 0; i < Math.Min(Metrics.Count, Most); i++)
        {
            var field = $"metrics[{i}]";
            // Elements of a list may be JSON's null whatever their type says.
            if (Metrics[i] is not { } metric)
            {
                faults.Add(field, "must be an object.");
                continue;
            }

            faults.Require(metric.Name is { Length: >= 1 and <= 250 }, $"{field}.name", "must be 1 to 250 characters.");
            faults.Text(metric.Name, $"{field}.name", 250);
            faults.Require(double.IsFinite(metric.Value), $"{field}.value", "must be a finite number.");
            faults.Text(metric.Dataset, $"{field}.dataset", 1000);
            faults.Require(IsAddress(metric.Dataset), $"{field}.dataset", "must be an address: mesh://project/dataset/key@version, or another absolute URI.");
        }
    }

    private static bool IsAddress(string? dataset) => dataset is null
        || (dataset.StartsWith("mesh://", StringComparison.Ordinal) ? MeshUri.TryParse(dataset, out _, out _) : dataset.Contains(':', StringComparison.Ordinal) && Uri.TryCreate(dataset, UriKind.Absolute, out _));
}

/// <summary>A figure of a version, as its history keeps it.</summary>
/// <param name="At">When it was measured.</param>
/// <param name="By">Who logged it.</param>
/// <param name="LoggedAt">When it was logged.</param>
/// <param name="Registered">Whether the version was registered with it.</param>
public sealed record ModelMetric(string Name, double Value, string? Dataset, DateTimeOffset At, string By, DateTimeOffset LoggedAt, bool Registered = false);

/// <summary>Figures of a version of a model were logged after its registration.</summary>
[EventType("model.metrics-logged")]
public sealed record ModelMetricsLogged(string Model, int Version, IReadOnlyDictionary<string, double> Metrics) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}
