using System.Text.Json;

namespace Mesh.Functions.Execution;

/// <summary>
/// How far an output has come into the log of its run, noted before a chunk is sent: whether the chunk arrived is told by the length of that log.
/// </summary>
/// <param name="First">Where the attempt's output begins in the run's log.</param>
/// <param name="From">Where the chunk begins there.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Before">Where the output comes from, as of before the chunk; null when that is not known.</param>
/// <param name="After">The same, as of after it.</param>
internal sealed record ShippedOutput(long First, long From, long To, JsonElement? Before, JsonElement? After);

/// <summary>
/// Which place in what an attempt is followed by goes with which place in its output, so that a service elsewhere, which has nothing but the log of the run, knows where to
/// go on. Chunks of the output end where that is known. Thread-safe.
/// </summary>
/// <param name="note">Keeps what is noted; false when the attempt is not this worker's any more.</param>
internal sealed class OutputMarks(Func<ShippedOutput, CancellationToken, Task<bool>> note)
{
    private readonly Lock _gate = new();
    private readonly Queue<Mark> _marks = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Mark? _passed;

    private sealed record Mark(long From, long To, object State);

    /// <summary>Ends when it is known where the output begins, or goes on.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Says what goes with the output as it is now.</summary>
    public void Begin(long length, object state)
    {
        Add(length, length, state);
        _begun.TrySetResult();
    }

    /// <summary>Says what goes with the end of a text that is added.</summary>
    public void Add(long from, long to, object state)
    {
        lock (_gate) _marks.Enqueue(new Mark(from, to, state));
    }

    /// <summary>How many of the next bytes can be sent so that they end where it is known what goes with that.</summary>
    public int Cut(long sent, int count)
    {
        lock (_gate)
            return _marks.FirstOrDefault(mark => mark.From < sent + count && sent + count < mark.To) is { } within && within.From > sent ? (int)(within.From - sent) : count;
    }

    /// <summary>Notes a chunk before it is sent.</summary>
    /// <param name="first">Where the output begins in the run's log.</param>
    /// <param name="at">Where the chunk begins there.</param>
    /// <param name="sent">Where it begins in the output.</param>
    public Task<bool> NoteAsync(long first, long at, long sent, int count, CancellationToken ct)
    {
        object? before, after;
        lock (_gate)
        {
            while (_marks.TryPeek(out var next) && next.To <= sent) _passed = _marks.Dequeue();
            before = _passed?.State;
            after = (_marks.LastOrDefault(mark => mark.To <= sent + count) ?? _passed)?.State;
        }

        return note(new ShippedOutput(first, at, at + count, Json(before), Json(after)), ct);
    }

    private static JsonElement? Json(object? state) => state is null ? null : JsonSerializer.SerializeToElement(state, state.GetType());
}
