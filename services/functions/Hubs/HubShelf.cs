using Marten;
using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Functions.Hubs;

/// <summary>
/// What the hubs of a project have. The files of each version of an item are a directory in the artifacts of the project (<c>hubs/{hub}/{item}</c>), wherever they came from:
/// what was seen once is there, whatever becomes of its source.
/// </summary>
internal sealed class HubShelf(IFunctionsStore store, JobMesh mesh, TimeProvider clock)
{
    /// <summary>The most items that a hub has.</summary>
    private const int MostItems = 500;

    public async Task<TeamHub?> FindAsync(string project, string name, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<TeamHub>(TeamHub.KeyOf(name), ct) is { IsRemoved: false } hub ? hub : null;
    }

    /// <summary>An item of a hub; null parts say what there is not.</summary>
    public async Task<(TeamHub? Hub, TeamItem? Item)> FindAsync(string project, string hub, string item, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<TeamHub>(TeamHub.KeyOf(hub), ct) is not { IsRemoved: false } found) return (null, null);
        return (found, await session.LoadAsync<TeamItem>(TeamItem.KeyOf(hub, found.Generation, item), ct));
    }

    public async Task<HubItemContent> ContentAsync(string project, TeamItem item, TeamItemVersion version, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return (await session.LoadAsync<HubItemContent>(HubItemContent.KeyOf(item.Id, version.Version), ct))!;
    }

    /// <summary>Adds a version of an item; one that is there with the same content is left as it is.</summary>
    /// <returns>The item with the version, and whether it was new; or why it may not be.</returns>
    public async Task<(TeamItem? Item, bool IsNew, Rejection? Rejected)> AddAsync(Caller caller, string project, TeamHub hub, ItemFolder folder, CancellationToken ct)
    {
        var manifest = folder.Manifest;
        var stream = TeamItem.KeyOf(hub.Name, hub.Generation, manifest.Name);
        HubItemEvent.Added Added(CodeBundle bundle) => new(
            hub.Name, hub.Generation, manifest.Name, manifest.Version, folder.Hash, bundle, manifest.Description, manifest.Categories ?? [], caller.Name, clock.GetUtcNow());

        // Nothing is uploaded that would be refused.
        await using (var session = store.OpenQuery(project))
        {
            var state = await session.LoadAsync<TeamItem>(stream, ct);
            var first = HubItemDecider.Add(Added(new CodeBundle("", 0)), state);
            if (first.Rejected is { } refused) return (null, false, refused);
            if (first.Events.Count == 0) return (state, false, null);
            var place = TeamItem.PlaceOf(hub.Name, hub.Generation);
            if (state is null && await session.Query<TeamItem>().CountAsync(item => item.Place == place, ct) >= MostItems)
                return (null, false, Rejection.Unprocessable("hub.too-many-items", $"A hub has at most {MostItems} items.", "item"));
        }

        using var client = mesh.OpenForRequest(project);
        FilesUpload upload;
        try
        {
            var labels = new Dictionary<string, string> { ["hub"] = hub.Name, ["item"] = manifest.Name, ["version"] = manifest.Version };
            upload = await client.Project().Artifacts.UploadFilesAsync($"hubs/{hub.Name}/{manifest.Name}", folder.Files, new UploadSpec { FileName = manifest.Name, Labels = labels }, ct);
        }
        catch (MeshException e)
        {
            return (null, false, (int)e.Status is >= 400 and < 500
                ? Rejection.Unprocessable("hub-item.not-kept", $"The artifacts of the project do not take '{manifest.Name}@{manifest.Version}': {e.Message}")
                : Rejection.Unavailable("hub.artifacts-away", $"The artifacts could not be asked: {e.Message}"));
        }

        var bundle = new CodeBundle(upload.Version.Key, upload.Version.Version, upload.Version.Digest);
        var written = bundle.Digest == folder.Hash
            ? await store.WriteAsync<TeamItem, HubItemEvent>(
                caller, project, stream, state => HubItemDecider.Add(Added(bundle), state), ct,
                alongside: (session, _) => session.Store(new HubItemContent(HubItemContent.KeyOf(stream, manifest.Version), manifest, folder.Doc)))
            : null;
        if (written is { Rejected: null })
        {
            if (written.Events.Count == 0 && written.State!.Find(manifest.Version)!.Bundle.Version != bundle.Version) await ForgetAsync(client, upload, ct);
            return (written.State, written.Events.Count > 0, null);
        }

        await ForgetAsync(client, upload, ct);
        return (null, false, written?.Rejected ?? Rejection.Conflict("hub.source-moved", $"The files of '{manifest.Name}@{manifest.Version}' changed while they were read. Try again."));
    }

    /// <summary>Somebody else was first: what was uploaded belongs to nothing.</summary>
    private static async Task ForgetAsync(MeshClient client, FilesUpload upload, CancellationToken ct)
    {
        if (!upload.IsNew) return;
        try
        {
            await client.Project().Artifacts.DeleteVersionAsync(upload.Version.Key, $"{upload.Version.Version}", ct: ct);
        }
        catch (MeshException)
        {
            // A version that nothing names does no harm.
        }
    }
}
