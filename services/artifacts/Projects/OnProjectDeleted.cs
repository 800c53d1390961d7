using Marten;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Datasets;
using Mesh.Artifacts.Directories;
using Mesh.Artifacts.Files;
using Mesh.Artifacts.Lineage.Pushing;
using Mesh.Artifacts.Uploads;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;

namespace Mesh.Artifacts.Projects;

/// <summary>Purges what the service holds of a deleted project. Each step can be repeated, so a purge that broke off is finished by the next delivery.</summary>
internal sealed class OnProjectDeleted(IArtifactsStore store, FileTree files, DirectoryFiles directories, BlobLedger ledger, PartedUploads uploads, ProfileQueue profiles, PushStore targets) : IEventConsumer
{
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        await store.Advanced.DeleteAllTenantDataAsync(e.Project, ct);
        await files.ForgetAsync(e.Project, ct);
        await uploads.ForgetAsync(e.Project, ct);
        await directories.ForgetAsync(e.Project, ct);
        await profiles.ForgetAsync(e.Project, ct);
        await targets.RemoveAsync(e.Project, ct);
        await ledger.ForgetAsync(e.Project, ct);
        await ledger.ReapAsync(ct);
    }
}
