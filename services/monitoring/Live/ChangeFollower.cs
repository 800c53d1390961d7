using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Live;

/// <summary>One who waits for changes. What comes before it is asked for waits with what changed, each kind once.</summary>
internal sealed class ChangeFollower(ChangeSignal signal, IReadOnlyList<ChangeTopic> topics) : IDisposable
{
    private readonly SemaphoreSlim _woken = new(0, 1);
    private readonly Lock _gate = new();
    private readonly SortedSet<ChangeKind> _changed = [];

    internal IReadOnlyList<ChangeTopic> Topics { get; } = topics;

    /// <summary>What changed since the last call; nothing where nothing did for a time.</summary>
    public async Task<IReadOnlyList<ChangeKind>> NextAsync(TimeSpan atMost, CancellationToken ct)
    {
        if (!await _woken.WaitAsync(atMost, ct)) return [];
        lock (_gate)
        {
            ChangeKind[] changed = [.. _changed];
            _changed.Clear();
            return changed;
        }
    }

    public void Dispose()
    {
        signal.Leave(this);
        _woken.Dispose();
    }

    internal void WakeAll()
    {
        foreach (var topic in Topics) Wake(topic.Kind);
    }

    internal void Wake(ChangeKind kind)
    {
        lock (_gate)
        {
            if (_changed.Count == 0) _woken.Release();
            _changed.Add(kind);
        }
    }
}
