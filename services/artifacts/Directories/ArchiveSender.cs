using System.Formats.Tar;
using System.IO.Compression;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Directories;

/// <summary>Packs a directory while it is sent: one file at a time passes through, nothing is held.</summary>
internal sealed class ArchiveSender(DirectoryFiles files, BlobLedger ledger)
{
    private const int Batch = 500;

    /// <summary>Writes all files, each with the time of the version.</summary>
    public Task SendAsync(Stream target, ArchiveFormat format, string project, string manifest, DateTimeOffset at, CancellationToken ct) =>
        format is ArchiveFormat.Zip ? ZipAsync(target, project, manifest, at, ct) : TarAsync(target, project, manifest, at, ct);

    private async Task ZipAsync(Stream target, string project, string manifest, DateTimeOffset at, CancellationToken ct)
    {
        await using var held = new HeldWrite(target);
        await using (var zip = await ZipArchive.CreateAsync(held, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct))
        {
            await foreach (var file in AllAsync(project, manifest, ct))
            {
                var entry = zip.CreateEntry(file.Path, CompressionLevel.Fastest);
                entry.LastWriteTime = at;
                // A plain file that its owner may write and everybody may read.
                entry.ExternalAttributes = Convert.ToInt32("100644", 8) << 16;
                await using var content = await OpenAsync(project, file, ct);
                await using var packed = await entry.OpenAsync(ct);
                await content.CopyToAsync(packed, ct);
            }
        }

        await held.FlushAsync(ct);
    }

    private async Task TarAsync(Stream target, string project, string manifest, DateTimeOffset at, CancellationToken ct)
    {
        await using var tar = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
        await foreach (var file in AllAsync(project, manifest, ct))
        {
            await using var content = await OpenAsync(project, file, ct);
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, file.Path) { DataStream = content, ModificationTime = at }, ct);
        }
    }

    private async IAsyncEnumerable<DirectoryFile> AllAsync(string project, string manifest, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        string? after = null;
        do
        {
            var page = await files.ListAsync(project, manifest, "", after, Batch, ct);
            foreach (var file in page) yield return file;
            after = page.Count == Batch ? page[^1].Path : null;
        }
        while (after is not null);
    }

    private async Task<Stream> OpenAsync(string project, DirectoryFile file, CancellationToken ct) =>
        await ledger.OpenAsync(project, file.Digest, ct) ?? throw new InvalidOperationException($"The file '{file.Path}' has no blob.");
}
