using Mesh.Functions.Execution;

namespace Mesh.Functions.Distributed;

/// <summary>The output of several processes in one log: each line behind the name of who wrote it, and none within another's. Thread-safe.</summary>
internal sealed class GangLog(AttemptOutput output)
{
    private readonly Lock _gate = new();
    private string? _open;

    /// <summary>Takes a line, or a piece of one, of a process.</summary>
    public void Write(string label, string text)
    {
        if (text.Length == 0) return;
        lock (_gate)
        {
            var begins = _open == label ? "" : $"{(_open is null ? "" : "\n")}[{label}] ";
            output.Write(begins + text);
            _open = text.EndsWith('\n') ? null : label;
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
}
