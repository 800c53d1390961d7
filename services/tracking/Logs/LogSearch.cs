using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Http;

namespace Mesh.Tracking.Logs;

/// <summary>Where a search goes on.</summary>
/// <param name="Line">Number of the line, from 1 on.</param>
/// <param name="LineOffset">The byte at which the line begins.</param>
/// <param name="At">The byte from which on it is searched.</param>
internal sealed record LogSearchPosition(long Line, long LineOffset, long At)
{
    public bool IsSound => Line > 0 && LineOffset >= 0 && At >= LineOffset;
}

/// <summary>
/// Finds text in a log, line by line, in one pass that holds about two blocks of it. A line that is longer than a piece is searched in pieces that
/// overlap: each match is found in the piece in whose own part it begins.
/// </summary>
internal sealed class LogSearch(LogStore logs, TimeProvider clock)
{
    /// <summary>Bytes of a line that are searched together.</summary>
    public const int Piece = 256 << 10;

    /// <summary>Bytes by which the pieces of a line overlap: no match up to this length is missed between two.</summary>
    public const int Overlap = 4 << 10;

    /// <summary>The most bytes of a line that are shown with a match.</summary>
    public const int Shown = 2 << 10;

    private const int ShownBefore = Shown / 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A page of matches. A search that takes long ends its page before it is full, even empty, and goes on with the next.</summary>
    public async Task<Page<LogMatch>> FindAsync(string project, Guid run, LogPattern pattern, LogSearchPosition? after, PageRequest page, CancellationToken ct)
    {
        var begun = clock.GetTimestamp();
        var length = await logs.LengthAsync(project, run, ct);
        var at = after ?? new LogSearchPosition(1, 0, 0);
        var window = new LogWindow(logs, project, run, at.At - at.LineOffset < Piece ? at.LineOffset : at.At, length);
        var found = new List<(LogMatch Match, LogSearchPosition After)>();
        var line = new PlainLine();
        var first = true;
        while (true)
        {
            var end = window.Span.IndexOf((byte)'\n');
            if (end < 0 && !window.IsLast && window.Span.Length < Piece)
            {
                await window.ReadAsync(ct);
                // A cursor that was made up may point into a character.
                if (first) window.Skip(Utf8Text.Tail(window.Span));
                first = false;
                continue;
            }

            if (window.Span.IsEmpty) break;
            var (whole, size) = end >= 0 && end <= Piece ? (true, end) : end < 0 && window.Span.Length <= Piece ? (true, window.Span.Length) : (false, Piece);
            at = Search(window, line, pattern, at, whole, size, page.Limit, found);
            if (found.Count > page.Limit) break;
            if (whole) window.Skip(Math.Min(size + 1, window.Span.Length));
            if (whole) at = new LogSearchPosition(at.Line + 1, window.Offset, window.Offset);
            if (clock.GetElapsedTime(begun) > Patience) return new Page<LogMatch>([.. found.Select(match => match.Match)], PageRequest.Encode(at));
        }

        var shown = page.ToPage(found, match => match.After);
        return new Page<LogMatch>([.. shown.Items.Select(match => match.Match)], shown.Next);
    }

    // Adds what is found in the first bytes of the window, at most one more than the limit; goes past the own part of a piece that is not the line's last.
    private static LogSearchPosition Search(
        LogWindow window, PlainLine line, LogPattern pattern, LogSearchPosition at, bool whole, int size, int limit, List<(LogMatch Match, LogSearchPosition After)> found)
    {
        var raw = window.Span[..size];
        if (!whole) raw = raw[..Boundary(raw, size)];
        else if (raw is [.., (byte)'\r']) raw = raw[..^1];
        line.Load(raw);
        var own = raw.Length;
        if (!whole)
        {
            own = Boundary(raw, raw.Length - Overlap);
            if (line.SequenceAround(own) is { Start: > 0 } cut) own = cut.Start;
        }

        var from = at.At > window.Offset ? line.CharacterAt((int)Math.Min(raw.Length, at.At - window.Offset)) : 0;
        while (found.Count <= limit && pattern.Find(line.Text, from) is var (start, end) && line.ByteAt(start) is var begins && (whole || begins < own))
        {
            at = at with { At = window.Offset + line.EndAt(end) };
            if (start >= from) found.Add((Show(window.Offset, raw, line, begins, line.EndAt(end), at, !whole || window.Offset > at.LineOffset), at));
            from = end;
        }

        if (whole) return at;
        window.Skip(own);
        return at with { At = Math.Max(at.At, window.Offset) };
    }

    private static LogMatch Show(long offset, ReadOnlySpan<byte> raw, PlainLine line, int begins, int ends, LogSearchPosition at, bool cut)
    {
        var (from, to) = (0, raw.Length);
        if (raw.Length > Shown)
        {
            from = Math.Clamp(begins - ShownBefore, 0, raw.Length - Shown);
            to = Boundary(raw, from + Shown);
            from += Utf8Text.Tail(raw[from..]);
            if (line.SequenceAround(from) is { } head) from = head.End;
            if (line.SequenceAround(to) is { } tail) to = Math.Max(from, tail.Start);
        }

        // A match may be longer than what is shown of its line.
        ends = Math.Clamp(ends, begins, Math.Max(begins, to));
        return new LogMatch(
            at.Line, at.LineOffset, offset + begins, Encoding.UTF8.GetString(raw[from..to]), Encoding.UTF8.GetCharCount(raw[from..begins]),
            Encoding.UTF8.GetCharCount(raw[from..ends]), cut || from > 0 || to < raw.Length);
    }

    private static int Boundary(ReadOnlySpan<byte> text, int at)
    {
        while (at > 0 && at < text.Length && (text[at] & 0b1100_0000) == 0b1000_0000) at--;
        return at;
    }
}
