using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Unicode;

namespace Mesh.Artifacts.Blobs;

/// <summary>
/// The form in which text is kept in a folder: a gzip file (RFC 1952) of one member for each <see cref="ChunkBytes"/> bytes, so that any tool unpacks it and a
/// reader can begin at any of them. Each member has a subfield <c>MZ</c> in its header: its own length (4 bytes) and, in the first one, the length of the whole
/// text (8 bytes), both little-endian.
/// </summary>
internal static class PackedFile
{
    /// <summary>What such a file's name ends with.</summary>
    public const string Extension = ".gz";

    /// <summary>Bytes of text in a member; the last one has the rest.</summary>
    public const int ChunkBytes = 256 * 1024;

    /// <summary>Bytes before the packed data of a member.</summary>
    internal const int HeaderBytes = 28;

    // Less is one block of the file system, packed or not.
    private const int LeastBytes = 4096;
    private const int PlainHeaderBytes = 10;
    private const int LengthAt = 20;

    // magic, deflate, FEXTRA, no time, no flags, no system; then the length of the extra field and the head of its only subfield.
    private static ReadOnlySpan<byte> Header => [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 16, 0, (byte)'M', (byte)'Z', 12, 0];

    /// <summary>Whether a file is a packed one, by its name.</summary>
    public static bool Is(string path) => path.EndsWith(Extension, StringComparison.Ordinal);

    /// <summary>Opens a file that holds text, packed or not.</summary>
    public static Stream OpenText(string path)
    {
        var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });
        return Is(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>Packs the beginning of a blob, if it is text that becomes smaller by a quarter at least.</summary>
    /// <param name="start">The first <see cref="ChunkBytes"/> bytes, or all of them.</param>
    /// <returns>The first member; null if the blob is better kept as it is.</returns>
    public static MemoryStream? TryPack(ReadOnlyMemory<byte> start)
    {
        if (start.Length < LeastBytes || !IsText(start.Span)) return null;
        var member = new MemoryStream();
        Pack(start.Span, member);
        return member.Length <= start.Length / 4 * 3 ? member : null;
    }

    /// <summary>Makes a member of a chunk.</summary>
    /// <param name="member">Is emptied first.</param>
    public static void Pack(ReadOnlySpan<byte> chunk, MemoryStream member)
    {
        member.SetLength(0);
        // The plain header is written over by the end of ours.
        member.SetLength(HeaderBytes - PlainHeaderBytes);
        member.Position = member.Length;
        using (var packing = new GZipStream(member, CompressionLevel.Fastest, leaveOpen: true)) packing.Write(chunk);
        var header = member.GetBuffer().AsSpan(0, HeaderBytes);
        header.Clear();
        Header.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[Header.Length..], (int)member.Length);
    }

    /// <summary>Tells the first member how long the whole is.</summary>
    public static void WriteLength(FileStream file, long length)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        RandomAccess.Write(file.SafeFileHandle, bytes, LengthAt);
    }

    /// <summary>Reads the header of a member.</summary>
    /// <exception cref="InvalidDataException">It is none: the file is damaged.</exception>
    public static (int MemberBytes, long Length) Read(ReadOnlySpan<byte> header)
    {
        if (header.Length < HeaderBytes || !header[..Header.Length].SequenceEqual(Header)) throw new InvalidDataException("A packed blob is damaged: there is no header where one must be.");
        var bytes = BinaryPrimitives.ReadInt32LittleEndian(header[Header.Length..]);
        return bytes > HeaderBytes ? (bytes, BinaryPrimitives.ReadInt64LittleEndian(header[LengthAt..])) : throw new InvalidDataException("A packed blob is damaged: a member has no bytes.");
    }

    // UTF-8 without control characters but those of lines, tabs, pages and terminals.
    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOfAnyExcept(TextBytes) >= 0) return false;
        // A character may lie across the end.
        for (var cut = 0; cut <= 3 && cut < bytes.Length; cut++)
            if (Utf8.IsValid(bytes[..^cut])) return true;
        return false;
    }

    private static readonly SearchValues<byte> TextBytes = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(b => b is >= 0x20 and not 0x7f or '\t' or '\n' or '\f' or '\r' or 0x1b).Select(b => (byte)b)]);
}
