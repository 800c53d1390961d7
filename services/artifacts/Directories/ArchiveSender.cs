using System.IO.Compression;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Directories;

/// <summary>Packs a directory while it is sent: one file at a time passes through, nothing is held. The same directory gives the same bytes.</summary>
internal sealed class ArchiveSender(DirectoryFiles files, BlobLedger ledger)
{
    private const int Chunk = 1 << 16;

    // The first that a zip can say.
    private static readonly DateTimeOffset Time = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Names the bytes of a zip: how well it packs is the runtime's, and may change with it.</summary>
    public static string ZipTag(string manifest) => $"{manifest}.zip-{Environment.Version}";

    /// <summary>Names the bytes of a tar.</summary>
    public static string TarTag(string manifest) => $"{manifest}.tar";

    /// <summary>Writes all files as a zip.</summary>
    public async Task ZipAsync(Stream target, string project, string manifest, CancellationToken ct)
    {
        await using var held = new HeldWrite(target);
        var chunk = new byte[Chunk];
        await using (var zip = await ZipArchive.CreateAsync(held, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct))
        {
            foreach (var file in await AllAsync(project, manifest, ct))
            {
                var entry = zip.CreateEntry(file.Path, CompressionLevel.Fastest);
                entry.LastWriteTime = Time;
                // A plain file that its owner may write and everybody may read.
                entry.ExternalAttributes = Convert.ToInt32("100644", 8) << 16;
                await using var content = await OpenAsync(project, file, ct);
                await using var packed = await entry.OpenAsync(ct);
                // In even pieces, however they come: what they are packed to may depend on where they end.
                while (await content.ReadAtLeastAsync(chunk, Chunk, throwOnEndOfStream: false, ct) is > 0 and var read) await packed.WriteAsync(chunk.AsMemory(0, read), ct);
            }
        }

        await held.FlushAsync(ct);
    }

    /// <summary>All files as a tar, to be read from anywhere.</summary>
    public async Task<Stream> TarAsync(string project, string manifest, CancellationToken ct) => new TarStream(await AllAsync(project, manifest, ct), (file, token) => OpenAsync(project, file, token));

    private Task<IReadOnlyList<DirectoryFile>> AllAsync(string project, string manifest, CancellationToken ct) => files.ListAsync(project, manifest, "", null, DirectoryFile.Most, ct);

    private async Task<Stream> OpenAsync(string project, DirectoryFile file, CancellationToken ct) =>
        await ledger.OpenAsync(project, file.Digest, ct) ?? throw new InvalidOperationException($"The file '{file.Path}' has no blob.");
}
