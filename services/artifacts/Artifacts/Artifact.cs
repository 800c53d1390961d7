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

    /// <summary>A version was logged. <paramref name="Metadata"/> names the annex that holds it.</summary>
    public sealed record VersionLogged(
        string Key, int Version, ArtifactKind Kind, string Digest, long Size, string ContentType, string? FileName, Guid? RunId,
        IReadOnlyDictionary<string, string> Labels, string? Metadata, string By, DateTimeOffset At) : ArtifactEvent;
}

/// <summary>An artifact: immutable versions under one key of a project.</summary>
/// <param name="Id">Key of its stream.</param>
/// <param name="Key">Its key in the project.</param>
/// <param name="Versions">Number of its versions, which is also the newest one's number.</param>
/// <param name="Latest">The newest version.</param>
public sealed record Artifact(string Id, string Key, int Versions, ArtifactEvent.VersionLogged Latest)
{
    private const string Prefix = "artifact:";

    /// <summary>Key of the stream of an artifact.</summary>
    public static string StreamOf(string key) => Prefix + key;

    public static Artifact Create(ArtifactEvent.VersionLogged e) => new(StreamOf(e.Key), e.Key, e.Version, e);

    public Artifact Apply(ArtifactEvent.VersionLogged e) => this with { Versions = e.Version, Latest = e };
}

/// <summary>Asks for the next version of an artifact, with the facts that were looked up for it.</summary>
internal sealed record LogVersion(
    string Key, ArtifactKind? Kind, string Digest, long Size, string? ContentType, string? FileName, Guid? RunId,
    IReadOnlyDictionary<string, string>? Labels, string? Metadata, string By)
{
    /// <summary>
    /// The next version. Content that is the same as the newest version's is a version all the same: that it was made once more is a fact.
    /// Without a kind it is of the kind of the version before.
    /// </summary>
    public Decision<ArtifactEvent> Decide(Artifact? state, DateTimeOffset now)
    {
        var kind = Kind ?? state?.Latest.Kind ?? ArtifactKind.File;
        if (!Enum.IsDefined(kind)) return UnknownKind;
        return new ArtifactEvent.VersionLogged(
            Key, (state?.Versions ?? 0) + 1, kind, Digest, Size, ContentType ?? "application/octet-stream", FileName, RunId,
            Labels ?? new Dictionary<string, string>(), Metadata, By, now);
    }

    /// <summary>The refusal of what is no kind.</summary>
    public static Rejection UnknownKind { get; } =
        Rejection.Malformed("artifact.kind-unknown", $"The kind must be one of {EnumNames.List<ArtifactKind>()}.", "kind");
}
