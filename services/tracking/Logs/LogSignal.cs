using System.Threading.Channels;
using Mesh.Hosting.Store;

namespace Mesh.Tracking.Logs;

/// <summary>
/// Wakes those who follow logs: at once in this process, by PostgreSQL's LISTEN and NOTIFY from other replicas. Listens only while somebody
/// follows. A lost signal costs time, not text: followers look by themselves now and then.
/// </summary>
internal sealed class LogSignal(ServiceDatabase<ITrackingStore> database, ILogger<LogSignal> log) : IDisposable
{
    /// <summary>Name of the notification channel.</summary>
    public const string Channel = "mesh_tracking_log";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Follower>> _followers = new(StringComparer.Ordinal);
    private CancellationTokenSource? _listening;

    /// <summary>What a notification carries.</summary>
    public static string Payload(string project, Guid run) => $"{project}/{run}";

    /// <summary>Wakes the followers of a run's log in this process.</summary>
    public void Wake(string project, Guid run) => Wake(Payload(project, run));

    /// <summary>Begins to follow; ends with the disposal.</summary>
    public Follower Follow(string project, Guid run)
    {
        var follower = new Follower(this, Payload(project, run));
        lock (_gate)
        {
            if (!_followers.TryGetValue(follower.Payload, out var others)) _followers[follower.Payload] = others = [];
            others.Add(follower);
            if (_listening is not null) return follower;
            _listening = new CancellationTokenSource();
            var ct = _listening.Token;
            _ = Task.Run(() => database.ListenAsync(Channel, Wake, WakeAll, Lose, ct), CancellationToken.None);
        }

        return follower;
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        lock (_gate) StopListening();
    }

    private void Leave(Follower follower)
    {
        lock (_gate)
        {
            var others = _followers[follower.Payload];
            others.Remove(follower);
            if (others.Count == 0) _followers.Remove(follower.Payload);
            if (_followers.Count == 0) StopListening();
        }
    }

    private void StopListening()
    {
        _listening?.Cancel();
        _listening?.Dispose();
        _listening = null;
    }

    private void Wake(string payload)
    {
        lock (_gate)
        {
            if (_followers.TryGetValue(payload, out var woken)) woken.ForEach(follower => follower.Wake());
        }
    }

    private void WakeAll()
    {
        lock (_gate)
        {
            foreach (var woken in _followers.Values) woken.ForEach(follower => follower.Wake());
        }
    }

    private void Lose(string reason) => log.LogWarning("The listener for log text lost the database and tries again: {Reason}", reason);

    /// <summary>One who waits for text.</summary>
    internal sealed class Follower(LogSignal signal, string payload) : IDisposable
    {
        private readonly Channel<bool> _woken = System.Threading.Channels.Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        internal string Payload { get; } = payload;

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
