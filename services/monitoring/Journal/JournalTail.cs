namespace Mesh.Monitoring.Journal;

/// <summary>
/// The newest entries of the journal, in memory once for all readers, and the bell that wakes them. Readers that fall behind it read the table;
/// so a slow reader costs nothing here.
/// </summary>
internal sealed class JournalTail
{
    private const int MostLines = 1024;
    private const int MostBytes = 4 << 20;

    private readonly Lock _gate = new();
    private readonly Queue<JournalLine> _lines = new();
    private TaskCompletionSource _bell = NewBell();
    private long _last;
    private int _bytes;

    /// <summary>Position up to which everything is committed and can be read.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Adds lines that follow the last one without a hole.</summary>
    public void Append(IReadOnlyList<JournalLine> lines)
    {
        TaskCompletionSource bell;
        lock (_gate)
        {
            foreach (var line in lines)
            {
                if (line.Position <= _last) continue;
                _lines.Enqueue(line);
                _bytes += line.Event.Length;
                Volatile.Write(ref _last, line.Position);
            }

            while (_lines.Count > MostLines || (_bytes > MostBytes && _lines.Count > 1)) _bytes -= _lines.Dequeue().Event.Length;
            (bell, _bell) = (_bell, NewBell());
        }

        bell.TrySetResult();
    }

    /// <summary>Moves on without knowing the lines between: they are in the table.</summary>
    public void Jump(long last)
    {
        TaskCompletionSource bell;
        lock (_gate)
        {
            if (last <= _last) return;
            _lines.Clear();
            _bytes = 0;
            Volatile.Write(ref _last, last);
            (bell, _bell) = (_bell, NewBell());
        }

        bell.TrySetResult();
    }

    /// <summary>The wanted lines after a position and the position they reach, or null where the tail does not go back that far.</summary>
    public (IReadOnlyList<JournalLine> Lines, long Reached)? Read(long after, JournalFilter filter, int limit)
    {
        lock (_gate)
        {
            if (after >= _last) return ([], after);
            if (_lines.Count == 0 || _lines.Peek().Position > after + 1) return null;
            var wanted = new List<JournalLine>();
            foreach (var line in _lines)
            {
                if (line.Position <= after || !filter.Wants(line)) continue;
                wanted.Add(line);
                if (wanted.Count == limit) return (wanted, line.Position);
            }

            return (wanted, _last);
        }
    }

    /// <summary>Whether something came after the position within the time.</summary>
    public async Task<bool> WaitAsync(long after, TimeSpan atMost, TimeProvider clock, CancellationToken ct)
    {
        Task bell;
        lock (_gate)
        {
            if (_last > after) return true;
            bell = _bell.Task;
        }

        try
        {
            await bell.WaitAsync(atMost, clock, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
