using System.Threading.Channels;

namespace Mesh.Tracking.Metrics.Live;

/// <summary>
/// Wakes those who follow the metrics of a run in this process. There is no NOTIFY for those at other replicas: its lock would put all commits of
/// points behind each other. They look by themselves every second.
/// </summary>
internal sealed class MetricSignal
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Project, Guid Run), List<Follower>> _followers = [];
    private volatile bool _isFollowed;

    /// <summary>Begins to follow; ends with the disposal.</summary>
    public Follower Follow(string project, Guid run)
    {
        var follower = new Follower(this, (project, run));
        lock (_gate)
        {
            if (!_followers.TryGetValue(follower.Run, out var others)) _followers[follower.Run] = others = [];
            others.Add(follower);
            _isFollowed = true;
        }

        return follower;
    }

    /// <summary>Wakes the followers of runs.</summary>
    public void Wake(IEnumerable<(string Project, Guid Run)> runs)
    {
        if (!_isFollowed) return;
        lock (_gate)
        {
            foreach (var run in runs)
                if (_followers.TryGetValue(run, out var woken)) woken.ForEach(follower => follower.Wake());
        }
    }

    private void Leave(Follower follower)
    {
        lock (_gate)
        {
            var others = _followers[follower.Run];
            others.Remove(follower);
            if (others.Count == 0) _followers.Remove(follower.Run);
            _isFollowed = _followers.Count > 0;
        }
    }

    /// <summary>One who waits for points.</summary>
    internal sealed class Follower(MetricSignal signal, (string Project, Guid Run) run) : IDisposable
    {
        private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        internal (string Project, Guid Run) Run { get; } = run;

        /// <summary>Returns when something happened since the last call, or after the given time.</summary>
        public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limited.CancelAfter(atMost);
            try
            {
                await _woken.Reader.ReadAsync(limited.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                // Nothing happened; the caller looks for itself.
            }
        }

        public void Dispose() => signal.Leave(this);

        internal void Wake() => _woken.Writer.TryWrite(true);
    }
}
