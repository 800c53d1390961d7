using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Monitoring.Live;

/// <summary>
/// Tells those who look at something, at whichever replica, that it changed: by PostgreSQL's LISTEN and NOTIFY, after the commit and not in it, since a NOTIFY
/// inside a transaction makes commits wait for each other. What changes in close succession is told once. Listens only while somebody follows. Who begins to
/// follow is told of everything as soon as nothing is missed any more: a word that is lost with its process costs time and nothing else.
/// </summary>
internal sealed class ChangeSignal(ServiceDatabase<IMonitoringStore> database, ILogger<ChangeSignal> log) : IDisposable
{
    private const string Channel = "mesh_monitoring_changed";

    /// <summary>The least time between two words of this process.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<ChangeTopic, List<ChangeFollower>> _followers = [];
    private HashSet<ChangeTopic> _untold = [];
    private bool _isTelling;
    private CancellationTokenSource? _listening;
    private bool _hears;

    /// <summary>Something changed, and is committed.</summary>
    public void Tell(ChangeTopic topic)
    {
        lock (_gate)
        {
            _untold.Add(topic);
            if (_isTelling) return;
            _isTelling = true;
        }

        _ = Task.Run(TellAsync);
    }

    /// <summary>Begins to follow; ends with the disposal.</summary>
    public ChangeFollower Follow(params IReadOnlyList<ChangeTopic> topics)
    {
        var follower = new ChangeFollower(this, topics);
        lock (_gate)
        {
            foreach (var topic in topics)
            {
                if (!_followers.TryGetValue(topic, out var others)) _followers[topic] = others = [];
                others.Add(follower);
            }

            if (_hears) follower.WakeAll();
            if (_listening is not null) return follower;
            _listening = new CancellationTokenSource();
            var ct = _listening.Token;
            _ = Task.Run(() => ListenAsync(ct), CancellationToken.None);
        }

        return follower;
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        lock (_gate) StopListening();
    }

    internal void Leave(ChangeFollower follower)
    {
        lock (_gate)
        {
            foreach (var topic in follower.Topics)
            {
                var others = _followers[topic];
                others.Remove(follower);
                if (others.Count == 0) _followers.Remove(topic);
            }

            if (_followers.Count == 0) StopListening();
        }
    }

    private void StopListening()
    {
        _listening?.Cancel();
        _listening?.Dispose();
        _listening = null;
        _hears = false;
    }

    private async Task TellAsync()
    {
        while (true)
        {
            HashSet<ChangeTopic> topics;
            lock (_gate)
            {
                if (_untold.Count == 0)
                {
                    _isTelling = false;
                    return;
                }

                (topics, _untold) = (_untold, []);
            }

            try
            {
                await using var notify = database.DataSource.CreateCommand($"select pg_notify('{Channel}', topic) from unnest($1) as topic");
                notify.Parameters.Add(new() { Value = topics.Select(topic => topic.ToString()).ToArray() });
                await notify.ExecuteNonQueryAsync();
            }
            catch (Exception fault)
            {
                log.LogDebug(fault, "Those who look at what changed were not told; they read again when they come anew");
            }

            await Task.Delay(Breath);
        }
    }

    private void Wake(string text)
    {
        if (ChangeTopic.Parse(text) is not { } topic) return;
        lock (_gate)
        {
            if (_followers.TryGetValue(topic, out var woken)) woken.ForEach(follower => follower.Wake(topic.Kind));
        }
    }

    private void Hear(CancellationToken ct)
    {
        lock (_gate)
        {
            if (ct.IsCancellationRequested) return;
            _hears = true;
            foreach (var follower in _followers.Values.SelectMany(followers => followers).Distinct()) follower.WakeAll();
        }
    }

    private void Miss(CancellationToken ct)
    {
        lock (_gate)
        {
            if (!ct.IsCancellationRequested) _hears = false;
        }
    }

    private async Task ListenAsync(CancellationToken ct)
    {
        var lost = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.DataSource.OpenConnectionAsync(ct);
                connection.Notification += (_, news) => Wake(news.Payload);
                await using (var listen = new NpgsqlCommand($"listen {Channel}", connection)) await listen.ExecuteNonQueryAsync(ct);
                lost = false;
                Hear(ct);
                while (true) await connection.WaitAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Miss(ct);
                if (!lost) log.LogWarning("News of changes is interrupted: {Reason}", fault.Message);
                lost = true;
                await Task.Delay(Pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
