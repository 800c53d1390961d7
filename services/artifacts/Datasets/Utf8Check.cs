using System.Buffers;
using System.Text.Unicode;
using Mesh.Artifacts.Blobs;

namespace Mesh.Artifacts.Datasets;

/// <summary>Whether a file is UTF-8 text. DuckDB finds that out only where it looks at a value, and then not always in an orderly way.</summary>
internal static class Utf8Check
{
    private const int BufferBytes = 256 * 1024;

    /// <returns>The line, from 1, that is not UTF-8; null when all are.</returns>
    public static long? FirstBadLine(string path, CancellationToken ct)
    {
        using var file = PackedFile.OpenText(path);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var line = 1L;
            var kept = 0;
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                var read = file.ReadAtLeast(buffer.AsSpan(kept), 1, throwOnEndOfStream: false);
                var bytes = buffer.AsSpan(0, kept + read);
                // A character may lie across the end of the buffer: it is judged with what follows.
                var whole = read == 0 ? bytes : bytes[..WholeCharacters(bytes)];
                if (!Utf8.IsValid(whole)) return line + whole[..ValidPrefix(whole)].Count((byte)'\n');
                if (read == 0) return null;
                line += whole.Count((byte)'\n');
                bytes[whole.Length..].CopyTo(buffer);
                kept = bytes.Length - whole.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Up to three bytes at the end may begin a character that goes on.
    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var b = bytes[^back];
            if (b < 0x80) return bytes.Length;
            if (b < 0xc0) continue;
            var needed = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
            return needed > back ? bytes.Length - back : bytes.Length;
        }

        return bytes.Length;
    }

    private static int ValidPrefix(ReadOnlySpan<byte> bytes)
    {
        Span<char> chars = stackalloc char[512];
        var at = 0;
        while (Utf8.ToUtf16(bytes[at..], chars, out var read, out _, replaceInvalidSequences: false) == OperationStatus.DestinationTooSmall) at += read;
        Utf8.ToUtf16(bytes[at..], chars, out var last, out _, replaceInvalidSequences: false);
        return at + last;
    }
}
