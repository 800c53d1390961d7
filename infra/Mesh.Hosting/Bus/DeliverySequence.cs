namespace Mesh.Hosting.Bus;

/// <summary>
/// Lets messages that are handed out to several threads begin in the order in which the broker delivered them, by their
/// delivery tags (1, 2, 3, … on a channel).
/// </summary>
/// <remarks>
/// When a thread has taken a message, those before it have been taken too, and are here within a moment: unless one of them never comes, because it
/// could not be read. So the wait for a turn is short, and what waited in vain goes on.
/// </remarks>
internal sealed class DeliverySequence
{
    private readonly Lock _gate = new();
    private readonly TimeSpan _patience;
    private readonly SortedDictionary<ulong, TaskCompletionSource> _waiting = [];
    private string? _channel;
    private ulong _next = 1;

    public DeliverySequence(TimeSpan? patience = null) => _patience = patience ?? TimeSpan.FromMilliseconds(250);

    /// <summary>Returns when every message before this one has begun, or has been waited for in vain.</summary>
    /// <param name="channel">The consumer tag: another one means that tags begin anew.</param>
    /// <param name="tag">The delivery tag.</param>
    public async Task WaitAsync(string channel, ulong tag, CancellationToken ct)
    {
        TaskCompletionSource turn;
        lock (_gate)
        {
            if (_channel != channel) Reset(channel);
            if (tag <= _next) return;
            _waiting[tag] = turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        while (true)
        {
            try
            {
                await turn.Task.WaitAsync(_patience, ct);
                return;
            }
            catch (TimeoutException)
            {
                lock (_gate)
                {
                    // Only the first of those that wait goes on; its beginning lets the next one go.
                    if (turn.Task.IsCompleted || (_waiting.Count > 0 && _waiting.Keys.First() != tag)) continue;
                    _waiting.Remove(tag);
                    return;
                }
            }
            catch (OperationCanceledException)
            {
                lock (_gate) _waiting.Remove(tag);
                throw;
            }
        }
    }

    /// <summary>The message has begun: it is the turn of the next one.</summary>
    public void Begun(string channel, ulong tag)
    {
        lock (_gate)
        {
            if (_channel != channel) return;
            if (tag >= _next) _next = tag + 1;
            if (_waiting.Remove(_next, out var turn)) turn.TrySetResult();
        }
    }

    private void Reset(string channel)
    {
        // What still waits came over the channel that is gone, and comes again.
        foreach (var turn in _waiting.Values) turn.TrySetResult();
        _waiting.Clear();
        (_channel, _next) = (channel, 1);
    }
}
