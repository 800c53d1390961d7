using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;
using Mesh.Hosting;
using Mesh.Hosting.Bus;

namespace Mesh.Artifacts.Lineage.Pushing;

/// <summary>Has what happens to runs sent to the target of their project. One event may be put there twice, and is then sent twice, so it needs no inbox.</summary>
internal sealed class OnRunEvents(PushStore store, Signal<PushLoop> signal) : IEventConsumer
{
    public static IReadOnlyList<string> Patterns { get; } = ["run.started", "run.completed", "run.failed", "run.aborted"];

    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        var (run, type, name) = Read(e);
        if (await store.AddAsync(e.Project, e.Id, run, type, e.Time, name, ct)) signal.Raise();
    }

    private static (Guid Run, string Type, string? Name) Read(MeshEvent e)
    {
        switch (e.Type)
        {
            case "run.started":
                // A second attempt is the same run, which goes on.
                var started = e.DataAs<RunStarted>();
                return (started.RunId, started.Attempt <= 1 ? "START" : "RUNNING", null);
            case "run.completed":
                var completed = e.DataAs<RunCompleted>();
                return (completed.RunId, "COMPLETE", completed.Name);
            case "run.failed":
                var failed = e.DataAs<RunFailed>();
                return (failed.RunId, "FAIL", failed.Name);
            case "run.aborted":
                var aborted = e.DataAs<RunAborted>();
                return (aborted.RunId, "ABORT", aborted.Name);
            default:
                throw new InvalidOperationException($"{e.Type} is nothing that is sent.");
        }
    }
}
