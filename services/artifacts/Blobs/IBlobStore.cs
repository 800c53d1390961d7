namespace Mesh.Artifacts.Blobs;

/// <summary>
/// Keeps the bytes of blobs under their SHA-256. It knows nothing of projects: who may see a blob is the <see cref="BlobLedger"/>'s business,
/// and so is the lock that keeps a blob from being deleted while it is being kept once more.
/// </summary>
internal interface IBlobStore
{
    /// <summary>What it is called in the rows of blobs that lie in it: see <see cref="BlobStores"/>.</summary>
    string Place { get; }

    /// <summary>Reads <paramref name="body"/> to its end into a place of its own, hashing on the way.</summary>
    /// <returns>What was read, still apart from the kept blobs; null, with nothing left behind, when it is longer than <paramref name="limit"/> bytes.</returns>
    /// <exception cref="IOException">The body broke off, or the store cannot be written; nothing is left behind.</exception>
    Task<StagedBlob?> StageAsync(Stream body, long limit, CancellationToken ct);

    /// <summary>Opens a kept blob: a seekable stream; null when there is none.</summary>
    Task<Stream?> OpenAsync(string digest, CancellationToken ct);

    /// <summary>An address from which anybody who has it may download a kept blob for a while; null when this store gives out none.</summary>
    /// <param name="disposition">The <c>Content-Disposition</c> of the answer.</param>
    Task<Uri?> LocateAsync(string digest, string disposition, TimeSpan life, CancellationToken ct);

    /// <summary>Removes a kept blob; readers that have it open read on to its end. Harmless when there is none.</summary>
    Task DeleteAsync(string digest, CancellationToken ct);

    /// <summary>Opens a part of an upload; null when there is none.</summary>
    Task<Stream?> OpenPartAsync(PartPlace place, CancellationToken ct);

    /// <summary>Removes a part. Harmless when there is none.</summary>
    Task DeletePartAsync(PartPlace place, CancellationToken ct);

    /// <summary>Removes all parts of an upload.</summary>
    Task DeletePartsAsync(Guid upload, CancellationToken ct);

    /// <summary>The uploads of which there are parts.</summary>
    Task<IReadOnlyList<Guid>> UploadsAsync(CancellationToken ct);

    /// <summary>Removes what uploads that died with their process left behind.</summary>
    /// <returns>How many there were.</returns>
    Task<int> SweepAsync(CancellationToken ct);
}

/// <summary>Where a part of an upload lies until the whole is put together.</summary>
/// <param name="Store">The place of the store that has it.</param>
internal readonly record struct PartPlace(Guid Upload, Guid Part, string Store = "");

/// <summary>A blob that was received whole and is not kept yet. Disposing it removes it unless it was kept.</summary>
internal abstract class StagedBlob(string digest, long size, string place) : IAsyncDisposable
{
    /// <summary>SHA-256 of what was received, 64 lower-case hex digits.</summary>
    public string Digest { get; } = digest;

    /// <summary>Number of bytes received.</summary>
    public long Size { get; } = size;

    /// <summary>The place of the store in which it is.</summary>
    public string Place { get; } = place;

    /// <summary>Puts the blob in its final place, durably. When the same content is there already, that stays.</summary>
    public abstract Task KeepAsync(CancellationToken ct);

    /// <summary>Puts it aside, durably, as a part of an upload.</summary>
    public abstract Task KeepAsPartAsync(PartPlace place, CancellationToken ct);

    public abstract ValueTask DisposeAsync();
}
