namespace Mesh.Contracts.Artifacts;

/// <summary><c>GET /api/v1/projects/{project}/storage</c>: what the blobs of a project take.</summary>
/// <param name="Blobs">How many blobs it has.</param>
/// <param name="UsedBytes">Their bytes; what other projects have too counts in each.</param>
/// <param name="OpenUploadBytes">What the open uploads in parts will add.</param>
/// <param name="QuotaBytes">The most bytes it may have; null when there is no limit.</param>
/// <param name="IsOwnQuota">Whether the limit is the project's own, not the platform's.</param>
/// <param name="Store">The store that new blobs go to: <c>default</c>, or one that the operator has named.</param>
/// <param name="Prefix">The folder of that store, or what its keys begin with.</param>
public sealed record ProjectStorageInfo(
    long Blobs, long UsedBytes, long OpenUploadBytes, long? QuotaBytes, bool IsOwnQuota, string Store = "default", string? Prefix = null);

/// <summary><c>PUT /api/v1/projects/{project}/storage</c>, for platform administrators.</summary>
/// <param name="QuotaBytes">The most bytes the project may have; null for the platform's limit.</param>
/// <param name="Store">The store for new blobs: <c>default</c>, or one that the operator has named; null leaves it as it is.</param>
/// <param name="Prefix">A folder of that store: labels of a-z, 0-9 and '-', between slashes.</param>
public sealed record SetProjectStorage(long? QuotaBytes = null, string? Store = null, string? Prefix = null) : IChecked
{
    private const int MostPrefix = 200;

    public void Check(Faults faults)
    {
        faults.Require(QuotaBytes is null or >= 0, "quotaBytes", "must not be negative.");
        faults.Require(Store is null or { Length: > 0 }, "store", "must not be empty.");
        faults.Require(Prefix is null || Store is not (null or "default"), "prefix", "belongs to a store that the operator has named.");
        faults.Require(
            Prefix is null || (Prefix.Length <= MostPrefix && Prefix.Split('/').All(IsFolder)), "prefix",
            $"must be labels of a-z, 0-9 and '-' between slashes, at most {MostPrefix} characters, none of them 'staging', 'parts' or two hex digits, which stores have themselves.");
    }

    private static bool IsFolder(string name) => Names.IsLabel(name) && name is not ("staging" or "parts") && !(name.Length == 2 && name.All(char.IsAsciiHexDigit));
}

/// <summary><c>POST /api/v1/projects/{project}/blobs/collect</c>: what was collected, or would be.</summary>
/// <param name="DryRun">Whether nothing was touched.</param>
/// <param name="Blobs">How many blobs nothing refers to.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Digests">The first of them, at most 1,000.</param>
/// <param name="GraceSeconds">So long after it was last uploaded or confirmed a blob is left alone.</param>
public sealed record BlobCollection(bool DryRun, long Blobs, long Bytes, IReadOnlyList<string> Digests, long GraceSeconds);

/// <summary>A blob whose stored bytes are not what they were.</summary>
/// <param name="FoundAt">When that was found.</param>
/// <param name="ActualDigest">SHA-256 of what is there; null when nothing is, or nothing that can be unpacked.</param>
public sealed record DamagedBlob(string Digest, long Size, DateTimeOffset FoundAt, string? ActualDigest);

/// <summary><c>POST /internal/blobs/scrub</c>: what was read again.</summary>
/// <param name="Blobs">How many blobs were read.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Damaged">Those that are damaged.</param>
public sealed record ScrubReport(long Blobs, long Bytes, IReadOnlyList<string> Damaged);

/// <summary><c>GET /api/v1/projects/{project}/blobs/{digest}/location</c>: where the blob can be downloaded without a token for a while.</summary>
public sealed record BlobLocation(string Address, DateTimeOffset ExpiresAt);
