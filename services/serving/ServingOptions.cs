using System.ComponentModel.DataAnnotations;

namespace Mesh.Serving;

/// <summary>Settings of the serving service: section <c>Serving</c>. Checked at start.</summary>
internal sealed class ServingOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Serving";

    /// <summary>Seconds between two looks at all endpoints, for events that came late or not at all; 5 unless set.</summary>
    [Range(0.05, 3600)] public double ReconcileSeconds { get; init; } = 5;

    /// <summary>Seconds that a request waits for an endpoint that is still loading, before 503; 2 unless set.</summary>
    [Range(0, 60)] public double LoadWaitSeconds { get; init; } = 2;

    /// <summary>MiB of predictions that wait for monitoring at most; what comes on top is dropped and counted; 64 unless set.</summary>
    [Range(1, 65_536)] public int CaptureBufferMegabytes { get; init; } = 64;

    /// <summary>Milliseconds that a prediction waits for others to share its way to monitoring; 200 unless set.</summary>
    [Range(0, 60_000)] public int CaptureLingerMilliseconds { get; init; } = 200;

    /// <summary>Seconds between two reports of requests and latencies to monitoring; 10 unless set.</summary>
    [Range(0.05, 60)] public double TrafficSeconds { get; init; } = 10;

    public TimeSpan ReconcileEvery => TimeSpan.FromSeconds(ReconcileSeconds);

    public TimeSpan LoadWait => TimeSpan.FromSeconds(LoadWaitSeconds);

    public TimeSpan TrafficEvery => TimeSpan.FromSeconds(TrafficSeconds);

    public TimeSpan CaptureLinger => TimeSpan.FromMilliseconds(CaptureLingerMilliseconds);
}
