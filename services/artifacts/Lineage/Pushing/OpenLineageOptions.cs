using System.ComponentModel.DataAnnotations;

namespace Mesh.Artifacts.Lineage.Pushing;

/// <summary>Settings of sending OpenLineage: section <c>Artifacts:OpenLineage</c>. Checked at start.</summary>
internal sealed class OpenLineageOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Artifacts:OpenLineage";

    /// <summary>Hosts that may have private addresses: those of the operator's own network. Others are reached on public addresses only.</summary>
    public string[] AllowedHosts { get; init; } = [];

    /// <summary>Seconds that a receiver may take for an answer.</summary>
    [Range(1, 20)] public int TimeoutSeconds { get; init; } = 10;

    /// <summary>How long an event waits for a receiver that is away.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")] public TimeSpan KeptFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Seconds that an event waits before it is sent: what a run read and made is told by other events, which may come behind its end.</summary>
    [Range(0, 3600)] public int SettleSeconds { get; init; } = 2;
}
