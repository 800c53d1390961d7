using System.Diagnostics;
using JasperFx.Events.Daemon.HighWater;
using Marten;
using Marten.Services;

namespace Mesh.Hosting.Store;

/// <summary>
/// Wakes the daemon of a store when events were committed. It is told after the commit and not in it: a NOTIFY inside a transaction makes all commits of
/// the database wait for each other. One that is lost costs the daemon's next look by itself, never an event. A look costs the store a dozen statements, so commits
/// in close succession share one: the first wakes it at once, those after it when a breath has passed. Where commits never cease the breath grows, so that a busy store is not looked at all the time.
/// </summary>
internal abstract class AppendSignal : DocumentSessionListenerBase, IDaemonWakeup
{
    private static readonly TimeSpan ShortBreath = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongBreath = TimeSpan.FromMilliseconds(100);

    private TimeSpan _breath = ShortBreath;
    private long _woken;
    private int _commits;

    public async Task WaitAsync(TimeSpan timeout, CancellationToken token)
    {
        var early = _breath - Stopwatch.GetElapsedTime(_woken);
        if (_woken != 0 && early > TimeSpan.Zero) await Task.Delay(early, token);
        await NextAsync(timeout, token);
        _woken = Stopwatch.GetTimestamp();
        var shared = Interlocked.Exchange(ref _commits, 0) > 1;
        _breath = shared ? TimeSpan.FromTicks(Math.Min(LongBreath.Ticks, 2 * _breath.Ticks)) : ShortBreath;
    }

    /// <summary>Returns when events were committed, or after a while.</summary>
    protected abstract Task NextAsync(TimeSpan timeout, CancellationToken token);

    /// <summary>Lets go of what waiting took. A daemon that begins again waits anew.</summary>
    public abstract void Dispose();

    /// <summary>Tells the daemon, wherever it runs, without waiting for it.</summary>
    protected abstract void Raise();

    public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        if (!commit.GetEvents().Any()) return Task.CompletedTask;
        Interlocked.Increment(ref _commits);
        Raise();
        return Task.CompletedTask;
    }
}
