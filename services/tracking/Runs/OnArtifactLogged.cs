using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;

namespace Mesh.Tracking.Runs;

/// <summary>Links a version of an artifact to the run that it was logged for. A run that is unknown here has no links.</summary>
internal sealed class OnArtifactLogged(TimeProvider clock) : IEventConsumer
{
    public static bool Concerns(MeshEvent e) => e.DataAs<ArtifactLogged>().RunId is not null;

    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        var logged = e.DataAs<ArtifactLogged>();
        var link = new RunCommand.LinkArtifact(logged.Key, EnumNames.Of(logged.Kind)!, logged.Version);
        await session.DecideAsync<Run, RunEvent>(logged.RunId!.Value.ToString(), state => RunDecider.DecideEach([link], state, clock.GetUtcNow()), ct);
    }
}
