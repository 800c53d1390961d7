using System.Text;

namespace Mesh.Functions.Execution;

/// <summary>
/// Makes lines of the bytes of one output stream and passes them on whole, so that two streams mix between lines only. Bytes that are not UTF-8, and zero
/// bytes, become U+FFFD. A line that does not end is passed on in pieces; its beginning waits here until then, or until <see cref="Flush"/>.
/// </summary>
/// <param name="write">Takes the text: whole lines, as many as there are, or what is passed on of one that has not ended.</param>
/// <param name="mask">Blots out secrets.</param>
internal sealed class OutputLines(Action<string> write, SecretMask mask)
{
    private const int LongestPiece = 16 * 1024;
    private const int LongestCause = 500;
    private readonly StringBuilder _line = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _chars = [];

    /// <summary>The last line that was not blank, masked and shortened; null if there was none.</summary>
    public string? LastLine { get; set; }

    /// <summary>Whether a line has begun and not ended.</summary>
    public bool IsOpen => _line.Length > 0;

    /// <summary>Takes the next bytes of the stream.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        var most = Encoding.UTF8.GetMaxCharCount(bytes.Length);
        if (_chars.Length < most) _chars = new char[most];
        var text = _chars.AsSpan(0, _decoder.GetChars(bytes, _chars, flush: bytes.IsEmpty));
        text.Replace('\0', '\uFFFD');
        var whole = text.LastIndexOf('\n') + 1;
        _line.Append(text[..whole]);
        if (whole > 0) Pass(keep: 0);
        _line.Append(text[whole..]);
        // So much is kept back that a secret is not cut in two.
        if (_line.Length >= LongestPiece) Pass(Math.Min(mask.Longest, LongestPiece / 2));
    }

    /// <summary>Passes on the line that has begun, a prompt or a progress bar, but not what may be the beginning of a secret at its end.</summary>
    public void Flush()
    {
        if (IsOpen) Pass(mask.BegunAtEndOf(_line.ToString()));
    }

    /// <summary>Passes on all that is left: the stream has ended.</summary>
    public void End()
    {
        Take([]);
        Pass(keep: 0);
    }

    private void Pass(int keep)
    {
        var masked = mask.Apply(_line.ToString());
        var length = Math.Max(0, masked.Length - keep);
        if (length < masked.Length && length > 0 && char.IsHighSurrogate(masked[length - 1])) length--;
        if (length == 0) return;
        if (LastOf(masked.AsSpan(0, length)) is { Length: > 0 } last) LastLine = last;
        write(masked[..length]);
        _line.Clear().Append(masked, length, masked.Length - length);
    }

    private static string LastOf(ReadOnlySpan<char> text)
    {
        text = text.TrimEnd();
        text = text[(text.LastIndexOf('\n') + 1)..].Trim();
        return text.Length <= LongestCause ? text.ToString() : string.Concat(text[..LongestCause], "…");
    }
}
