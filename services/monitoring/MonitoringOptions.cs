using System.ComponentModel.DataAnnotations;

namespace Mesh.Monitoring;

/// <summary>Settings of monitoring: section <c>Mesh:Monitoring</c>.</summary>
internal sealed class MonitoringOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Mesh:Monitoring";

    /// <summary>Days that predictions and traffic are kept, predictions counted from their arrival; 1 to 3,650.</summary>
    [Range(1, 3650)] public int RetentionDays { get; set; } = 90;

    /// <summary>Seconds without rows after which a window closes that no later row will close; 1 to 86,400.</summary>
    [Range(1, 86_400)] public int IdleSeconds { get; set; } = 10;

    /// <summary>Seconds between comments that keep an event stream open through proxies; 1 to 300.</summary>
    [Range(1, 300)] public int HeartbeatSeconds { get; set; } = 15;

    /// <summary>
    /// Seconds after which an event stream ends and its reader comes again, so that who lost the right to it reads no further; 1 to 86,400.
    /// </summary>
    [Range(1, 86_400)] public int StreamSeconds { get; set; } = 300;
}
