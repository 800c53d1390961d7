using System.ComponentModel.DataAnnotations;

namespace Mesh.Artifacts;

/// <summary>Settings of the artifacts service: section <c>Artifacts</c>. Checked at start.</summary>
internal sealed class ArtifactsOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Artifacts";

    /// <summary>The most bytes that one blob may have; 10 GiB unless set.</summary>
    [Range(1, long.MaxValue)] public long MaxBlobBytes { get; init; } = 10L << 30;

    /// <summary>How long an upload in parts may take before it is swept; 7 days unless set.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")] public TimeSpan UploadLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The most open uploads in parts of a project; 1,000 unless set.</summary>
    [Range(1, 100_000)] public int MaxOpenUploads { get; init; } = 1000;
}
