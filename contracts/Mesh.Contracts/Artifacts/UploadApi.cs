namespace Mesh.Contracts.Artifacts;

/// <summary><c>POST /api/v1/projects/{project}/blobs/uploads</c>: begins an upload of a blob in parts.</summary>
/// <param name="Digest">SHA-256 of the whole.</param>
/// <param name="Size">Bytes of the whole.</param>
/// <param name="PartSize">Bytes of each part but the last, 256 KiB to 1 GiB; 32 MiB when absent, or more where that would make more than 10,000 parts.</param>
public sealed record BeginUpload(string Digest, long Size, long? PartSize = null) : IChecked
{
    /// <summary>The least bytes of a part that is not the last.</summary>
    public const long LeastPart = 256L << 10;

    /// <summary>The most bytes of a part.</summary>
    public const long MostPart = 1L << 30;

    /// <summary>The most parts of an upload.</summary>
    public const int MostParts = 10_000;

    public void Check(Faults faults)
    {
        faults.Require(ArtifactChecks.IsDigest(Digest), "digest", "must be a SHA-256 in 64 lower-case hex digits.");
        faults.Require(Size >= 1, "size", "must be at least 1: an empty blob needs no parts.");
        faults.Require(PartSize is null or (>= LeastPart and <= MostPart), "partSize", "must be from 256 KiB to 1 GiB.");
        faults.Require(PartSize is null || PartSize < LeastPart || (Size - 1) / PartSize < MostParts, "partSize", "must not make more than 10,000 parts.");
    }
}

/// <summary>An upload of a blob in parts.</summary>
/// <param name="PartSize">Bytes of each part but the last, which has the rest.</param>
/// <param name="Parts">How many parts it has; they are numbered from 1.</param>
/// <param name="CompletedAt">When the blob was kept; null while the upload is open.</param>
/// <param name="Received">The parts that are there, by number; null in lists, and once it is complete.</param>
public sealed record BlobUpload(
    Guid Id, string Digest, long Size, long PartSize, int Parts, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? CompletedAt,
    IReadOnlyList<UploadPart>? Received = null);

/// <summary>A part that is there.</summary>
public sealed record UploadPart(int Number, string Digest, long Size);
