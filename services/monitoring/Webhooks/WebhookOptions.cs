using System.ComponentModel.DataAnnotations;

namespace Mesh.Monitoring.Webhooks;

/// <summary>Settings of webhooks: section <c>Mesh:Monitoring:Webhooks</c>. Checked at start.</summary>
internal sealed class WebhookOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Mesh:Monitoring:Webhooks";

    /// <summary>Hosts that may have private addresses and plain http, as they stand in the URLs: those of the operator's own network.</summary>
    public string[] AllowedHosts { get; init; } = [];

    /// <summary>Whether receivers may be on this machine, with plain http. The laptop says yes; elsewhere this machine is the operator's.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Seconds that a receiver may take for an answer.</summary>
    [Range(0.1, 20)] public double TimeoutSeconds { get; init; } = 10;

    /// <summary>Seconds before each further attempt, each give or take a fifth; the default when there are none.</summary>
    public double[] RetrySeconds { get; init; } = [];

    /// <summary>For how long a receiver may take nothing before its webhook is paused.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "90.00:00:00")] public TimeSpan PauseAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Days that deliveries that were made are kept.</summary>
    [Range(1, 3650)] public int DeliveredDays { get; init; } = 7;

    /// <summary>Days that deliveries that were given up are kept, and can be made again.</summary>
    [Range(1, 3650)] public int FailedDays { get; init; } = 30;
}
