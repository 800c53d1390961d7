using System.Text;

namespace Mesh.Artifacts.Models.Opening;

/// <summary>
/// Reads the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding) from a seekable stream, field by field: what is not asked for is
/// skipped without being read, so that gigabytes of weights cost nothing.
/// </summary>
internal sealed class ProtobufStream(Stream stream)
{
    private const int MaxText = 1 << 20;

    // Names of some million operators; what a file says beyond that is not kept in memory.
    private const long MaxTexts = 128 << 20;
    private const int MaxNumberOfTexts = 10_000_000;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly long _length = stream.Length;
    private long _bufferAt;
    private int _filled;
    private long _texts;
    private int _numberOfTexts;

    /// <summary>Where the next byte is.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the whole.</summary>
    public long Length => _length;

    /// <summary>The next field of the message that ends at <paramref name="end"/>; false at its end.</summary>
    /// <exception cref="ModelFileException">There is no field.</exception>
    public bool Next(long end, out int field, out int wire)
    {
        (field, wire) = (0, 0);
        if (Position == end) return false;
        var tag = Varint();
        (field, wire) = ((int)(tag >> 3), (int)(tag & 7));
        if (field < 1 || tag >> 3 > 536_870_911 || wire is not (0 or 1 or 2 or 5)) throw Broken($"it holds no field at byte {Position}");
        if (Position > end) throw Broken($"a message ends within a field at byte {end}");
        return true;
    }

    /// <summary>The end of the message that begins here, within the one that ends at <paramref name="end"/>.</summary>
    /// <exception cref="ModelFileException">It would be longer than what is around it.</exception>
    public long Message(long end, int wire)
    {
        if (wire != 2) throw Broken($"it has a number where a message should be, at byte {Position}");
        var length = Varint();
        if (length > (ulong)(end - Position)) throw Broken(end == _length ? $"it breaks off: {length} bytes are announced at byte {Position}, {end - Position} are there" : $"a part is longer than the whole at byte {Position}");
        return Position + (long)length;
    }

    /// <summary>A number.</summary>
    public long Number(int wire) => wire == 0 ? (long)Varint() : throw Broken($"it has something else where a number should be, at byte {Position}");

    /// <summary>A text.</summary>
    public string Text(long end, int wire)
    {
        var stop = Message(end, wire);
        var length = stop - Position;
        if (length > MaxText) throw Broken($"a text of {length} bytes is longer than any name");
        if ((_texts += length) > MaxTexts || ++_numberOfTexts > MaxNumberOfTexts) throw new ModelFileException("Its graph has more names than can be read here.");
        var bytes = new byte[length];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = Byte();
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Goes over a field.</summary>
    public void Skip(long end, int wire)
    {
        switch (wire)
        {
            case 0: Varint(); break;
            case 1: GoTo(Position + 8, end); break;
            case 5: GoTo(Position + 4, end); break;
            default: GoTo(Message(end, wire), end); break;
        }
    }

    /// <summary>What is wrong with the file.</summary>
    public static ModelFileException Broken(string reason) => new($"It is no ONNX model, or a damaged one: {reason}.");

    private void GoTo(long position, long end)
    {
        if (position > end) throw Broken($"it breaks off at byte {end}");
        Position = position;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var b = Byte();
            if (shift < 64) value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }

        throw Broken($"a number at byte {Position} does not end");
    }

    private byte Byte()
    {
        if (Position < _bufferAt || Position >= _bufferAt + _filled)
        {
            stream.Position = _bufferAt = Position;
            _filled = stream.Read(_buffer);
            if (_filled == 0) throw Broken($"it breaks off at byte {Position}");
        }

        return _buffer[Position++ - _bufferAt];
    }
}

/// <summary>A model's file cannot be read, or is not what its signature says; the message says why.</summary>
internal sealed class ModelFileException(string reason) : Exception(reason);
