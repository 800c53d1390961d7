using System.Globalization;
using System.Text;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Distributed;

/// <summary>A part of the text of a process that is added to an output.</summary>
/// <param name="From">How long the output is.</param>
/// <param name="To">How long it will be then.</param>
/// <param name="Bytes">Of the process's own text, with this part; null when that is all of it.</param>
/// <param name="Open">Whose line will not have ended then; null when there is none.</param>
internal readonly record struct GangPart(long From, long To, int? Bytes, string? Open);

/// <summary>The output of several processes in one log: each line behind the name of who wrote it, and none within another's. Thread-safe.</summary>
/// <param name="open">Whose line has not ended; nobody's that is known when empty.</param>
internal sealed class GangLog(AttemptOutput output, string? open)
{
    private const int LongestPart = 64 * 1024;
    private readonly Lock _gate = new();
    private string? _open = open;

    public GangLog(AttemptOutput output) : this(output, output.BeginsWithinLine ? "" : null)
    {
    }

    /// <summary>Takes lines of a process; the last one may be a piece.</summary>
    /// <param name="before">Told of each part before it is added.</param>
    public void Write(string label, string text, Action<GangPart>? before = null)
    {
        if (text.Length == 0) return;
        lock (_gate)
        {
            var (lines, bytes) = (new StringBuilder(text.Length + 32), 0);
            foreach (var range in Lines(text))
            {
                if (lines.Length >= LongestPart) Pass(bytes);
                if (_open != label) lines.Append(_open is null ? "" : "\n").Append(CultureInfo.InvariantCulture, $"[{label}] ");
                lines.Append(text[range]);
                bytes += Encoding.UTF8.GetByteCount(text[range]);
                _open = text[range].EndsWith('\n') ? null : label;
            }

            Pass(null);

            void Pass(int? part)
            {
                var open = _open;
                output.Write(lines.ToString(), before is null ? null : (from, to) => before(new GangPart(from, to, part, open)));
                lines.Clear();
            }
        }
    }

    /// <summary>Adds a line of Mesh's own.</summary>
    /// <param name="before">Told of it before it is added.</param>
    public void Note(string text, Action<GangPart>? before = null)
    {
        lock (_gate)
        {
            output.Write($"{(_open is null ? "" : "\n")}[mesh] {text}\n", before is null ? null : (from, to) => before(new GangPart(from, to, null, null)));
            _open = null;
        }
    }

    /// <summary>How much there is of a process's own text in the beginning of a part, which was cut off, and whose line has not ended then.</summary>
    /// <param name="open">Whose line had not ended before it.</param>
    public static (int Bytes, string? Open) Measure(ReadOnlySpan<byte> cut, string label, string? open)
    {
        var name = Encoding.UTF8.GetBytes($"[{label}] ");
        var (bytes, isNew) = (0, open != label);
        if (isNew && open is not null && cut.Length > 0)
        {
            cut = cut[1..];
            open = null;
        }

        while (cut.Length > 0)
        {
            // Of a line that has no more than a piece of its name it is not known whose it is.
            if (isNew)
            {
                open = cut.Length < name.Length ? "" : label;
                cut = cut[Math.Min(name.Length, cut.Length)..];
                if (cut.Length == 0) break;
            }

            var end = cut.IndexOf((byte)'\n') + 1;
            var line = end == 0 ? cut.Length : end;
            (bytes, isNew, open) = (bytes + line, true, end == 0 ? label : null);
            cut = cut[line..];
        }

        return (bytes, open);
    }

    private static IEnumerable<Range> Lines(string text)
    {
        for (var from = 0; from < text.Length;)
        {
            var end = text.IndexOf('\n', from) is >= 0 and var at ? at + 1 : text.Length;
            yield return from..end;
            from = end;
        }
    }
}
