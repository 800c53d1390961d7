using System.Collections.Immutable;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>A registered model: numbered versions, and aliases that point to them.</summary>
/// <param name="Id">Key of its stream.</param>
/// <param name="Name">Its name in the project; after its deletion, its last.</param>
/// <param name="LatestVersion">The highest number that was given; what was deleted keeps its own.</param>
/// <param name="Aliases">Alias to version.</param>
/// <param name="Promoted">Alias to the version last promoted under it, while the alias is still there.</param>
public sealed record Model(
    string Id, string Name, int LatestVersion, IReadOnlyDictionary<string, int> Aliases, IReadOnlyDictionary<string, int> Promoted,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    private const string Prefix = "model:";

    private static readonly ImmutableSortedDictionary<string, string> NoTags = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Version of the stream; its ETag.</summary>
    public long Version { get; set; }

    /// <summary>Markdown.</summary>
    public string? Description { get; init; }

    /// <summary>Tags of the model.</summary>
    public ImmutableSortedDictionary<string, string> Tags { get; init; } = NoTags;

    /// <summary>Numbers of the versions that are gone.</summary>
    public ImmutableSortedSet<int> DeletedVersions { get; init; } = [];

    /// <summary>Version to stage, of those that are in staging or production.</summary>
    public ImmutableSortedDictionary<int, ModelStage> Stages { get; init; } = ImmutableSortedDictionary<int, ModelStage>.Empty;

    /// <summary>Version to its approval.</summary>
    public ImmutableSortedDictionary<int, ModelApproval> Approvals { get; init; } = ImmutableSortedDictionary<int, ModelApproval>.Empty;

    /// <summary>Version to how often metrics of it were logged: who looked them up knows whether they are still the same.</summary>
    public ImmutableSortedDictionary<int, int> MetricLogs { get; init; } = ImmutableSortedDictionary<int, int>.Empty;

    /// <summary>Alias to what a version must fulfil before it takes it.</summary>
    public ImmutableSortedDictionary<string, AliasGate> Gates { get; init; } = ImmutableSortedDictionary.Create<string, AliasGate>(StringComparer.Ordinal);

    /// <summary>Whether it is gone: its name is free again, its history stays.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>The name that it takes up: no two have the same.</summary>
    public string? TakenName => IsDeleted ? null : Name;

    /// <summary>Number of the newest version that is there; 0 when none is.</summary>
    public int Newest
    {
        get
        {
            var newest = LatestVersion;
            while (DeletedVersions.Contains(newest)) newest--;
            return newest;
        }
    }

    /// <summary>Key of the stream of a model.</summary>
    /// <param name="generation">More than 1 where a model that was renamed has the stream of that name already.</param>
    public static string StreamOf(string name, int generation = 1) => generation == 1 ? Prefix + name : string.Create(null, $"{Prefix}{name}~{generation}");

    /// <summary>What versions of the model of a stream are kept under.</summary>
    public static string KeyOf(string stream) => stream[Prefix.Length..];

    public static Model Create(ModelEvent.VersionRegistered e) => new(StreamOf(e.Model), e.Model, e.Version, Empty(), Empty(), e.At, e.At);

    public static Model Create(ModelEvent.Created e) => new Model(StreamOf(e.Model), e.Model, 0, Empty(), Empty(), e.At, e.At) with
    {
        Description = e.Description,
        Tags = NoTags.AddRange(e.Tags),
    };

    /// <summary>It is there again; the numbers of what was deleted with it are gone.</summary>
    public Model Apply(ModelEvent.Created e) => Create(e) with
    {
        Id = Id,
        LatestVersion = LatestVersion,
        DeletedVersions = [.. Enumerable.Range(1, LatestVersion)],
    };

    public Model Apply(ModelEvent.Described e) => this with { Description = e.Description, UpdatedAt = e.At };

    public Model Apply(ModelEvent.Tagged e) => this with { Tags = Tags.RemoveRange(e.Removed).SetItems(e.Set), UpdatedAt = e.At };

    public Model Apply(ModelEvent.Renamed e) => this with { Name = e.Model, UpdatedAt = e.At };

    public Model Apply(ModelEvent.Deleted e) => this with
    {
        IsDeleted = true,
        Aliases = Empty(),
        Promoted = Empty(),
        Stages = Stages.Clear(),
        Approvals = Approvals.Clear(),
        Gates = Gates.Clear(),
        MetricLogs = MetricLogs.Clear(),
        UpdatedAt = e.At,
    };

    public Model Apply(ModelEvent.VersionRegistered e) => this with { LatestVersion = e.Version, UpdatedAt = e.At };

    public Model Apply(ModelEvent.VersionAnnotated e) => this with { UpdatedAt = e.At };

    public Model Apply(ModelEvent.MetricsLogged e) => this with { MetricLogs = MetricLogs.SetItem(e.Version, MetricLogs.GetValueOrDefault(e.Version) + 1), UpdatedAt = e.At };

    public Model Apply(ModelEvent.StageChanged e) => this with
    {
        Stages = e.Stage is ModelStage.Staging or ModelStage.Production ? Stages.SetItem(e.Version, e.Stage) : Stages.Remove(e.Version),
        UpdatedAt = e.At,
    };

    public Model Apply(ModelEvent.VersionDeleted e) => this with
    {
        DeletedVersions = DeletedVersions.Add(e.Version),
        Stages = Stages.Remove(e.Version),
        Approvals = Approvals.Remove(e.Version),
        MetricLogs = MetricLogs.Remove(e.Version),
        UpdatedAt = e.At,
    };

    public Model Apply(ModelEvent.AliasMoved e) => this with { Aliases = With(Aliases, e.Alias, e.Version), UpdatedAt = e.At };

    public Model Apply(ModelEvent.AliasDeleted e) => this with { Aliases = Without(Aliases, e.Alias), Promoted = Without(Promoted, e.Alias), UpdatedAt = e.At };

    public Model Apply(ModelEvent.Promoted e) => this with { Promoted = With(Promoted, e.Alias, e.Version), UpdatedAt = e.At };

    public Model Apply(ModelEvent.ApprovalRequested e) => this with
    {
        Approvals = Approvals.SetItem(e.Version, new ModelApproval(ApprovalStatus.Requested, e.By, null, null, e.Comment, e.At)),
        UpdatedAt = e.At,
    };

    public Model Apply(ModelEvent.Approved e) => this with { Approvals = Decided(ApprovalStatus.Approved, e.Version, e.By, e.Role, e.Comment, e.At), UpdatedAt = e.At };

    public Model Apply(ModelEvent.ApprovalRejected e) => this with { Approvals = Decided(ApprovalStatus.Rejected, e.Version, e.By, e.Role, e.Comment, e.At), UpdatedAt = e.At };

    public Model Apply(ModelEvent.GateSet e) => this with { Gates = Gates.SetItem(e.Gate.Alias, e.Gate), UpdatedAt = e.At };

    public Model Apply(ModelEvent.GateRemoved e) => this with { Gates = Gates.Remove(e.Alias), UpdatedAt = e.At };

    /// <summary>Whether a version of that number is there.</summary>
    internal bool Has(int version) => version >= 1 && version <= LatestVersion && !DeletedVersions.Contains(version);

    internal ModelInfo ToInfo() => new(Name, Newest, Aliases, CreatedAt, UpdatedAt, Version, Description, Tags, [.. Gates.Values]);

    private static SortedDictionary<string, int> Empty() => new(StringComparer.Ordinal);

    private static SortedDictionary<string, int> With(IReadOnlyDictionary<string, int> map, string key, int value) =>
        new(map.ToDictionary(), StringComparer.Ordinal) { [key] = value };

    private static SortedDictionary<string, int> Without(IReadOnlyDictionary<string, int> map, string key) =>
        new(map.Where(pair => pair.Key != key).ToDictionary(), StringComparer.Ordinal);

    private ImmutableSortedDictionary<int, ModelApproval> Decided(
        ApprovalStatus status, int version, string by, Contracts.Role role, string? comment, DateTimeOffset at) =>
        Approvals.SetItem(version, new ModelApproval(status, Approvals.GetValueOrDefault(version)?.RequestedBy, by, role, comment, at));
}
