using System.Text.Json.Serialization;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Artifacts;

/// <summary>What happens to an artifact.</summary>
public abstract record ArtifactEvent
{
    private ArtifactEvent()
    {
    }

    /// <summary>A version was logged. <paramref name="Metadata"/> names the annex that holds it, <paramref name="ExpiresAt"/> says until when it is kept, if not always.</summary>
    public sealed record VersionLogged(
        string Key, int Version, ArtifactKind Kind, string Digest, long Size, string ContentType, string? FileName, Guid? RunId,
        IReadOnlyDictionary<string, string> Labels, string? Metadata, string By, DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ExpiresAt = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ArtifactSource? Source = null) : ArtifactEvent;

    /// <summary>The bytes of a version that named where they are were copied in: from then on it is a blob like any other.</summary>
    public sealed record SourceImported(string Key, int Version, string Digest, string By, DateTimeOffset At) : ArtifactEvent;

    /// <summary>A tag points to a version now; <paramref name="Previous"/> is 0 where it pointed nowhere.</summary>
    public sealed record TagMoved(string Key, string Tag, int Version, int Previous, string By, DateTimeOffset At) : ArtifactEvent;

    /// <summary>A tag is gone.</summary>
    public sealed record TagDeleted(string Key, string Tag, int Previous, string By, DateTimeOffset At) : ArtifactEvent;

    /// <summary>A version is kept until another time now, or always.</summary>
    public sealed record RetentionSet(string Key, int Version, DateTimeOffset? ExpiresAt, string By, DateTimeOffset At) : ArtifactEvent;

    /// <summary>A version was deleted. <paramref name="Newest"/> is what is the newest since then, where it was this one: null where none is left.</summary>
    public sealed record VersionDeleted(
        string Key, int Version, DeletionStrategy Strategy, bool Expired, VersionLogged? Newest, string By, DateTimeOffset At) : ArtifactEvent;

    /// <summary>All versions were deleted, and all tags. The next one to be logged has the next number.</summary>
    public sealed record Deleted(string Key, DeletionStrategy Strategy, string By, DateTimeOffset At) : ArtifactEvent;
}

/// <summary>An artifact: immutable versions under one key of a project.</summary>
/// <param name="Id">Key of its stream.</param>
/// <param name="Key">Its key in the project.</param>
/// <param name="Versions">The highest number of a version so far. No number is given twice.</param>
/// <param name="Latest">The newest version; null where all are deleted.</param>
public sealed record Artifact(string Id, string Key, int Versions, ArtifactEvent.VersionLogged? Latest)
{
    private const string Prefix = "artifact:";

    /// <summary>Version of the stream; its ETag.</summary>
    public long Version { get; set; }

    /// <summary>Tag to version; null where there is none.</summary>
    public IReadOnlyDictionary<string, int>? Tags { get; init; }

    /// <summary>The numbers that are deleted.</summary>
    public IReadOnlyList<VersionSpan>? Gone { get; init; }

    /// <summary>Whether there is a version of this number.</summary>
    internal bool Has(int version) => version >= 1 && version <= Versions && !VersionSpan.Contain(Gone, version);

    /// <summary>Key of the stream of an artifact.</summary>
    public static string StreamOf(string key) => Prefix + key;

    public static Artifact Create(ArtifactEvent.VersionLogged e) => new(StreamOf(e.Key), e.Key, e.Version, e);

    public Artifact Apply(ArtifactEvent.VersionLogged e) => this with { Versions = e.Version, Latest = e };

    public Artifact Apply(ArtifactEvent.TagMoved e) => this with { Tags = new SortedDictionary<string, int>((Tags ?? NoTags).ToDictionary(), StringComparer.Ordinal) { [e.Tag] = e.Version } };

    public Artifact Apply(ArtifactEvent.TagDeleted e) =>
        this with { Tags = new SortedDictionary<string, int>((Tags ?? NoTags).Where(tag => tag.Key != e.Tag).ToDictionary(), StringComparer.Ordinal) };

    public Artifact Apply(ArtifactEvent.RetentionSet e) => Latest?.Version == e.Version ? this with { Latest = Latest with { ExpiresAt = e.ExpiresAt } } : this;

    public Artifact Apply(ArtifactEvent.SourceImported e) => Latest is { Source: { } source } && Latest.Version == e.Version
        ? this with { Latest = Latest with { Digest = e.Digest, Source = source with { IsChecked = true, ImportedAt = e.At } } }
        : this;

    public Artifact Apply(ArtifactEvent.VersionDeleted e) => this with
    {
        Gone = VersionSpan.Add(Gone, e.Version),
        Latest = Latest?.Version == e.Version ? e.Newest : Latest,
    };

    public Artifact Apply(ArtifactEvent.Deleted e) => this with { Gone = [new VersionSpan(1, Versions)], Latest = null, Tags = null };

    /// <summary>As the API answers it, without metadata.</summary>
    internal ArtifactInfo ToInfo(Annexes.Annex? metadata = null) =>
        new(Key, Latest!.Kind, Versions, LoggedVersion.Of(Latest).ToVersion(metadata), Tags, Version);

    private static readonly IReadOnlyDictionary<string, int> NoTags = new Dictionary<string, int>();
}

/// <summary>Asks for the next version of an artifact, with the facts that were looked up for it.</summary>
internal sealed record LogVersion(
    string Key, ArtifactKind? Kind, string Digest, long Size, string? ContentType, string? FileName, Guid? RunId,
    IReadOnlyDictionary<string, string>? Labels, string? Metadata, string By, VersionRetention? Retention = null, ArtifactSource? Source = null)
{
    /// <summary>
    /// The next version. Content that is the same as the newest version's is a version all the same: that it was made once more is a fact.
    /// Without a kind it is of the kind of the version before, unless that is a directory, which a file is not.
    /// </summary>
    public Decision<ArtifactEvent> Decide(Artifact? state, DateTimeOffset now)
    {
        var kind = Kind ?? (state?.Latest?.Kind is { } last and not ArtifactKind.Directory ? last : ArtifactKind.File);
        if (!Enum.IsDefined(kind)) return UnknownKind;
        var (expires, refusal) = ArtifactDecider.Expiry(Retention, now);
        if (refusal is not null) return refusal;
        return new ArtifactEvent.VersionLogged(
            Key, (state?.Versions ?? 0) + 1, kind, Digest, Size, ContentType ?? "application/octet-stream", FileName, RunId,
            Labels ?? new Dictionary<string, string>(), Metadata, By, now, expires, Source);
    }

    /// <summary>The refusal of what is no kind.</summary>
    public static Rejection UnknownKind { get; } =
        Rejection.Malformed("artifact.kind-unknown", $"The kind must be one of {EnumNames.List<ArtifactKind>()}.", "kind");
}
