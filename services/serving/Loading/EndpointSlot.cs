using Mesh.Hosting.Telemetry;
using Mesh.Serving.Traffic;

namespace Mesh.Serving.Loading;

/// <summary>Names an endpoint among those of all projects.</summary>
internal readonly record struct EndpointKey(string Project, string Name);

/// <summary>The place of one endpoint in the memory of this replica: what answers now, and what it counted.</summary>
internal sealed class EndpointSlot(EndpointKey key)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly KeyValuePair<string, object?> _project = new("project", key.Project);
    private readonly KeyValuePair<string, object?> _endpoint = new("endpoint", key.Name);
    private LoadedModel? _current;
    private long _captured;
    private long _dropped;
    private int _wakes;

    public EndpointKey Key { get; } = key;

    /// <summary>Model that the endpoint follows.</summary>
    public string? Model { get; set; }

    /// <summary>Whether predictions are captured.</summary>
    public volatile bool Captures;

    /// <summary>Whether the endpoint is gone.</summary>
    public volatile bool IsRemoved;

    /// <summary>Why the newest load failed.</summary>
    public volatile string? Cause;

    /// <summary>The version that does not load, and when to try it again all the same.</summary>
    public (string Model, int Version, DateTimeOffset RetryAt)? Failed { get; set; }

    /// <summary>What kept the last look from its end; said in the log once.</summary>
    public string? Trouble { get; set; }

    /// <summary>One at a time changes what the slot serves.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>Rows that monitoring has taken.</summary>
    public long Captured => Interlocked.Read(ref _captured);

    /// <summary>Rows that were dropped instead.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>What was asked since monitoring was told last.</summary>
    public TrafficCounts Counts { get; } = new();

    /// <summary>Completes after the first attempt to load, whatever came of it.</summary>
    public Task Settled => _settled.Task;

    /// <summary>What answers now. Use it only between <see cref="LoadedModel.TryUse"/> and <see cref="LoadedModel.Release"/>.</summary>
    public LoadedModel? Current => Volatile.Read(ref _current);

    /// <summary>The model that answers now, in use until released; null when there is none.</summary>
    public LoadedModel? Use()
    {
        while (Current is { } model)
        {
            if (model.TryUse()) return model;
            // Retired between the two lines: its successor is there already.
        }

        return null;
    }

    /// <summary>Puts a model into service, or none; the one before ends with its last request.</summary>
    public void Swap(LoadedModel? next) => Interlocked.Exchange(ref _current, next)?.Retire();

    public void Settle() => _settled.TrySetResult();

    /// <summary>Notes that something may have changed. True: nobody has noted it yet.</summary>
    public bool TryWake() => Interlocked.Exchange(ref _wakes, 1) == 0;

    /// <summary>Takes note; what comes from now on is news again.</summary>
    public void Awake() => Volatile.Write(ref _wakes, 0);

    public void CountCaptured(int rows)
    {
        Interlocked.Add(ref _captured, rows);
        MeshMetrics.PredictionsCaptured.Add(rows, _project, _endpoint);
    }

    public void CountDropped(int rows)
    {
        Interlocked.Add(ref _dropped, rows);
        MeshMetrics.PredictionsDropped.Add(rows, _project, _endpoint);
    }

    public void CountInference(double milliseconds, int rows)
    {
        Counts.Answered(milliseconds, rows);
        MeshMetrics.InferDuration.Record(milliseconds / 1000, _project, _endpoint);
    }

    /// <param name="kind"><c>caller</c>, <c>model</c> or <c>not-ready</c>.</param>
    public void CountFault(string kind)
    {
        Counts.Refused(isCallers: kind == "caller");
        MeshMetrics.InferFaults.Add(1, _project, _endpoint, new KeyValuePair<string, object?>("kind", kind));
    }
}
