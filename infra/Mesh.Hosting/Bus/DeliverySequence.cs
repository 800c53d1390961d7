namespace Mesh.Hosting.Bus;

/// <summary>
/// Lets the messages of one channel, which are handed out to several threads, begin in the order in which the broker delivered them: by their
/// delivery tags (1, 2, 3, …).
/// </summary>
internal sealed class DeliverySequence
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, TaskCompletionSource> _waiting = [];
    private readonly HashSet<ulong> _passed = [];
    private readonly HashSet<ulong> _running = [];
    private TaskCompletionSource? _idle;
    private ulong _next = 1;
    private bool _holding;
    private bool _closed;

    /// <summary>Completes when every message before this one has passed.</summary>
    /// <exception cref="OperationCanceledException">The channel closed first: the broker delivers the message again, over another one.</exception>
    public Task TurnAsync(ulong tag)
    {
        lock (_gate)
        {
            if (_closed) return Task.FromCanceled(new CancellationToken(canceled: true));
            if (tag <= _next && !_holding)
            {
                _running.Add(tag);
                return Task.CompletedTask;
            }

            if (!_waiting.TryGetValue(tag, out var turn)) _waiting[tag] = turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return turn.Task;
        }
    }

    /// <summary>The message has begun, or never will because it could not be read. Safe to call again.</summary>
    public void Pass(ulong tag)
    {
        lock (_gate)
        {
            if (tag < _next || !_passed.Add(tag)) return;
            while (_passed.Remove(_next)) _next++;
            if (_holding || !_waiting.Remove(_next, out var turn)) return;
            _running.Add(_next);
            turn.TrySetResult();
        }
    }

    /// <summary>The message has ended.</summary>
    public void End(ulong tag)
    {
        Pass(tag);
        lock (_gate)
        {
            _running.Remove(tag);
            if (_running.Count == 0) _idle?.TrySetResult();
        }
    }

    /// <summary>Lets no more messages begin. Completes when those that have begun have ended.</summary>
    public Task HoldAsync()
    {
        lock (_gate)
        {
            _holding = true;
            if (_running.Count == 0) return Task.CompletedTask;
            _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>The channel is gone: what still waits must not begin, since the messages before it may never have come.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var turn in _waiting.Values) turn.TrySetCanceled();
            _waiting.Clear();
        }
    }
}
