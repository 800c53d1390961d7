namespace Mesh.Monitoring.Journal;

/// <summary>Reads the journal from any position on: from the table while a reader is behind, from memory when it has caught up.</summary>
internal sealed class JournalFeed(JournalStore store, JournalTail tail) : IDisposable
{
    private const int CatchUp = 1000;
    private readonly SemaphoreSlim _advancing = new(1, 1);
    private bool _started;

    /// <summary>Position of the newest entry.</summary>
    public async ValueTask<long> LastAsync(CancellationToken ct)
    {
        if (!Volatile.Read(ref _started)) await AdvanceAsync([], ct);
        return tail.Last;
    }

    /// <summary>Wanted lines after a position, at most <paramref name="limit"/>, and the position that the reader has reached with them.</summary>
    public async Task<(IReadOnlyList<JournalLine> Lines, long Reached)> ReadAsync(long after, JournalFilter filter, int limit, CancellationToken ct)
    {
        var last = await LastAsync(ct);
        if (tail.Read(after, filter, limit) is { } read) return read;
        var lines = await store.ReadAsync(after, last, filter, limit, ct);
        return (lines, lines.Count < limit ? last : lines[^1].Position);
    }

    /// <summary>Waits until something comes after the position. False after the time without anything.</summary>
    public Task<bool> WaitAsync(long after, TimeSpan atMost, TimeProvider clock, CancellationToken ct) => tail.WaitAsync(after, atMost, clock, ct);

    /// <summary>Tells readers of lines that this process has committed.</summary>
    public async Task AdvanceAsync(IReadOnlyList<JournalLine> committed, CancellationToken ct)
    {
        await _advancing.WaitAsync(ct);
        try
        {
            if (!_started)
            {
                tail.Jump(await store.LastAsync(ct));
                Volatile.Write(ref _started, true);
                return;
            }

            if (committed.Count == 0 || committed[^1].Position <= tail.Last) return;
            // Another replica may have committed in between, its news not here yet: its lines come first.
            if (committed[0].Position > tail.Last + 1) await FillAsync(committed[0].Position - 1, ct);
            tail.Append(committed);
        }
        finally
        {
            _advancing.Release();
        }
    }

    /// <summary>Tells readers that the journal goes up to this position, whoever wrote it.</summary>
    public async Task AdvanceAsync(long upTo, CancellationToken ct)
    {
        await _advancing.WaitAsync(ct);
        try
        {
            await FillAsync(upTo, ct);
            _started = true;
        }
        finally
        {
            _advancing.Release();
        }
    }

    public void Dispose() => _advancing.Dispose();

    private async Task FillAsync(long upTo, CancellationToken ct)
    {
        if (upTo <= tail.Last) return;
        if (upTo - tail.Last > CatchUp)
        {
            tail.Jump(upTo);
            return;
        }

        tail.Append(await store.ReadAsync(tail.Last, upTo, new JournalFilter(null, null, null), CatchUp, ct));
        // Entries of a purged project are gone from the table, their positions are not.
        tail.Jump(upTo);
    }
}
