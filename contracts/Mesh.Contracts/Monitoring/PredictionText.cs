using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Mesh.Contracts.Monitoring;

/// <summary>A text in captured rows: its length in bytes (<c>i32</c>, little-endian) and UTF-8.</summary>
internal static class PredictionText
{
    /// <summary>The length in the place of a text that is not there.</summary>
    public const int Absent = -1;

    public static void Write(IBufferWriter<byte> to, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var room = to.GetSpan(sizeof(int) + length);
        BinaryPrimitives.WriteInt32LittleEndian(room, length);
        Encoding.UTF8.GetBytes(text, room[sizeof(int)..]);
        to.Advance(sizeof(int) + length);
    }

    /// <summary>Takes a text off the beginning; false where there is none.</summary>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> text)
    {
        text = [];
        if (from.Length < sizeof(int)) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(from);
        if (length < 0 || length > from.Length - sizeof(int)) return false;
        text = from.Slice(sizeof(int), length);
        from = from[(sizeof(int) + length)..];
        return true;
    }
}
