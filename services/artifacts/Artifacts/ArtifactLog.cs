using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Receipts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Artifacts;

/// <summary>A version that was made, or why not.</summary>
internal readonly record struct Logged(ArtifactVersion? Version, Rejection? Rejected);

/// <summary>Writes and reads artifacts.</summary>
internal sealed class ArtifactLog(IArtifactsStore store, TimeProvider clock)
{
    /// <summary>Makes the next version; with a receipt, at most once.</summary>
    public async Task<Logged> AppendAsync(Caller caller, string project, LogVersion command, Annex? metadata, Receipt? receipt, CancellationToken ct)
    {
        var made = await store.OnceAsync(project, receipt, CreateAsync, ct);
        return made.Rejected is { } rejected ? new(null, rejected) : new(await FindAsync(project, command.Key, made.Version, ct), null);

        async Task<Made> CreateAsync()
        {
            var written = await store.WriteAsync<Artifact, ArtifactEvent>(
                caller, project, Artifact.StreamOf(command.Key), artifact => command.Decide(artifact, clock.GetUtcNow()), ct, alongside: (session, events) =>
                {
                    if (metadata is not null) session.Store(metadata);
                    if (receipt is not null) session.Insert(receipt with { Version = VersionOf(events) });
                });
            return written.Rejected is { } refused ? new(0, refused) : new(VersionOf(written.Events), null);
        }
    }

    /// <summary>One version with its metadata; the newest when no version is named; null when there is none.</summary>
    public async Task<ArtifactVersion?> FindAsync(string project, string key, int? version, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        version ??= (await session.LoadAsync<Artifact>(Artifact.StreamOf(key), ct))?.Versions;
        if (version is null) return null;
        if (await session.LoadAsync<LoggedVersion>(LoggedVersion.IdOf(key, version.Value), ct) is not { } row) return null;
        return row.ToVersion(row.Metadata is { } id ? await session.LoadAsync<Annex>(id, ct) : null);
    }

    private static int VersionOf(IReadOnlyList<ArtifactEvent> events) => ((ArtifactEvent.VersionLogged)events[^1]).Version;
}
