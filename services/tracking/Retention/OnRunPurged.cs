using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;

namespace Mesh.Tracking.Retention;

/// <summary>
/// Removes what is kept of a purged run: its files, its samples, and at last its stream with the snapshot, in the transaction that marks the event as
/// handled. That it came from the bus means that the relay has read it: nobody misses the news because the stream is gone. Broken off at any point, the
/// next delivery begins again and finds less.
/// </summary>
internal sealed class OnRunPurged(RunRemains remains) : IEventConsumer
{
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        var run = e.DataAs<RunPurged>().RunId;
        await remains.RemoveFilesAsync(e.Project, run, ct);
        await remains.RemoveSamplesAsync(e.Project, run, ct);
        RunRemains.RemoveStream(session, e.Project, run);
    }
}
