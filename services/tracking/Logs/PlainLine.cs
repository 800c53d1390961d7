using System.Text;

namespace Mesh.Tracking.Logs;

/// <summary>
/// A piece of valid UTF-8 as it is read by people: without the escape sequences that colour it or move the cursor; and the way back to its bytes. Used
/// again for one piece after another.
/// </summary>
internal sealed class PlainLine
{
    private const byte Escape = 0x1B;
    private const byte Bell = 0x07;

    private readonly List<(int At, int Length)> _sequences = [];
    private byte[] _plain = [];
    private char[] _text = [];
    private int _bytes;
    private int _chars;

    /// <summary>The text.</summary>
    public ReadOnlySpan<char> Text => _text.AsSpan(0, _chars);

    /// <summary>Takes another piece.</summary>
    public void Load(ReadOnlySpan<byte> raw)
    {
        _sequences.Clear();
        _bytes = 0;
        if (_plain.Length < raw.Length) (_plain, _text) = (new byte[2 * raw.Length], new char[2 * raw.Length]);
        while (raw.IndexOf(Escape) is >= 0 and var at)
        {
            Keep(raw[..at]);
            var length = SequenceLength(raw[at..]);
            _sequences.Add((_bytes, length));
            raw = raw[(at + length)..];
        }

        Keep(raw);
        _chars = Encoding.UTF8.GetChars(_plain.AsSpan(0, _bytes), _text);
    }

    /// <summary>The byte at which a character begins: behind the sequences that stand before it.</summary>
    public int ByteAt(int character) => Raw(Encoding.UTF8.GetByteCount(Text[..character]), behind: true);

    /// <summary>The byte at which the characters before this one end: before the sequences that follow them.</summary>
    public int EndAt(int character) => Raw(Encoding.UTF8.GetByteCount(Text[..character]), behind: false);

    /// <summary>The first character that begins at this byte or behind it.</summary>
    public int CharacterAt(int raw)
    {
        foreach (var (at, length) in _sequences)
        {
            if (at >= raw) break;
            raw = Math.Max(at, raw - length);
        }

        return Encoding.UTF8.GetCharCount(_plain.AsSpan(0, Math.Min(raw, _bytes)));
    }

    /// <summary>The sequence that this byte is inside of, and not the first of; null where it is in none.</summary>
    public (int Start, int End)? SequenceAround(int raw)
    {
        var removed = 0;
        foreach (var (at, length) in _sequences)
        {
            var start = at + removed;
            if (raw <= start) return null;
            if (raw < start + length) return (start, start + length);
            removed += length;
        }

        return null;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_plain.AsSpan(_bytes));
        _bytes += bytes.Length;
    }

    private int Raw(int plain, bool behind)
    {
        var removed = 0;
        foreach (var (at, length) in _sequences)
        {
            if (at > plain || (at == plain && !behind)) break;
            removed += length;
        }

        return plain + removed;
    }

    // ECMA-48: ESC [ parameters intermediates final; ESC ] text, to BEL or ESC \; ESC intermediates final. Of one that is not finished only ESC is left out.
    private static int SequenceLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2) return 1;
        if (text[1] == ']')
        {
            var end = text[2..].IndexOfAny(Bell, Escape);
            if (end < 0) return 1;
            end += 2;
            return text[end] == Bell ? end + 1 : end + 1 < text.Length && text[end + 1] == '\\' ? end + 2 : 1;
        }

        var at = text[1] == '[' ? 2 : 1;
        if (at == 2)
            while (at < text.Length && text[at] is >= 0x30 and <= 0x3F) at++;
        while (at < text.Length && text[at] is >= 0x20 and <= 0x2F) at++;
        return at < text.Length && text[at] is >= 0x30 and <= 0x7E ? at + 1 : 1;
    }
}
