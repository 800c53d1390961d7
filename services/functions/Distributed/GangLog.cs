using System.Globalization;
using System.Text;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Distributed;

/// <summary>The output of several processes in one log: each line behind the name of who wrote it, and none within another's. Thread-safe.</summary>
internal sealed class GangLog(AttemptOutput output)
{
    private readonly Lock _gate = new();

    // Whose line has not ended; nobody's that is known, where another service has begun one.
    private string? _open = output.BeginsWithinLine ? "" : null;

    /// <summary>Takes lines of a process; the last one may be a piece.</summary>
    public void Write(string label, string text)
    {
        if (text.Length == 0) return;
        lock (_gate)
        {
            var lines = new StringBuilder(text.Length + 32);
            foreach (var range in Lines(text))
            {
                if (_open != label) lines.Append(_open is null ? "" : "\n").Append(CultureInfo.InvariantCulture, $"[{label}] ");
                lines.Append(text[range]);
                _open = text[range].EndsWith('\n') ? null : label;
            }

            output.Write(lines.ToString());
        }
    }

    /// <summary>Adds a line of Mesh's own.</summary>
    public void Note(string text)
    {
        lock (_gate)
        {
            if (_open is not null) output.Write("\n");
            _open = null;
            output.Note(text);
        }
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
