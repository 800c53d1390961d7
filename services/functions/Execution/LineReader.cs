using System.Text;

namespace Mesh.Functions.Execution;

/// <summary>
/// Reads one output stream of a process to its end and passes it on by whole lines, so that two streams mix between lines only. Bytes that are not
/// UTF-8, and zero bytes, become U+FFFD. A line that does not end is passed on in pieces, and an unfinished line (a prompt, a progress bar) after a pause.
/// </summary>
/// <param name="stream">What the process writes to.</param>
/// <param name="write">Takes the text: at most one line at a time, with its end where it has one.</param>
/// <param name="mask">Blots out secrets.</param>
internal sealed class LineReader(Stream stream, Action<string> write, SecretMask mask)
{
    private const int LongestPiece = 16 * 1024;
    private const int LongestCause = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly StringBuilder _line = new();

    /// <summary>The last line that was not blank, masked and shortened; null if there was none.</summary>
    public string? LastLine { get; private set; }

    public async Task RunAsync(CancellationToken ct)
    {
        var bytes = new byte[32 * 1024];
        var chars = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        var decoder = Encoding.UTF8.GetDecoder();
        try
        {
            while (true)
            {
                var reading = stream.ReadAsync(bytes, ct).AsTask();
                if (_line.Length > 0 && !reading.IsCompleted && await Task.WhenAny(reading, Task.Delay(Pause, ct)) != reading) Flush(whole: true);
                var count = await reading;
                Take(chars.AsSpan(0, decoder.GetChars(bytes, 0, count, chars, 0, flush: count == 0)));
                if (count == 0) break;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // A process that outlives the job holds the stream open: what it says now belongs to nobody.
        }

        Flush(whole: true);
    }

    private void Take(ReadOnlySpan<char> text)
    {
        while (text.Length > 0)
        {
            var end = text.IndexOf('\n');
            var room = LongestPiece - _line.Length;
            var part = text[..Math.Min(end < 0 ? text.Length : end + 1, Math.Max(room, 1))];
            Append(part);
            text = text[part.Length..];
            if (part[^1] == '\n') Flush(whole: true);
            else if (_line.Length >= LongestPiece) Flush(whole: false);
        }
    }

    private void Append(ReadOnlySpan<char> part)
    {
        var from = _line.Length;
        _line.Append(part);
        _line.Replace('\0', '\uFFFD', from, part.Length);
    }

    /// <param name="whole">False: keep back so much that a secret is not cut in two.</param>
    private void Flush(bool whole)
    {
        if (_line.Length == 0) return;
        var masked = mask.Apply(_line.ToString());
        var length = whole ? masked.Length : Math.Max(1, masked.Length - Math.Min(mask.Longest, LongestPiece / 2));
        if (!whole && char.IsHighSurrogate(masked[length - 1])) length--;
        write(masked[..length]);
        _line.Clear().Append(masked, length, masked.Length - length);
        if (!string.IsNullOrWhiteSpace(masked)) LastLine = Shorten(masked.Trim());
    }

    private static string Shorten(string text) => text.Length <= LongestCause ? text : string.Concat(text.AsSpan(0, LongestCause), "…");
}
