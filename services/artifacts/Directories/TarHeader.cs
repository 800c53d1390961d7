using System.Globalization;
using System.Text;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Directories;

/// <summary>
/// What stands before a file in a tar (POSIX.1-2001): a block of 512 bytes, and before it, where the block cannot hold the path or the size, one of type <c>x</c> with lines
/// <c>{length} path={path}</c>. It follows from path and size alone, so that the same directory is the same bytes in every process: that of .NET names the process.
/// </summary>
internal static class TarHeader
{
    public const int Block = 512;

    private const int MostName = 100;
    private const long MostSize = (1L << 33) - 1;

    // 1980 began: no time at all is reported as implausible by tools.
    private const long Time = 315_532_800;

    /// <summary>How many bytes that takes.</summary>
    public static int LengthOf(DirectoryFile file)
    {
        var records = Records(file);
        return records.Length == 0 ? Block : Block + Padded(records.Length) + Block;
    }

    /// <summary>The bytes.</summary>
    public static byte[] Of(DirectoryFile file)
    {
        var records = Records(file);
        var header = new byte[LengthOf(file)];
        var name = Encoding.UTF8.GetBytes(file.Path);
        // Who knows no records sees the beginning of the path, ended where a character does.
        var kept = Math.Min(name.Length, MostName);
        while (kept < name.Length && kept > 0 && (name[kept] & 0xc0) == 0x80) kept--;
        if (records.Length > 0)
        {
            Write(header, "PaxHeaders"u8, records.Length, (byte)'x');
            records.CopyTo(header.AsSpan(Block));
        }

        Write(header.AsSpan(header.Length - Block), name.AsSpan(0, kept), file.Size <= MostSize ? file.Size : 0, (byte)'0');
        return header;
    }

    /// <summary>A length up to the end of its last block.</summary>
    public static int Padded(int length) => (int)Padded((long)length);

    /// <inheritdoc cref="Padded(int)"/>
    public static long Padded(long length) => (length + Block - 1) / Block * Block;

    private static byte[] Records(DirectoryFile file)
    {
        var path = Encoding.UTF8.GetByteCount(file.Path) > MostName || !Ascii.IsValid(file.Path);
        if (!path && file.Size <= MostSize) return [];
        return Encoding.UTF8.GetBytes((path ? Record("path", file.Path) : "") + (file.Size > MostSize ? Record("size", file.Size.ToString(CultureInfo.InvariantCulture)) : ""));
    }

    // Its length counts itself.
    private static string Record(string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount(value) + key.Length + 3;
        var length = rest + Digits(rest);
        if (Digits(length) != Digits(rest)) length = rest + Digits(length);
        return string.Create(CultureInfo.InvariantCulture, $"{length} {key}={value}\n");
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static void Write(Span<byte> block, ReadOnlySpan<byte> name, long size, byte type)
    {
        name.CopyTo(block);
        Octal(block.Slice(100, 8), 0x1a4);
        Octal(block.Slice(108, 8), 0);
        Octal(block.Slice(116, 8), 0);
        Octal(block.Slice(124, 12), size);
        Octal(block.Slice(136, 12), Time);
        block.Slice(148, 8).Fill((byte)' ');
        block[156] = type;
        "ustar\0"u8.CopyTo(block[257..]);
        "00"u8.CopyTo(block[263..]);
        Octal(block.Slice(329, 8), 0);
        Octal(block.Slice(337, 8), 0);
        var sum = 0;
        foreach (var each in block[..Block]) sum += each;
        Octal(block.Slice(148, 7), sum);
    }

    // Digits with zeros before them, and a zero byte behind.
    private static void Octal(Span<byte> field, long number)
    {
        for (var i = field.Length - 2; i >= 0; i--, number >>= 3) field[i] = (byte)('0' + (number & 7));
        field[^1] = 0;
    }
}
