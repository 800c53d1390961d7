using System.Security.Cryptography;
using Mesh.Client.Connection;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>What became of a folder that was uploaded.</summary>
/// <param name="Sent">Files whose content the project did not have in the version before.</param>
/// <param name="EmptyFolders">Folders without any file, which a directory cannot hold.</param>
public sealed record FolderUpload(ArtifactVersion Version, int Files, int Sent, long SentBytes, IReadOnlyList<string> EmptyFolders);

/// <summary>What became of a directory that was downloaded.</summary>
/// <param name="Received">Files that were not there as they are.</param>
public sealed record FolderDownload(ArtifactVersion Version, int Files, int Received, long ReceivedBytes);

public sealed partial class ArtifactsClient
{
    /// <summary>Files of a directory by path.</summary>
    /// <param name="path">Only this file, or those below this folder.</param>
    public IAsyncEnumerable<DirectoryFile> FilesAsync(string key, string reference = "latest", string? path = null, CancellationToken ct = default) =>
        _connection.ListAsync<DirectoryFile>(Query.Add($"{Version(key, reference)}/files", ("path", path), ("limit", 1000)), ct);

    /// <summary>Uploads a folder as the next version, a directory. Only files that the newest version does not have are sent.</summary>
    /// <param name="progress">Hears how many files of how many are done.</param>
    /// <exception cref="IOException">The folder holds what cannot be kept: a link that leads outside or to a folder, a link to nothing, too many files.</exception>
    public async Task<FolderUpload> UploadFolderAsync(string key, string folder, UploadSpec? spec = null, Action<int, int>? progress = null, CancellationToken ct = default)
    {
        var walk = FolderWalk.Of(folder);
        var known = await KnownAsync(key, ct);
        var (files, sent, bytes) = await SendAsync(walk.Files, known, progress, ct);
        var version = await CreateAsync(
            new CreateArtifactVersion(
                key, null, ArtifactKind.Directory, spec?.ContentType, spec?.FileName ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), spec?.RunId, spec?.Labels,
                spec?.Metadata, files), ct);
        return new FolderUpload(version, files.Count, sent, bytes, walk.EmptyFolders);
    }

    // Sends what is not known; how many files that was, and their bytes.
    private async Task<(List<NewDirectoryFile> Files, int Sent, long Bytes)> SendAsync(
        IReadOnlyList<(string Path, string File)> files, HashSet<string> known, Action<int, int>? progress, CancellationToken ct)
    {
        var sums = new List<NewDirectoryFile>(files.Count);
        var (sent, bytes) = (0, 0L);
        foreach (var (path, file) in files)
        {
            await using var content = new FileStream(file, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
            var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct));
            if (known.Add(digest))
            {
                (sent, bytes) = (sent + 1, bytes + content.Length);
                content.Position = 0;
                if (content.Length > PartedUpload.Threshold) await PutBlobAsync(content, 0, ct);
                else await PutWholeAsync(digest, content, 0, ct);
            }

            sums.Add(new NewDirectoryFile(path, digest));
            progress?.Invoke(sums.Count, files.Count);
        }

        return (sums, sent, bytes);
    }

    /// <summary>Writes the files of a directory below a folder. Those that are there as they are stay; what else is in the folder stays too.</summary>
    /// <param name="path">Only this file, or those below this folder of the directory.</param>
    /// <exception cref="IOException">A path leads outside the folder, or through a link.</exception>
    public async Task<FolderDownload> DownloadFolderAsync(
        string key, string folder, string reference = "latest", string? path = null, Action<int>? progress = null, CancellationToken ct = default)
    {
        var version = await ResolveAsync(key, reference, ct);
        var target = new FolderTarget(folder);
        var (files, received, bytes) = (0, 0, 0L);
        await foreach (var file in FilesAsync(key, $"{version.Version}", path, ct))
        {
            files++;
            var place = target.Prepare(file.Path);
            if (!await FolderTarget.HasAsync(place, file, ct))
            {
                await BlobFile.WriteAsync(place, stream => DownloadBlobAsync(file.Digest, stream, ct));
                (received, bytes) = (received + 1, bytes + file.Size);
            }

            progress?.Invoke(files);
        }

        return new FolderDownload(version, files, received, bytes);
    }

    private async Task<HashSet<string>> KnownAsync(string key, CancellationToken ct)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        if (await _connection.FindAsync<ArtifactInfo>(Of(key), ct) is not { Kind: ArtifactKind.Directory } before) return known;
        await foreach (var file in FilesAsync(key, $"{before.Latest.Version}", ct: ct)) known.Add(file.Digest);
        return known;
    }
}
