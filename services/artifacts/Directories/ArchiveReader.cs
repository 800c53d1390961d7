using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.Net.Http.Headers;

namespace Mesh.Artifacts.Directories;

/// <summary>How files are packed together.</summary>
internal enum ArchiveFormat
{
    Zip,
    Tar,
    TarGzip,
}

/// <summary>A file in an archive; its content can be read until the next one is asked for.</summary>
internal readonly record struct ArchivedFile(string Path, Stream Content);

/// <summary>
/// Reads the files of an archive that somebody sent: names are only names here, nothing is written by them. What is no plain file or folder, what is encrypted, and what
/// unpacks to more than its limits is refused.
/// </summary>
internal static class ArchiveReader
{
    /// <summary>The most that anything may be unpacked to, as a multiple of its packed size. Deflate does not get far beyond 1,000.</summary>
    public const int MostRatio = 200;

    // Small things may pack as well as they like.
    private const long Always = 1 << 20;
    private const long MostTable = 16 << 20;
    private const int TarBlocks = 4096;

    // Folders count too: an archive of nothing but folders would never end otherwise.
    private const int MostEntries = 2 * DirectoryFile.Most;

    /// <summary>The format that a media type says, or null.</summary>
    public static ArchiveFormat? FormatOf(string? contentType) => !MediaTypeHeaderValue.TryParse(contentType, out var type) ? null : type.MediaType.Value?.ToLowerInvariant() switch
    {
        "application/zip" or "application/x-zip-compressed" => ArchiveFormat.Zip,
        "application/x-tar" or "application/tar" => ArchiveFormat.Tar,
        "application/gzip" or "application/x-gzip" or "application/x-gtar" or "application/x-tgz" => ArchiveFormat.TarGzip,
        _ => null,
    };

    /// <summary>The files, in the order in which they are packed.</summary>
    /// <exception cref="RejectedException">The archive holds what may not be in it, or is too large.</exception>
    /// <exception cref="InvalidDataException">It is no such archive, or damaged.</exception>
    public static IAsyncEnumerable<ArchivedFile> ReadAsync(Stream archive, ArchiveFormat format, long mostBytes, CancellationToken ct)
    {
        archive.Position = 0;
        return format switch
        {
            ArchiveFormat.Zip => ZipAsync(archive, new Budget(mostBytes), ct),
            ArchiveFormat.Tar => TarAsync(archive, new Budget(mostBytes), ct),
            _ => TarAsync(
                new CountedRead(new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true), Most(archive.Length), new Budget(mostBytes + (MostEntries * (long)TarBlocks))),
                new Budget(mostBytes), ct),
        };
    }

    private static async IAsyncEnumerable<ArchivedFile> ZipAsync(Stream archive, Budget budget, [EnumeratorCancellation] CancellationToken ct)
    {
        if (await ZipDirectory.LengthAsync(archive, ct) > MostTable) throw new RejectedException(TooManyEntries);
        archive.Position = 0;
        await using var zip = await ZipArchive.CreateAsync(archive, ZipArchiveMode.Read, leaveOpen: true, entryNameEncoding: null, ct);
        if (zip.Entries.Count > MostEntries) throw new RejectedException(TooManyEntries);
        foreach (var entry in zip.Entries)
        {
            if (entry.IsEncrypted) throw Refused("archive.encrypted", entry.FullName, "is encrypted. Send the files unencrypted");
            // The upper half is the mode of Unix, where that wrote the archive: 0 elsewhere.
            var type = (UnixType)((entry.ExternalAttributes >> 28) & 0xf);
            if (type is not (UnixType.None or UnixType.File or UnixType.Folder)) throw Refused("archive.link", entry.FullName, "is a link or a device. Only files and folders are taken");
            if (entry.FullName.EndsWith('/') || type is UnixType.Folder)
            {
                CheckFolder(entry.FullName);
                continue;
            }

            await using var content = new CountedRead(await entry.OpenAsync(ct), Most(entry.CompressedLength), budget);
            yield return new ArchivedFile(entry.FullName, content);
        }
    }

    private static async IAsyncEnumerable<ArchivedFile> TarAsync(Stream archive, Budget budget, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var tar = new TarReader(new TarGuard(archive), leaveOpen: true);
        for (var count = 1; await tar.GetNextEntryAsync(copyData: false, ct) is { } entry; count++)
        {
            if (count > MostEntries) throw new RejectedException(TooManyEntries);
            switch (entry.EntryType)
            {
                case TarEntryType.GlobalExtendedAttributes:
                    continue;
                case TarEntryType.Directory or TarEntryType.DirectoryList:
                    if (entry.Name.TrimEnd('/') is not "." and not "") CheckFolder(Plain(entry.Name));
                    continue;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    await using (var content = new CountedRead(entry.DataStream ?? Stream.Null, long.MaxValue, budget))
                        yield return new ArchivedFile(Plain(entry.Name), content);
                    continue;
                default:
                    throw Refused("archive.link", entry.Name, "is a link or a device. Only files and folders are taken");
            }
        }
    }

    private enum UnixType
    {
        None = 0,
        Folder = 4,
        File = 8,
    }

    private static Rejection TooManyEntries { get; } = Rejection.TooLarge("archive.too-many-entries", $"An archive has at most {DirectoryFile.Most} files, and as many folders.");

    private static long Most(long packed) => Math.Max(Always, packed * MostRatio);

    // As `tar -C folder .` writes every name.
    private static string Plain(string name) => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    private static void CheckFolder(string path)
    {
        if (DirectoryPath.Check(path.TrimEnd('/')) is { } refusal) throw new RejectedException(refusal);
    }

    private static RejectedException Refused(string code, string path, string what) =>
        new(Rejection.Unprocessable(code, $"'{DirectoryPath.Shown(path)}' in the archive {what}."));
}
