using Mesh.Contracts.Events;

namespace Mesh.Artifacts.Lineage;

/// <summary>
/// Puts events into the graph. What comes while one transaction commits goes into the next one together, so that many at once cost little more than one.
/// </summary>
internal sealed class LineageWriter(LineageStore store)
{
    private const int MostAtOnce = 500;

    private readonly Lock _gate = new();
    private Queue<Waiting> _waiting = new();
    private bool _busy;

    private sealed record Waiting(LineageFacts Facts, string? Deleted, TaskCompletionSource Done);

    /// <summary>Returns when the event is in the graph.</summary>
    public Task AddAsync(MeshEvent e, CancellationToken ct) =>
        QueueAsync(e.Type == "project.deleted" ? new(LineageFacts.None, e.Subject, NewDone()) : new(EventLineage.Read(e), null, NewDone()), ct);

    /// <summary>Returns when the facts are in the graph.</summary>
    public Task AddAsync(LineageFacts facts, CancellationToken ct) => QueueAsync(new(facts, null, NewDone()), ct);

    private static TaskCompletionSource NewDone() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task QueueAsync(Waiting waiting, CancellationToken ct)
    {
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
            if (!_busy)
            {
                _busy = true;
                _ = Task.Run(WriteAllAsync, CancellationToken.None);
            }
        }

        return waiting.Done.Task.WaitAsync(ct);
    }

    private async Task WriteAllAsync()
    {
        while (Next() is { } batch) await WriteAsync(batch);
    }

    // A deletion is written alone, between what came before it and what came after.
    private List<Waiting>? Next()
    {
        lock (_gate)
        {
            var batch = new List<Waiting>();
            while (batch.Count < MostAtOnce && _waiting.TryPeek(out var next) && (next.Deleted is null || batch.Count == 0))
            {
                batch.Add(_waiting.Dequeue());
                if (next.Deleted is not null) break;
            }

            if (batch.Count > 0) return batch;
            _busy = false;
            return null;
        }
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        try
        {
            if (batch[0].Deleted is { } project) await store.ForgetAsync(project, CancellationToken.None);
            else await store.AddAsync(LineageFacts.Of(batch.Select(one => one.Facts)), CancellationToken.None);
        }
        catch (Exception fault)
        {
            // Each is handed over again by the bus; one that the table refuses must not take the others with it, so it is tried alone.
            if (batch.Count == 1) batch[0].Done.TrySetException(fault);
            else foreach (var one in batch) await WriteAsync([one]);
            return;
        }

        foreach (var one in batch) one.Done.TrySetResult();
    }
}
