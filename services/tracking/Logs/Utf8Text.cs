namespace Mesh.Tracking.Logs;

/// <summary>Cuts UTF-8 where characters begin.</summary>
internal static class Utf8Text
{
    /// <summary>The most bytes of one character.</summary>
    public const int LongestCharacter = 4;

    /// <summary>The longest prefix of at most <paramref name="max"/> bytes that ends with a whole character. The text must be valid.</summary>
    public static ReadOnlyMemory<byte> Prefix(ReadOnlyMemory<byte> text, long max)
    {
        if (text.Length <= max) return text;
        var end = (int)Math.Max(0, max);
        while (end > 0 && IsContinuation(text.Span[end])) end--;
        return text[..end];
    }

    /// <summary>How many bytes at the beginning belong to a character that began before.</summary>
    public static int Tail(ReadOnlySpan<byte> text)
    {
        var start = 0;
        while (start < text.Length && IsContinuation(text[start])) start++;
        return start;
    }

    private static bool IsContinuation(byte b) => (b & 0b1100_0000) == 0b1000_0000;
}
