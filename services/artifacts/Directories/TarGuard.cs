using System.Buffers.Binary;

namespace Mesh.Artifacts.Directories;

/// <summary>
/// Looks at the headers of a tar (POSIX.1-2017, "ustar Interchange Format") before .NET's reader does: that takes an extended header, or a long name of GNU's, into memory as
/// large as it says it is.
/// </summary>
internal sealed class TarGuard(Stream inner) : PassingRead(inner)
{
    private const int Block = 512;
    private const int SizeAt = 124;
    private const int SizeLength = 12;
    private const int TypeAt = 156;

    /// <summary>The most bytes of an extended header. Names have at most 1,024.</summary>
    private const long MostHeader = 1 << 20;

    private readonly byte[] _header = new byte[Block];
    private int _filled;
    private long _content;

    protected override void Passed(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_content > 0)
            {
                var passing = (int)Math.Min(_content, bytes.Length);
                _content -= passing;
                bytes = bytes[passing..];
                continue;
            }

            var taken = Math.Min(Block - _filled, bytes.Length);
            bytes[..taken].CopyTo(_header.AsSpan(_filled));
            bytes = bytes[taken..];
            _filled += taken;
            if (_filled < Block) continue;
            _filled = 0;
            _content = ContentOf(_header);
        }
    }

    // Links, devices and folders have none, whatever their header says.
    private static long ContentOf(ReadOnlySpan<byte> header)
    {
        var type = header[TypeAt];
        if (type is >= (byte)'1' and <= (byte)'6') return 0;
        var size = SizeOf(header.Slice(SizeAt, SizeLength));
        if (type is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K' && size > MostHeader)
            throw new InvalidDataException($"An extended header of {size} bytes is none.");
        return (size + Block - 1) / Block * Block;
    }

    // Octal digits, or, with the highest bit set, a number of base 256.
    private static long SizeOf(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            var large = BinaryPrimitives.ReadInt64BigEndian(field[4..]);
            return large is >= 0 and <= long.MaxValue - Block ? large : throw new InvalidDataException("A size below zero is none.");
        }

        var size = 0L;
        foreach (var digit in field)
        {
            if (digit is >= (byte)'0' and <= (byte)'7') size = (size * 8) + digit - '0';
            else if (digit is not ((byte)' ' or 0)) throw new InvalidDataException("A size is written in octal digits.");
        }

        return size;
    }
}
