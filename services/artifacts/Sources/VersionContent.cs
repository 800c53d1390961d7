using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Sources;

/// <summary>The bytes of versions, wherever they are: a blob of the project, or a source.</summary>
internal sealed class VersionContent(BlobLedger ledger, SourceReader sources)
{
    /// <summary>Opens a version: a seekable stream, read asynchronously.</summary>
    /// <exception cref="Mesh.Hosting.Http.RejectedException">Its blob is damaged, or its source is away or changed.</exception>
    public Task<Stream> OpenAsync(string project, LoggedVersion version, CancellationToken ct) =>
        OpenAsync(project, version.Key, version.Version, version.Digest, version.Size, version.Source, ct);

    /// <inheritdoc cref="OpenAsync(string, LoggedVersion, CancellationToken)"/>
    public Task<Stream> OpenAsync(string project, ArtifactVersion version, CancellationToken ct) =>
        OpenAsync(project, version.Key, version.Version, version.Digest, version.Size, version.Source, ct);

    /// <summary>Whether the bytes are elsewhere.</summary>
    public static bool IsElsewhere(ArtifactSource? source) => source is { ImportedAt: null };

    /// <summary>The refusal of a version whose bytes are elsewhere, for what needs them to stay; null for others.</summary>
    public static Rejection? Refuse(LoggedVersion version) => IsElsewhere(version.Source)
        ? Rejection.Unprocessable("artifact.elsewhere", $"The bytes of version {version.Version} of '{version.Key}' are at {version.Source!.Address}. Import them first: POST …/versions/{version.Version}/import.")
        : null;

    private async Task<Stream> OpenAsync(string project, string key, int version, string digest, long size, ArtifactSource? source, CancellationToken ct) =>
        IsElsewhere(source)
            ? await sources.OpenAsync(source!, size, ct)
            : await ledger.OpenAsync(project, digest, ct) ?? throw new InvalidOperationException($"Version {version} of '{key}' has no blob.");
}
