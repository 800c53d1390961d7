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

    /// <summary>How long the address of a part of an upload by the MLflow protocol is good; 1 hour unless set.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")] public TimeSpan PartAddressLife { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The most open uploads in parts of a project; 1,000 unless set.</summary>
    [Range(1, 100_000)] public int MaxOpenUploads { get; init; } = 1000;

    /// <summary>How long after it was last uploaded or confirmed a blob that nothing refers to is left alone; 24 hours unless set.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")] public TimeSpan BlobGrace { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How often blobs that nothing refers to are collected; every 6 hours unless set.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "45.00:00:00")] public TimeSpan CollectEvery { get; init; } = TimeSpan.FromHours(6);

    /// <summary>The most bytes of a project that has no limit of its own; no limit unless set.</summary>
    [Range(0, long.MaxValue)] public long? QuotaBytes { get; init; }

    /// <summary>How long after it was last read a kept blob is read and checked again; 30 days unless set.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")] public TimeSpan ScrubAfter { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How fast kept blobs are read again; 20 MiB a second unless set.</summary>
    [Range(1 << 10, long.MaxValue)] public long ScrubBytesPerSecond { get; init; } = 20L << 20;

    /// <summary>Folders below which versions may name files as their sources; none unless set.</summary>
    public string[] SourceRoots { get; init; } = [];

    /// <summary>Hosts (<c>name</c> or <c>name:port</c>) that may be sources without https, and in this machine's own network; none unless set.</summary>
    public string[] SourceHosts { get; init; } = [];

    /// <summary>S3 buckets that may hold sources, by name, each with what reads it; none unless set.</summary>
    public Dictionary<string, Blobs.S3.S3Options> SourceBuckets { get; init; } = [];

    /// <summary>The most bytes that a source may have; 1 TiB unless set.</summary>
    [Range(1, long.MaxValue)] public long MaxSourceBytes { get; init; } = 1L << 40;

    /// <summary>How long a source may take to answer, and between two pieces of its bytes; 30 seconds unless set.</summary>
    [Range(1, 3600)] public int SourceSeconds { get; init; } = 30;

    /// <summary>Stores that projects may be given instead of the platform's own, by name; none unless set.</summary>
    public Dictionary<string, Blobs.NamedStoreOptions> Stores { get; init; } = [];

    /// <summary>The S3 store that keeps the blobs; a folder does when absent.</summary>
    public Blobs.S3.S3Options? S3 { get; init; }
}
