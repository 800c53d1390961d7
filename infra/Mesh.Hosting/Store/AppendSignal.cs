using System.Diagnostics;
using JasperFx.Events.Daemon.HighWater;
using Marten;
using Marten.Services;

namespace Mesh.Hosting.Store;

/// <summary>
/// Wakes the daemon of a store when events were committed. It is told after the commit and not in it: a NOTIFY inside a transaction makes all commits of
/// the database wait for each other. One that is lost costs the daemon's next look by itself, never an event. A look costs the store a dozen statements, so commits
/// in close succession share one: the first wakes it at once, those after it when a <see cref="Breath"/> has passed.
/// </summary>
internal abstract class AppendSignal : DocumentSessionListenerBase, IDaemonWakeup
{
    /// <summary>The least time between two looks.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(25);

    private long _woken;

    public async Task WaitAsync(TimeSpan timeout, CancellationToken token)
    {
        var early = Breath - Stopwatch.GetElapsedTime(_woken);
        if (_woken != 0 && early > TimeSpan.Zero) await Task.Delay(early, token);
        await NextAsync(timeout, token);
        _woken = Stopwatch.GetTimestamp();
    }

    /// <summary>Returns when events were committed, or after a while.</summary>
    protected abstract Task NextAsync(TimeSpan timeout, CancellationToken token);

    /// <summary>Lets go of what waiting took. A daemon that begins again waits anew.</summary>
    public abstract void Dispose();

    /// <summary>Tells the daemon, wherever it runs, without waiting for it.</summary>
    protected abstract void Raise();

    public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        if (commit.GetEvents().Any()) Raise();
        return Task.CompletedTask;
    }
}
