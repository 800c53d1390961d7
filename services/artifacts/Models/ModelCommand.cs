using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>What may be asked of a registered model. Facts from elsewhere (the artifact, the annexes, metrics) come looked up.</summary>
internal abstract record ModelCommand(string By)
{
    public sealed record Create(string Model, string? Description, IReadOnlyDictionary<string, string> Tags, string By) : ModelCommand(By);

    /// <summary>What is null stays as it is; an empty description is none; a tag without a value goes.</summary>
    public sealed record Change(string? Description, IReadOnlyDictionary<string, string?>? Tags, string By) : ModelCommand(By);

    public sealed record Rename(string Name, string By) : ModelCommand(By);

    public sealed record Delete(string By) : ModelCommand(By);

    public sealed record Register(
        string Model, string Framework, string Artifact, int ArtifactVersion, string Digest, long Size, Guid? RunId, string Card, string? Statistics,
        string By, string? Source = null, string? RunLink = null, string? Description = null, IReadOnlyDictionary<string, string>? Tags = null) : ModelCommand(By);

    /// <param name="Known">The description and the tags that the version has.</param>
    public sealed record ChangeVersion(
        int Version, string? Description, IReadOnlyDictionary<string, string?>? Tags, VersionNotes Known, string By) : ModelCommand(By);

    /// <param name="Metrics">Those without a time were measured now.</param>
    /// <param name="Known">The latest of each name, looked up when metrics had been logged <paramref name="Logs"/> times.</param>
    public sealed record LogMetrics(
        int Version, IReadOnlyList<NewModelMetric> Metrics, IReadOnlyDictionary<string, MeasuredMetric> Known, int Logs, string By) : ModelCommand(By);

    /// <param name="From">The stage that the version is in.</param>
    /// <param name="ArchiveOthers">Whether the versions that are in the stage already leave it.</param>
    public sealed record MoveToStage(int Version, ModelStage Stage, ModelStage From, bool ArchiveOthers, string By) : ModelCommand(By);

    public sealed record DeleteVersion(int Version, string By) : ModelCommand(By);

    /// <param name="Metrics">By version, of those that a gate may ask for.</param>
    public sealed record MoveAlias(string Alias, int Version, int? Expected, string By, VersionMetrics? Metrics = null) : ModelCommand(By);

    public sealed record DeleteAlias(string Alias, int? Expected, string By) : ModelCommand(By);

    /// <param name="Metrics">By version, of those that a gate may ask for.</param>
    public sealed record Promote(string Alias, int Version, int? Expected, string? Reason, string By, VersionMetrics? Metrics = null) : ModelCommand(By);

    public sealed record DecideApproval(int Version, ApprovalAction Action, string? Comment, string By, Role Role) : ModelCommand(By);

    public sealed record SetGate(AliasGate Gate, string By) : ModelCommand(By);

    public sealed record RemoveGate(string Alias, string By) : ModelCommand(By);
}

/// <summary>What can be said of a version after its registration.</summary>
internal sealed record VersionNotes(string? Description, IReadOnlyDictionary<string, string> Tags);

/// <summary>Metrics by version; a version without an entry was not looked up.</summary>
/// <param name="Logs">How often metrics of a version had been logged then; not at all where it is left out.</param>
internal sealed record VersionMetrics(IReadOnlyDictionary<int, IReadOnlyDictionary<string, double>> OfVersion, IReadOnlyDictionary<int, int>? Logs = null);
