using Marten;
using Mesh.Artifacts.Models;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Artifacts;

/// <summary>Deletes versions and whole artifacts that nothing uses. Their bytes go with the next collection of garbage, unless they are pinned or used elsewhere.</summary>
internal sealed class ArtifactRemoval(IArtifactsStore store, TimeProvider clock)
{
    private const int Races = 5;
    private const int MostUsers = 11;

    private static readonly Rejection Contended = Rejection.Conflict("write.contended", "Others write the same object at the same time. Try again.");

    /// <summary>Deletes a version.</summary>
    /// <param name="expired">Its time is over: nobody asked for it.</param>
    public Task<Rejection?> DeleteVersionAsync(Caller caller, string project, string key, int version, DeletionStrategy strategy, bool expired, CancellationToken ct) =>
        WriteAsync(caller, project, key, async session =>
        {
            var newest = await session.Query<LoggedVersion>().Where(row => row.Key == key && row.Version != version).OrderByDescending(row => row.Version).FirstOrDefaultAsync(ct);
            return new ArtifactCommand.DeleteVersion(version, strategy, await UsersAsync(session, key, version, ct), newest?.ToLogged(), expired, caller.Name);
        }, ct);

    /// <summary>Deletes all versions of an artifact, and its tags.</summary>
    public Task<Rejection?> DeleteAsync(Caller caller, string project, string key, DeletionStrategy strategy, CancellationToken ct) =>
        WriteAsync(caller, project, key, async session => new ArtifactCommand.Delete(strategy, await UsersAsync(session, key, null, ct), caller.Name), ct);

    // What is looked up holds for the version of the stream that was read before it: the write expects that one, and looks again when it has moved on.
    private async Task<Rejection?> WriteAsync(Caller caller, string project, string key, Func<IQuerySession, Task<ArtifactCommand>> prepare, CancellationToken ct)
    {
        var stream = Artifact.StreamOf(key);
        for (var race = 1; race <= Races; race++)
        {
            await using var session = store.OpenQuery(project);
            if (await session.Events.FetchStreamStateAsync(stream, ct) is not { } state) return ArtifactKey.Unknown;
            var command = await prepare(session);
            var written = await store.WriteAsync<Artifact, ArtifactEvent>(
                caller, project, stream, artifact => ArtifactDecider.Decide(command, artifact, clock.GetUtcNow()), ct, state.Version);
            if (written.Rejected is not { Kind: RejectionKind.VersionMismatch }) return written.Rejected;
        }

        return Contended;
    }

    private static async Task<IReadOnlyList<string>> UsersAsync(IQuerySession session, string key, int? version, CancellationToken ct)
    {
        var query = session.Query<RegisteredVersion>().Where(row => row.Artifact == key);
        if (version is { } number) query = query.Where(row => row.ArtifactVersion == number);
        var rows = await query.OrderBy(row => row.Model).ThenBy(row => row.Version).Take(MostUsers).ToListAsync(ct);
        return [.. rows.Select(row => $"version {row.Version} of the model {row.Model}")];
    }
}
