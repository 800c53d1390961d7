using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>What became of files that were uploaded as a directory.</summary>
/// <param name="Version">The version that has them.</param>
/// <param name="IsNew">Whether it was made: the newest version may have had them already.</param>
/// <param name="Sent">Files whose content the newest version did not have.</param>
/// <param name="SentBytes">Their bytes.</param>
public sealed record FilesUpload(ArtifactVersion Version, bool IsNew, int Sent, long SentBytes);

public sealed partial class ArtifactsClient
{
    /// <summary>
    /// Uploads files as a directory, each under its path. Only content that the newest version does not have is sent; when nothing differs from it, that is
    /// the version, unless a run is to have made one.
    /// </summary>
    public async Task<FilesUpload> UploadFilesAsync(string key, IReadOnlyList<(string Path, string File)> files, UploadSpec? spec = null, CancellationToken ct = default)
    {
        var newest = await _connection.FindAsync<ArtifactInfo>(Of(key), ct) is { Kind: ArtifactKind.Directory } info ? info.Latest : null;
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        if (newest is not null)
            await foreach (var file in FilesAsync(key, $"{newest.Version}", ct: ct)) before[file.Path] = file.Digest;

        var known = before.Values.ToHashSet(StringComparer.Ordinal);
        var (now, sent, bytes) = await SendAsync(files, known, null, ct);
        if (newest is not null && spec?.RunId is null && now.Count == before.Count && now.All(file => before.GetValueOrDefault(file.Path) == file.Digest))
            return new FilesUpload(newest, IsNew: false, sent, bytes);
        var version = await CreateAsync(
            new CreateArtifactVersion(key, null, ArtifactKind.Directory, spec?.ContentType, spec?.FileName, spec?.RunId, spec?.Labels, spec?.Metadata, now), ct);
        return new FilesUpload(version, IsNew: true, sent, bytes);
    }
}
