using System.Globalization;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Directories;
using Mesh.Artifacts.Pointers;
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
    /// <param name="manifest">What is in the version, where it is a directory.</param>
    public async Task<Logged> AppendAsync(
        Caller caller, string project, LogVersion command, Annex? metadata, Receipt? receipt, CancellationToken ct, Manifest? manifest = null)
    {
        ArtifactEvent.VersionLogged? logged = null;
        var made = await store.OnceAsync(project, receipt, CreateAsync, ct);
        if (made.Rejected is { } rejected) return new(null, rejected);
        return new(logged is null ? await FindAsync(project, command.Key, made.Version, ct) : LoggedVersion.Of(logged).ToVersion(metadata), null);

        async Task<Made> CreateAsync()
        {
            var written = await store.WriteAsync<Artifact, ArtifactEvent>(
                caller, project, Artifact.StreamOf(command.Key), artifact => command.Decide(artifact, clock.GetUtcNow()), ct, alongside: (session, events) =>
                {
                    if (metadata is not null) session.Store(metadata);
                    if (manifest is not null) DirectoryFiles.Insert(session, project, manifest);
                    if (receipt is not null) session.Insert(receipt with { Version = LoggedIn(events).Version });
                });
            if (written.Rejected is { } refused) return new(0, refused);
            logged = LoggedIn(written.Events);
            return new(logged.Version, null);
        }
    }

    /// <summary>Moves tags, sets retention.</summary>
    public Task<Written<Artifact, ArtifactEvent>> ChangeAsync(
        Caller caller, string project, string key, ArtifactCommand command, long? expectedVersion, CancellationToken ct) =>
        store.WriteAsync<Artifact, ArtifactEvent>(
            caller, project, Artifact.StreamOf(key), artifact => ArtifactDecider.Decide(command, artifact, clock.GetUtcNow()), ct, expectedVersion);

    /// <summary>The version that a reference names: a number, <c>latest</c>, or <c>@tag</c>; the newest when it is null.</summary>
    public async Task<(LoggedVersion? Version, Rejection? Rejected)> ResolveAsync(string project, string key, string? reference, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (reference is null or Pointer.Latest || reference.StartsWith('@'))
        {
            if (await session.LoadAsync<Artifact>(Artifact.StreamOf(key), ct) is not { Latest: { } latest } artifact) return (null, ArtifactKey.Unknown);
            if (reference is null or Pointer.Latest or "@latest") return (LoggedVersion.Of(latest), null);
            if (artifact.Tags?.TryGetValue(reference[1..], out var tagged) is not true) return (null, ArtifactDecider.UnknownTag(key, reference[1..]));
            reference = tagged.ToString(CultureInfo.InvariantCulture);
        }

        if (!int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            return (null, Rejection.Malformed("request.malformed", "'version' must be a number, 'latest', or '@' and a tag.", "version"));
        var row = await session.LoadAsync<LoggedVersion>(LoggedVersion.IdOf(key, version), ct);
        return row is null ? (null, UnknownVersion) : (row, null);
    }

    /// <summary>A version as the API answers it, with its metadata.</summary>
    public async Task<ArtifactVersion> ReadAsync(string project, LoggedVersion row, CancellationToken ct)
    {
        if (row.Metadata is not { } id) return row.ToVersion();
        await using var session = store.OpenQuery(project);
        return row.ToVersion(await session.LoadAsync<Annex>(id, ct));
    }

    /// <summary>The refusal of a version that is not there.</summary>
    public static Rejection UnknownVersion { get; } = Rejection.NotFound("artifact.version-unknown", "There is no such version of the artifact in this project.");

    /// <summary>One version with its metadata; the newest when no version is named; null when there is none.</summary>
    public async Task<ArtifactVersion?> FindAsync(string project, string key, int? version, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        version ??= (await session.LoadAsync<Artifact>(Artifact.StreamOf(key), ct))?.Latest?.Version;
        if (version is null) return null;
        if (await session.LoadAsync<LoggedVersion>(LoggedVersion.IdOf(key, version.Value), ct) is not { } row) return null;
        return row.ToVersion(row.Metadata is { } id ? await session.LoadAsync<Annex>(id, ct) : null);
    }

    private static ArtifactEvent.VersionLogged LoggedIn(IReadOnlyList<ArtifactEvent> events) => (ArtifactEvent.VersionLogged)events[^1];
}
