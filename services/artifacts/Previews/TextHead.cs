using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Mesh.Artifacts.Previews;

/// <summary>The first characters of bytes that are text in UTF-8.</summary>
internal static class TextHead
{
    private const int LongestCharacter = 4;

    // Control characters that no text has; those of terminals, tabs and line ends are left.
    private static readonly SearchValues<byte> Never = SearchValues.Create("\0\u0001\u0002\u0003\u0004\u0005\u0006\u000e\u000f"u8);

    /// <summary>The text, or null where the bytes are none.</summary>
    /// <param name="isCut">More bytes follow: a character that is cut at the end is left out.</param>
    public static string? Of(ReadOnlySpan<byte> bytes, bool isCut)
    {
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        if (isCut)
        {
            // Back to where the last character begins; if it is whole, the whole is valid.
            var end = bytes.Length;
            while (end > 0 && end > bytes.Length - LongestCharacter && !Utf8.IsValid(bytes[..end])) end--;
            bytes = bytes[..end];
        }

        return Utf8.IsValid(bytes) && !bytes.ContainsAny(Never) ? Encoding.UTF8.GetString(bytes) : null;
    }
}
