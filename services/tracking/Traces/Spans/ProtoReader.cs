using System.Buffers.Binary;
using System.Text;

namespace Mesh.Tracking.Traces.Spans;

/// <summary>Reads the fields of a protobuf message, one after the other: the tag of a field is its number and its wire type.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = message;
    private int _wire;

    /// <summary>The number of the field that was come to.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field. The one before must have been read, or skipped.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty) return false;
        var tag = ReadVarint();
        (Field, _wire) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
        return Field > 0 ? true : throw Broken();
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(Delimited);
        var length = ReadVarint();
        return length <= int.MaxValue ? Take((int)length) : throw Broken();
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public ulong Integer()
    {
        Expect(Varint);
        return ReadVarint();
    }

    public ulong Fixed()
    {
        Expect(Fixed64);
        return BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
    }

    public double Number() => BitConverter.UInt64BitsToDouble(Fixed());

    /// <summary>Passes over the value of the field.</summary>
    public void Skip()
    {
        switch (_wire)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case Delimited:
                Bytes();
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                throw Broken();
        }
    }

    private readonly void Expect(int wire)
    {
        if (_wire != wire) throw Broken();
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }

        throw Broken();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw Broken();
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static SpanFormatException Broken() => new("the body is no protobuf message of this kind");
}
