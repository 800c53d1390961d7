using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>What happens to a registered model.</summary>
public abstract record ModelEvent
{
    private ModelEvent()
    {
    }

    /// <summary>The model was made before its first version, or once more after it was deleted.</summary>
    public sealed record Created(string Model, string? Description, IReadOnlyDictionary<string, string> Tags, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>The description of the model changed.</summary>
    public sealed record Described(string Model, string? Description, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>Tags of the model were set and removed; only what changed.</summary>
    public sealed record Tagged(
        string Model, IReadOnlyDictionary<string, string> Set, IReadOnlyList<string> Removed, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>The model is called something else now.</summary>
    public sealed record Renamed(string Model, string From, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>The model is gone, with its versions and aliases. Its numbers are not given again.</summary>
    public sealed record Deleted(string Model, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>
    /// A version was registered. <paramref name="Card"/> and <paramref name="Statistics"/> name the annexes that hold its
    /// <see cref="ModelCard"/> and the distribution of its training data. <paramref name="Artifact"/> and <paramref name="Digest"/> are empty for one whose files are
    /// elsewhere: at <paramref name="Source"/>.
    /// </summary>
    public sealed record VersionRegistered(
        string Model, int Version, string Framework, string Artifact, int ArtifactVersion, string Digest, long Size, Guid? RunId, string Card,
        string? Statistics, string By, DateTimeOffset At, string? Source = null, string? RunLink = null, string? Description = null,
        IReadOnlyDictionary<string, string>? Tags = null) : ModelEvent;

    /// <summary>What is said of a version changed: it has this description now, and these tags were set and removed.</summary>
    public sealed record VersionAnnotated(
        string Model, int Version, string? Description, IReadOnlyDictionary<string, string> Set, IReadOnlyList<string> Removed, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>A version is in another stage.</summary>
    public sealed record StageChanged(string Model, int Version, ModelStage Stage, ModelStage Previous, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>A version is gone. Its number is not given again.</summary>
    public sealed record VersionDeleted(string Model, int Version, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>Figures of a version were measured after its registration; only what was not known already.</summary>
    public sealed record MetricsLogged(string Model, int Version, IReadOnlyList<MeasuredMetric> Metrics, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>An alias points to a version now; <paramref name="Previous"/> is 0 where it pointed nowhere.</summary>
    public sealed record AliasMoved(string Model, string Alias, int Version, int Previous, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>An alias is gone.</summary>
    public sealed record AliasDeleted(string Model, string Alias, int Previous, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>A version was named the one for production under an alias that points to it.</summary>
    public sealed record Promoted(string Model, int Version, string Alias, int Previous, string? Reason, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>Somebody asks for the approval of a version.</summary>
    public sealed record ApprovalRequested(string Model, int Version, string? Comment, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>A version was approved, by somebody in that role.</summary>
    public sealed record Approved(string Model, int Version, string? Comment, string By, Role Role, DateTimeOffset At) : ModelEvent;

    /// <summary>The approval of a version was refused, by somebody in that role.</summary>
    public sealed record ApprovalRejected(string Model, int Version, string? Comment, string By, Role Role, DateTimeOffset At) : ModelEvent;

    /// <summary>A version takes this alias only when the gate lets it.</summary>
    public sealed record GateSet(string Model, AliasGate Gate, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>Any version may take this alias.</summary>
    public sealed record GateRemoved(string Model, string Alias, string By, DateTimeOffset At) : ModelEvent;
}

/// <summary>A figure of a version, and what and when it was measured.</summary>
public sealed record MeasuredMetric(string Name, double Value, string? Dataset, DateTimeOffset At);
