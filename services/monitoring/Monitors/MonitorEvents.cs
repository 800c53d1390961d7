using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Monitors;

/// <summary>What happens to the monitor of an endpoint.</summary>
public abstract record MonitorEvent
{
    private MonitorEvent() { }

    /// <summary>The endpoint got a monitor: the first one, or a new one after it had been removed.</summary>
    public sealed record Created(string Endpoint, string Model, ConfigureMonitor Settings, DateTimeOffset At) : MonitorEvent;

    /// <summary>Its settings were changed.</summary>
    public sealed record Configured(ConfigureMonitor Settings, DateTimeOffset At) : MonitorEvent;

    /// <summary>The endpoint answers from another version, whose training data are the reference from now on. Version 0: not known yet.</summary>
    /// <param name="AsOf">When the endpoint began to answer from it.</param>
    public sealed record ReferenceChanged(string Model, int ModelVersion, DateTimeOffset AsOf, DateTimeOffset At) : MonitorEvent;

    /// <summary>A window was closed. One that was not judged had too few rows, or no reference to compare them with.</summary>
    public sealed record WindowClosed(DriftWindow Window, bool Judged, DateTimeOffset At) : MonitorEvent;

    /// <summary>Enough drifted windows came in a row.</summary>
    public sealed record DriftDetected(
        string Endpoint, string Model, int ModelVersion, IReadOnlyList<FeatureDrift> Features, DateTimeOffset WindowFrom, DateTimeOffset WindowTo,
        long Rows, DateTimeOffset At) : MonitorEvent;

    /// <summary>Enough clean windows came in a row, or the reference changed.</summary>
    public sealed record DriftCleared(string Endpoint, string Model, int ModelVersion, DateTimeOffset At) : MonitorEvent;

    /// <summary>The endpoint is gone.</summary>
    public sealed record Removed(DateTimeOffset At) : MonitorEvent;
}
