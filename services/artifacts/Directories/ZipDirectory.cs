using System.Buffers.Binary;

namespace Mesh.Artifacts.Directories;

/// <summary>
/// Looks at the end of a zip before anything reads it: its table of contents is read into memory as a whole, however many entries it has. The end is
/// <c>PK\5\6 … size:4 offset:4 comment-length:2 comment</c>; with an offset of all ones, the real one is in a record that the locator before the end points to.
/// </summary>
internal static class ZipDirectory
{
    private const int EndBytes = 22;
    private const int LocatorBytes = 20;
    private const uint End = 0x06054b50;
    private const uint Locator = 0x07064b50;
    private const uint End64 = 0x06064b50;

    /// <summary>How many bytes there are from where the table of contents begins to the end.</summary>
    /// <exception cref="InvalidDataException">The file is no zip.</exception>
    public static async Task<long> LengthAsync(Stream zip, CancellationToken ct)
    {
        var tail = new byte[Math.Min(zip.Length, EndBytes + ushort.MaxValue + LocatorBytes)];
        zip.Position = zip.Length - tail.Length;
        await zip.ReadExactlyAsync(tail, ct);
        for (var at = tail.Length - EndBytes; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) != End) continue;
            long offset = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + 16));
            if (offset == uint.MaxValue && at >= LocatorBytes && BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at - LocatorBytes)) == Locator)
                offset = await Offset64Async(zip, BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(at - LocatorBytes + 8)), ct);
            if (offset < 0 || offset > zip.Length) throw new InvalidDataException("The table of contents lies outside the file.");
            return zip.Length - offset;
        }

        throw new InvalidDataException("There is no table of contents.");
    }

    private static async Task<long> Offset64Async(Stream zip, long at, CancellationToken ct)
    {
        var record = new byte[56];
        if (at < 0 || at > zip.Length - record.Length) throw new InvalidDataException("The end record lies outside the file.");
        zip.Position = at;
        await zip.ReadExactlyAsync(record, ct);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != End64) throw new InvalidDataException("There is no end record.");
        return BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48));
    }
}
