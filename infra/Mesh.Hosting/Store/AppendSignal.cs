using JasperFx.Events.Daemon.HighWater;
using Marten;
using Marten.Services;

namespace Mesh.Hosting.Store;

/// <summary>
/// Wakes the daemon of a store when events were committed. It is told after the commit and not in it: a NOTIFY inside a transaction makes all commits of
/// the database wait for each other. One that is lost costs the daemon's next look by itself, never an event.
/// </summary>
internal abstract class AppendSignal : DocumentSessionListenerBase, IDaemonWakeup
{
    public abstract Task WaitAsync(TimeSpan timeout, CancellationToken token);

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
