using Marten;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Hosting;
using Mesh.Hosting.Bus;

namespace Mesh.Artifacts.Datasets;

/// <summary>Has the profile of each new version of a data set made, behind the upload. A version can be put into the queue any number of times, so it needs no inbox.</summary>
internal sealed class OnDatasetLogged(ProfileQueue queue, Signal<ProfileLoop> signal) : IEventConsumer
{
    public static bool Concerns(MeshEvent e) => e.DataAs<ArtifactLogged>().Kind is ArtifactKind.Dataset;

    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        var logged = e.DataAs<ArtifactLogged>();
        await queue.AddAsync(e.Project, logged.Key, logged.Version, ct);
        signal.Raise();
    }
}
