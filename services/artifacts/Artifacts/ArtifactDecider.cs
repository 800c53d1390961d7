using Mesh.Artifacts.Pointers;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Artifacts;

/// <summary>What may be asked of an artifact that is there. Facts from elsewhere (who uses it) come looked up.</summary>
internal abstract record ArtifactCommand(string By)
{
    public sealed record MoveTag(string Tag, int Version, int? Expected, string By) : ArtifactCommand(By);

    public sealed record DeleteTag(string Tag, int? Expected, string By) : ArtifactCommand(By);

    public sealed record SetRetention(int Version, VersionRetention Retention, string By) : ArtifactCommand(By);

    /// <param name="Digest">SHA-256 of what was copied in.</param>
    public sealed record Import(int Version, string Digest, string By) : ArtifactCommand(By);

    /// <param name="Newest">The newest version but for this one, as of the stream's version that the write expects.</param>
    /// <param name="Expired">Its time was over: nobody asked for it.</param>
    public sealed record DeleteVersion(
        int Version, DeletionStrategy Strategy, IReadOnlyList<string> UsedBy, ArtifactEvent.VersionLogged? Newest, bool Expired, string By) : ArtifactCommand(By);

    public sealed record Delete(DeletionStrategy Strategy, IReadOnlyList<string> UsedBy, string By) : ArtifactCommand(By);
}

/// <summary>The rules of tags, retention and deletion.</summary>
internal static class ArtifactDecider
{
    /// <summary>The code of the refusal of a tag that is not there.</summary>
    public const string TagUnknown = "tag.unknown";

    private const int MostNamed = 10;

    public static Decision<ArtifactEvent> Decide(ArtifactCommand command, Artifact? state, DateTimeOffset now) => (command, state) switch
    {
        (_, null or { Latest: null }) => ArtifactKey.Unknown,
        (ArtifactCommand.MoveTag c, { } artifact) => Move(c, artifact, now),
        (ArtifactCommand.DeleteTag c, { } artifact) => Delete(c, artifact, now),
        (ArtifactCommand.SetRetention c, { } artifact) => Retain(c, artifact, now),
        (ArtifactCommand.Import c, { } artifact) => Import(c, artifact, now),
        (ArtifactCommand.DeleteVersion c, { } artifact) => Delete(c, artifact, now),
        (ArtifactCommand.Delete c, { } artifact) => Delete(c, artifact, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>When a version goes; null: never. A time that is over is refused.</summary>
    public static (DateTimeOffset? At, Rejection? Refusal) Expiry(VersionRetention? retention, DateTimeOffset now)
    {
        if (retention is null or { Class: RetentionClass.Keep }) return (null, null);
        var at = retention.ExpiresAt?.ToUniversalTime() ?? now.AddDays(retention.Days ?? 0);
        return at > now ? (at, null) : (null, Rejection.Unprocessable("retention.expired", "The time until which the version is kept is over.", "expiresAt"));
    }

    private static Decision<ArtifactEvent> Move(ArtifactCommand.MoveTag c, Artifact artifact, DateTimeOffset now)
    {
        var at = artifact.Tags?.GetValueOrDefault(c.Tag) ?? 0;
        if (Refusal(artifact, c.Tag, c.Version) is { } refusal) return refusal;

        // Before the comparison: a move that is repeated because its answer was lost finds the tag where it wants it.
        if (at == c.Version) return Decision<ArtifactEvent>.Nothing;
        if (Pointer.NotExpected("tag", c.Tag, c.Expected, at) is { } moved) return moved;
        return new ArtifactEvent.TagMoved(artifact.Key, c.Tag, c.Version, at, c.By, now);
    }

    private static Decision<ArtifactEvent> Delete(ArtifactCommand.DeleteTag c, Artifact artifact, DateTimeOffset now)
    {
        var at = artifact.Tags?.GetValueOrDefault(c.Tag) ?? 0;
        if (at == 0) return UnknownTag(artifact.Key, c.Tag);
        if (Pointer.NotExpected("tag", c.Tag, c.Expected, at) is { } moved) return moved;
        return new ArtifactEvent.TagDeleted(artifact.Key, c.Tag, at, c.By, now);
    }

    private static Decision<ArtifactEvent> Retain(ArtifactCommand.SetRetention c, Artifact artifact, DateTimeOffset now)
    {
        if (!artifact.Has(c.Version)) return UnknownVersion(c.Version);
        var (at, refusal) = Expiry(c.Retention, now);
        return refusal is not null ? refusal : new ArtifactEvent.RetentionSet(artifact.Key, c.Version, at, c.By, now);
    }

    private static Decision<ArtifactEvent> Import(ArtifactCommand.Import c, Artifact artifact, DateTimeOffset now)
    {
        if (!artifact.Has(c.Version)) return UnknownVersion(c.Version);
        return artifact.Latest is { Source.ImportedAt: not null } latest && latest.Version == c.Version
            ? Decision<ArtifactEvent>.Nothing
            : new ArtifactEvent.SourceImported(artifact.Key, c.Version, c.Digest, c.By, now);
    }

    private static Decision<ArtifactEvent> Delete(ArtifactCommand.DeleteVersion c, Artifact artifact, DateTimeOffset now)
    {
        if (!artifact.Has(c.Version)) return UnknownVersion(c.Version);
        var users = (artifact.Tags ?? new Dictionary<string, int>()).Where(tag => tag.Value == c.Version).Select(tag => $"the tag {tag.Key}").Concat(c.UsedBy).ToList();
        if (users.Count > 0) return InUse($"Version {c.Version}", users);
        return new ArtifactEvent.VersionDeleted(
            artifact.Key, c.Version, c.Strategy, c.Expired, artifact.Latest!.Version == c.Version ? c.Newest : null, c.By, now);
    }

    private static Decision<ArtifactEvent> Delete(ArtifactCommand.Delete c, Artifact artifact, DateTimeOffset now) =>
        c.UsedBy.Count > 0 ? InUse("The artifact", c.UsedBy) : new ArtifactEvent.Deleted(artifact.Key, c.Strategy, c.By, now);

    private static Rejection? Refusal(Artifact artifact, string tag, int version)
    {
        if (!Names.IsLabel(tag))
            return Rejection.Malformed("tag.malformed", "A tag is a DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.", "tag");
        if (tag == Pointer.Latest)
            return Pointer.Reserved("tag");
        if (!artifact.Has(version))
            return Rejection.Unprocessable("artifact.version-unknown", $"The artifact '{artifact.Key}' has no version {version}.", "version");
        if (artifact.Tags is { Count: >= Pointer.Most } tags && !tags.ContainsKey(tag))
            return Rejection.Unprocessable("tag.too-many", $"An artifact has at most {Pointer.Most} tags. Delete one first.", "tag");
        return null;
    }

    /// <summary>The refusal of a tag that is not there.</summary>
    public static Rejection UnknownTag(string key, string tag) => Rejection.NotFound(TagUnknown, $"The artifact '{key}' has no tag '{tag}'.");

    private static Rejection UnknownVersion(int version) => Rejection.NotFound("artifact.version-unknown", $"There is no version {version} of the artifact in this project.");

    private static Rejection InUse(string what, IReadOnlyList<string> users) => Rejection.Conflict(
        "artifact.in-use", $"{what} is used by {string.Join(", ", users.Take(MostNamed))}{(users.Count > MostNamed ? $" and {users.Count - MostNamed} more" : "")}. It can be deleted once nothing uses it.");
}
