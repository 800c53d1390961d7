using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Mesh.Hosting.Telemetry;

/// <summary>Every instrument of Mesh, named in one place. Tags are few and of low cardinality: never an id.</summary>
public static class MeshMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Mesh";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>Integration events handed to the bus, by service.</summary>
    public static readonly Counter<long> EventsRelayed = Meter.CreateCounter<long>("mesh.events.relayed", "{event}");

    /// <summary>Integration events handled, by consumer.</summary>
    public static readonly Counter<long> EventsConsumed = Meter.CreateCounter<long>("mesh.events.consumed", "{event}");

    /// <summary>Attempts at integration events that failed and are made again, by consumer.</summary>
    public static readonly Counter<long> EventsRetried = Meter.CreateCounter<long>("mesh.events.retried", "{attempt}");

    /// <summary>Integration events given up after every retry, by consumer.</summary>
    public static readonly Counter<long> EventsDeadLettered = Meter.CreateCounter<long>("mesh.events.dead_lettered", "{event}");

    /// <summary>Attempts of jobs that a worker took.</summary>
    public static readonly Counter<long> JobAttempts = Meter.CreateCounter<long>("mesh.jobs.attempts", "{attempt}");

    /// <summary>Seconds from the submission of a job to its end, by outcome.</summary>
    public static readonly Histogram<double> JobDuration = Meter.CreateHistogram<double>("mesh.jobs.duration", "s");

    /// <summary>Metric points that were made durable.</summary>
    public static readonly Counter<long> PointsWritten = Meter.CreateCounter<long>("mesh.tracking.points", "{point}");

    /// <summary>Requests whose metric points shared one commit.</summary>
    public static readonly Histogram<int> PointGroups = Meter.CreateHistogram<int>("mesh.tracking.points.group", "{request}");

    /// <summary>Bytes of log text that were made durable.</summary>
    public static readonly Counter<long> LogBytes = Meter.CreateCounter<long>("mesh.tracking.log", "By");

    /// <summary>Time from an infer request's first byte read to its answer composed, by project and endpoint. Its count is the number of requests served.</summary>
    public static readonly Histogram<double> InferDuration = Meter.CreateHistogram(
        "mesh.serving.infer.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    /// <summary>Infer requests that got no prediction, by project, endpoint and kind: caller, model, not-ready.</summary>
    public static readonly Counter<long> InferFaults = Meter.CreateCounter<long>("mesh.serving.infer.faults", "{request}");

    /// <summary>Predictions that monitoring has taken, by project and endpoint.</summary>
    public static readonly Counter<long> PredictionsCaptured = Meter.CreateCounter<long>("mesh.serving.predictions.captured", "{row}");

    /// <summary>Predictions that were dropped instead of captured, by project and endpoint.</summary>
    public static readonly Counter<long> PredictionsDropped = Meter.CreateCounter<long>("mesh.serving.predictions.dropped", "{row}");

    /// <summary>Blobs that were found damaged or missing when they were read again.</summary>
    public static readonly Counter<long> BlobsDamaged = Meter.CreateCounter<long>("mesh.artifacts.blobs.damaged", "{blob}");
}

/// <summary>The source of Mesh's own spans.</summary>
public static class MeshActivity
{
    /// <summary>Name of the source.</summary>
    public const string SourceName = "Mesh";

    /// <summary>The source.</summary>
    public static readonly ActivitySource Source = new(SourceName);
}
