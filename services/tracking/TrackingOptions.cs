using System.ComponentModel.DataAnnotations;

namespace Mesh.Tracking;

/// <summary>Section <c>Tracking</c>, environment <c>Tracking__…</c>. Checked at start.</summary>
internal sealed class TrackingOptions
{
    public const string Section = "Tracking";

    /// <summary>The most bytes of log that are kept of one run; what comes after is dropped behind a mark that says so.</summary>
    [Range(1_024, 10_737_418_240)] public long LogLimitBytes { get; set; } = 100L << 20;

    /// <summary>The most metric points that one commit takes together from waiting requests.</summary>
    [Range(1_000, 1_000_000)] public int MetricGroupPoints { get; set; } = 50_000;

    /// <summary>Minutes between looks for deleted runs that have served their time.</summary>
    [Range(1, 10_080)] public int RetentionMinutes { get; set; } = 60;

    /// <summary>Seconds after which a stream of metric points or of a table of runs ends; its follower comes again where it was.</summary>
    [Range(1, 86_400)] public int MetricStreamSeconds { get; set; } = 300;
}
