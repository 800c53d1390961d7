using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JasperFx;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Runs;

/// <summary>A run as its events leave it. Kept as a snapshot in the transaction of each append, so reads see every write at once.</summary>
public sealed record Run : ILongVersioned
{
    private static readonly IReadOnlyDictionary<string, string> None = ImmutableDictionary<string, string>.Empty;

    /// <summary>Key of the stream: the run's id in its usual text form.</summary>
    public string Id { get; init; } = "";

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    /// <summary>For people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Name that its experiment had when it was created.</summary>
    public string Experiment { get; init; } = "";

    /// <summary>Number of its experiment.</summary>
    public long ExperimentId { get; init; }

    /// <summary>For whom it was created.</summary>
    public string? UserId { get; init; }

    /// <summary>A name that runs of one purpose share.</summary>
    public string? RunGroup { get; init; }

    /// <summary>What made it.</summary>
    public string? Kind { get; init; }

    /// <summary>The run that it is a child of.</summary>
    public Guid? Parent { get; init; }

    /// <summary>Where it is in its life.</summary>
    public RunStatus Status { get; init; }

    /// <summary>The attempt that holds the lease, 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>The newest attempt known to be lost, 0 if none is.</summary>
    public int LostAttempt { get; init; }

    /// <summary>Why that one was lost.</summary>
    public string? LostCause { get; init; }

    /// <summary>Who holds the lease.</summary>
    public string? Worker { get; init; }

    /// <summary>Why it failed or was aborted.</summary>
    public string? Cause { get; init; }

    /// <summary>Write-once values.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = None;

    /// <summary>Values that may change.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = None;

    /// <summary>Who created it.</summary>
    public string CreatedBy { get; init; } = "";

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its first attempt started; before that, when it was created. What lists of an experiment are sorted by.</summary>
    public DateTimeOffset BeganAt { get; init; }

    /// <summary>When its first attempt started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Where its code came from.</summary>
    public RunSource? Source { get; init; }

    /// <summary>What it ran on.</summary>
    public RunEnvironment? Environment { get; init; }

    /// <summary>Data sets that it read.</summary>
    public IReadOnlyList<DatasetRef> Inputs { get; init; } = [];

    /// <summary>Models that it made.</summary>
    public IReadOnlyList<ModelOutput> Outputs { get; init; } = [];

    /// <summary>Artifacts that were logged for it: the newest version of each key.</summary>
    public IReadOnlyList<LinkedArtifact> Artifacts { get; init; } = [];

    /// <summary>Whether it was taken out of sight.</summary>
    public bool Deleted { get; init; }

    /// <summary>Whether it went with its experiment.</summary>
    public bool DeletedWithExperiment { get; init; }

    /// <summary>When it was taken out of sight.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>When it was purged: nothing answers for it any more.</summary>
    public DateTimeOffset? PurgedAt { get; init; }

    /// <summary>Hash of the request that created it, if that carried an idempotency key.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Whether it has reached one of its three ends.</summary>
    [JsonIgnore]
    public bool HasEnded => Life.HasEnded;

    /// <summary>The part that says whether samples are welcome.</summary>
    [JsonIgnore]
    internal RunLife Life => new(Status, Attempt, LostAttempt, LostCause, EndedAt, Deleted);

    /// <summary>Characters of its params and tags, keys and values.</summary>
    internal int TextLength => Params.Concat(Tags).Sum(pair => pair.Key.Length + pair.Value.Length);

    public static Run Create(RunEvent.Created e) => new()
    {
        Id = e.RunId.ToString(),
        Name = e.Name,
        Experiment = e.Experiment,
        ExperimentId = e.ExperimentId,
        UserId = e.User ?? e.CreatedBy,
        RunGroup = e.Group,
        Kind = e.Kind,
        Parent = e.Parent,
        Params = e.Params,
        Tags = e.Tags,
        CreatedBy = e.CreatedBy,
        CreatedAt = e.At,
        BeganAt = e.At,
        Fingerprint = e.Fingerprint,
    };

    public Run Apply(RunEvent.Started e) =>
        this with { Status = RunStatus.Running, Attempt = e.Attempt, Worker = e.Worker, StartedAt = StartedAt ?? e.At, BeganAt = StartedAt ?? e.At };

    public Run Apply(RunEvent.AttemptLost e) => this with { LostAttempt = e.Attempt, LostCause = e.Cause };

    public Run Apply(RunEvent.ParamsLogged e) => this with { Params = With(Params, e.Params, []) };

    public Run Apply(RunEvent.TagsSet e) => this with { Tags = With(Tags, e.Set, e.Removed) };

    public Run Apply(RunEvent.Completed e) => this with { Status = RunStatus.Completed, EndedAt = e.At };

    public Run Apply(RunEvent.Failed e) => this with { Status = RunStatus.Failed, Cause = e.Cause, EndedAt = e.At };

    // A pending run has no worker that could confirm: its end follows in the same decision.
    public Run Apply(RunEvent.AbortRequested e) => this with { Status = RunStatus.Aborting, Cause = e.Reason };

    public Run Apply(RunEvent.Aborted e) => this with { Status = RunStatus.Aborted, Cause = e.Reason, EndedAt = e.At };

    public Run Apply(RunEvent.Renamed e) => this with { Name = e.Name };

    public Run Apply(RunEvent.Resumed _) => this with { Status = RunStatus.Running, Cause = null, EndedAt = null };

    public Run Apply(RunEvent.InputsLogged e) => this with { Inputs = [.. Inputs.Where(old => !e.Datasets.Any(old.IsSame)), .. e.Datasets] };

    public Run Apply(RunEvent.OutputsLogged e) => this with { Outputs = [.. Outputs.Where(old => e.Models.All(model => model.ModelId != old.ModelId)), .. e.Models] };

    public Run Apply(RunEvent.ContextDescribed e) => this with { Source = e.Source ?? Source, Environment = e.Environment ?? Environment };

    public Run Apply(RunEvent.ArtifactLinked e) =>
        this with { Artifacts = [.. Artifacts.Where(old => old.Key != e.Key), new LinkedArtifact(e.Key, e.Kind, e.ArtifactVersion)] };

    // The values are the store's own, beside the snapshot: the event is for history.
    public Run Apply(RunEvent.MetricsSummarized _) => this;

    public Run Apply(RunEvent.Deleted e) => this with { Deleted = true, DeletedWithExperiment = e.WithExperiment, DeletedAt = e.At };

    public Run Apply(RunEvent.Restored _) => this with { Deleted = false, DeletedWithExperiment = false, DeletedAt = null };

    // What its experiment does no longer moves it.
    public Run Apply(RunEvent.Purged e) => this with { PurgedAt = e.At, DeletedWithExperiment = false };

    /// <summary>The state after one more event: the same fold that the store does.</summary>
    internal static Run Evolve(Run? run, RunEvent happened) => happened switch
    {
        RunEvent.Created e => Create(e),
        _ when run is null => throw new InvalidOperationException($"{happened.GetType().Name} before the run was created."),
        RunEvent.Started e => run.Apply(e),
        RunEvent.AttemptLost e => run.Apply(e),
        RunEvent.ParamsLogged e => run.Apply(e),
        RunEvent.TagsSet e => run.Apply(e),
        RunEvent.Completed e => run.Apply(e),
        RunEvent.Failed e => run.Apply(e),
        RunEvent.AbortRequested e => run.Apply(e),
        RunEvent.Aborted e => run.Apply(e),
        RunEvent.Deleted e => run.Apply(e),
        RunEvent.Renamed e => run.Apply(e),
        RunEvent.Resumed e => run.Apply(e),
        RunEvent.InputsLogged e => run.Apply(e),
        RunEvent.OutputsLogged e => run.Apply(e),
        RunEvent.ContextDescribed e => run.Apply(e),
        RunEvent.ArtifactLinked e => run.Apply(e),
        RunEvent.MetricsSummarized e => run.Apply(e),
        RunEvent.Restored e => run.Apply(e),
        RunEvent.Purged e => run.Apply(e),
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is no event of a run."),
    };

    private static Dictionary<string, string> With(
        IReadOnlyDictionary<string, string> old, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> removed)
    {
        var values = new Dictionary<string, string>(old, StringComparer.Ordinal);
        foreach (var key in removed) values.Remove(key);
        foreach (var (key, value) in set) values[key] = value;
        return values;
    }
}
