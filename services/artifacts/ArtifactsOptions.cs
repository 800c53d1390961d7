using System.ComponentModel.DataAnnotations;

namespace Mesh.Artifacts;

/// <summary>Settings of the artifacts service: section <c>Artifacts</c>. Checked at start.</summary>
internal sealed class ArtifactsOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Artifacts";

    /// <summary>The most bytes that one blob may have; 10 GiB unless set.</summary>
    [Range(1, long.MaxValue)] public long MaxBlobBytes { get; init; } = 10L << 30;
}
