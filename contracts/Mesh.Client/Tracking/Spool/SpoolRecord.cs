using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Client.Tracking.Spool;

/// <summary>What a record of a spool file holds.</summary>
internal enum SpoolRecordKind : byte
{
    /// <summary>Whose points these are: the first record.</summary>
    Header = 1,

    /// <summary>A batch of points, as it is sent.</summary>
    Batch = 2,

    /// <summary>The id of a batch that need not be sent again.</summary>
    Done = 3,
}

/// <summary>A record: 4 bytes of length and 4 of CRC-32C (little endian), its kind, and its content. The checksum is over kind, length and content.</summary>
/// <param name="Content">Null where the checksum does not match.</param>
/// <param name="Next">Where the next record begins.</param>
internal readonly record struct SpoolRecord(SpoolRecordKind Kind, byte[]? Content, long Next)
{
    private const int Prefix = 9;

    public static byte[] Encode(SpoolRecordKind kind, ReadOnlySpan<byte> content)
    {
        var bytes = new byte[Prefix + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Checksum(kind, content));
        bytes[8] = (byte)kind;
        content.CopyTo(bytes.AsSpan(Prefix));
        return bytes;
    }

    /// <summary>The record that begins at <paramref name="at"/>; null at the end, and where the file ends inside of it: a write that was cut short.</summary>
    public static SpoolRecord? Read(SafeFileHandle file, long at)
    {
        var left = RandomAccess.GetLength(file) - at - Prefix;
        var prefix = (stackalloc byte[Prefix]);
        if (left < 0 || !Fill(file, prefix, at)) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length < 0 || length > left) return null;
        var content = new byte[length];
        if (!Fill(file, content, at + Prefix)) return null;
        var kind = (SpoolRecordKind)prefix[8];
        var whole = Checksum(kind, content) == BinaryPrimitives.ReadUInt32LittleEndian(prefix[4..]);
        return new SpoolRecord(kind, whole ? content : null, at + Prefix + length);
    }

    private static bool Fill(SafeFileHandle file, Span<byte> bytes, long at)
    {
        while (!bytes.IsEmpty)
        {
            var read = RandomAccess.Read(file, bytes, at);
            if (read == 0) return false;
            bytes = bytes[read..];
            at += read;
        }

        return true;
    }

    private static uint Checksum(SpoolRecordKind kind, ReadOnlySpan<byte> content)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, (byte)kind);
        crc = BitOperations.Crc32C(crc, (uint)content.Length);
        var words = MemoryMarshal.Cast<byte, ulong>(content);
        foreach (var word in words) crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var rest in content[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }
}
