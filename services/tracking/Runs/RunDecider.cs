using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using static Mesh.Hosting.Decisions.Rejection;

namespace Mesh.Tracking.Runs;

/// <summary>
/// The life of a run: pending → running → completed, failed, or aborting → aborted. Pure: no clock, no store. The same command twice adds
/// nothing. An end that is reported while aborting is the truth about the work and counts.
/// </summary>
internal static class RunDecider
{
    /// <summary>The most params one run may have: its state travels whole.</summary>
    public const int MaxParams = 2_000;

    /// <summary>The most tags one run may have.</summary>
    public const int MaxTags = 500;

    /// <summary>The most characters that the params and tags of one run may have together, keys and values: lists read many runs whole.</summary>
    public const int MaxText = 1 << 20;

    /// <summary>The most data sets that one run may have read.</summary>
    public const int MaxInputs = 1_000;

    /// <summary>The most models that one run may have made.</summary>
    public const int MaxOutputs = 1_000;

    // Links beyond are found by the artifacts themselves.
    private const int MaxArtifacts = 1_000;

    public static Decision<RunEvent> Decide(RunCommand command, Run? run, DateTimeOffset now) => (command, run) switch
    {
        (RunCommand.Create c, null) => Create(c, now),
        (RunCommand.Create, { PurgedAt: not null }) => Conflict("run.purged", "A run of this id was purged. Choose another id.", "id"),
        (RunCommand.Create c, _) => CreateAgain(c, run),
        (RunCommand.Purge, { PurgedAt: not null }) => Decision<RunEvent>.Nothing,
        (_, { PurgedAt: not null }) => Unknown,
        (RunCommand.Purge, not null) => run.Deleted
            ? new RunEvent.Purged(now)
            : Conflict("run.not-deleted", $"The run {run.Id} is not deleted. Delete it first.", "runs"),
        (RunCommand.Delete, { Deleted: true }) => Decision<RunEvent>.Nothing,
        (RunCommand.Restore c, not null) => Restore(c, run, now),
        (_, null or { Deleted: true }) => Unknown,
        (RunCommand.Start c, _) => Start(c, run, now),
        (RunCommand.LoseAttempt c, _) => LoseAttempt(c, run, now),
        (RunCommand.LogParams c, _) => LogParams(c, run, now),
        (RunCommand.SetTags c, _) => SetTags(c, run, now),
        (RunCommand.Rename c, _) => c.Name == run.Name ? Decision<RunEvent>.Nothing : new RunEvent.Renamed(c.Name, now),
        (RunCommand.Resume, _) => run.HasEnded ? new RunEvent.Resumed(now) : Decision<RunEvent>.Nothing,
        (RunCommand.LogInputs c, _) => LogInputs(c, run, now),
        (RunCommand.LogOutputs c, _) => LogOutputs(c, run, now),
        (RunCommand.DescribeContext c, _) => c.Against(run, now) is { } described ? described : Decision<RunEvent>.Nothing,
        (RunCommand.LinkArtifact c, _) => LinkArtifact(c, run, now),
        (RunCommand.Complete c, _) =>
            End(run, RunStatus.Completed, c.Attempt, () => new RunEvent.Completed(run.Name, run.Experiment, run.Parent, run.Attempt, c.At ?? now)),
        (RunCommand.Fail c, _) =>
            End(run, RunStatus.Failed, c.Attempt, () => new RunEvent.Failed(run.Name, run.Experiment, run.Parent, run.Attempt, c.Cause, c.At ?? now)),
        (RunCommand.RequestAbort c, _) => RequestAbort(c, run, now),
        (RunCommand.ConfirmAbort c, _) => ConfirmAbort(c, run, now),
        (RunCommand.Delete c, _) => run.Status is RunStatus.Running or RunStatus.Aborting && !c.AtWork
            ? Conflict("run.active", $"The run is {Word(run.Status)}. Abort it, wait for its end, then delete it.")
            : new RunEvent.Deleted(now, c.WithExperiment),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No such command."),
    };

    /// <summary>Decides several commands, each on the state that the one before leaves. A refused one adds nothing; the others count.</summary>
    public static Decision<RunEvent> DecideEach(IEnumerable<RunCommand> commands, Run? run, DateTimeOffset now)
    {
        var events = new List<RunEvent>();
        foreach (var command in commands)
        {
            foreach (var happened in Decide(command, run, now).Events)
            {
                events.Add(happened);
                run = Run.Evolve(run, happened);
            }
        }

        return Decision<RunEvent>.Of(events);
    }

    /// <summary>Decides several commands, each on the state that the one before leaves. One refusal refuses all.</summary>
    public static Decision<RunEvent> DecideAll(IEnumerable<RunCommand> commands, Run? run, DateTimeOffset now)
    {
        var events = new List<RunEvent>();
        foreach (var command in commands)
        {
            var decision = Decide(command, run, now);
            if (decision.Rejected is { } rejected) return rejected;
            foreach (var happened in decision.Events)
            {
                events.Add(happened);
                run = Run.Evolve(run, happened);
            }
        }

        return Decision<RunEvent>.Of(events);
    }

    /// <summary>Decides the end of a run, and records what its metrics came to.</summary>
    public static Decision<RunEvent> DecideEnd(RunCommand end, IReadOnlyDictionary<string, MetricSummary> metrics, Run? run, DateTimeOffset now) =>
        WithMetrics(Decide(end, run, now), metrics, now);

    /// <summary>The same for commands of which a refused one adds nothing.</summary>
    public static Decision<RunEvent> DecideEachToEnd(
        IEnumerable<RunCommand> commands, IReadOnlyDictionary<string, MetricSummary> metrics, Run? run, DateTimeOffset now) =>
        WithMetrics(DecideEach(commands, run, now), metrics, now);

    /// <summary>The same for commands of which one refusal refuses all.</summary>
    public static Decision<RunEvent> DecideAllToEnd(
        IEnumerable<RunCommand> commands, IReadOnlyDictionary<string, MetricSummary> metrics, Run? run, DateTimeOffset now) =>
        WithMetrics(DecideAll(commands, run, now), metrics, now);

    /// <summary>Whether samples (points, text) of an attempt are still welcome.</summary>
    /// <param name="afterEnd">Whether they are welcome after the end of the run too, and after the loss of the attempt until another follows.</param>
    public static Rejection? RefuseSamples(RunLife? run, int? attempt, bool afterEnd) => run switch
    {
        null or { Deleted: true } => Unknown,
        _ when Lease(afterEnd ? run with { LostAttempt = 0 } : run, attempt) is { } lost => lost,
        { HasEnded: true } when !afterEnd => Closed(run),
        _ => null,
    };

    /// <summary>404: there is no such run, or it was deleted, or it is in another project.</summary>
    public static Rejection Unknown { get; } = NotFound("run.unknown", "There is no such run in this project.");

    private static Decision<RunEvent> WithMetrics(Decision<RunEvent> decision, IReadOnlyDictionary<string, MetricSummary> metrics, DateTimeOffset now)
    {
        var events = decision.Events.ToList();
        var end = events.FindIndex(happened => happened is RunEvent.Completed or RunEvent.Failed or RunEvent.Aborted);
        if (end < 0 || metrics.Count == 0) return decision;
        events.Insert(end, new RunEvent.MetricsSummarized(metrics, now));
        return Decision<RunEvent>.Of(events);
    }

    private static Decision<RunEvent> Create(RunCommand.Create c, DateTimeOffset now)
    {
        if (!c.ParentExists) return Unprocessable("parent.unknown", $"There is no run {c.Parent} in this project to be the parent.", "parent");
        var created = new RunEvent.Created(c.RunId, c.Name, c.Experiment, c.Kind, c.Parent, c.Params, c.Tags, c.CreatedBy, now, c.Fingerprint, c.ExperimentId, c.User, c.Group);
        return TooMuchText(Run.Create(created), "params") is { } tooMuch ? tooMuch : created;
    }

    // The same key or the same id again is a repeat when what it asks for is already so. Tags may have moved on since.
    private static Decision<RunEvent> CreateAgain(RunCommand.Create c, Run run)
    {
        if (c.Fingerprint is not null && run.Fingerprint is not null)
            return c.Fingerprint == run.Fingerprint ? Decision<RunEvent>.Nothing : IdempotencyKey.Reused;
        if (run.Deleted) return Conflict("run.exists", $"Run {c.RunId} existed and was deleted; its id is not free.", "id");
        var same = c.Name == run.Name && c.ExperimentId == run.ExperimentId && c.Parent == run.Parent && (c.Kind is null || c.Kind == run.Kind)
            && c.Params.All(p => run.Params.TryGetValue(p.Key, out var value) && value == p.Value);
        return same ? Decision<RunEvent>.Nothing : Conflict("run.exists", $"Run {c.RunId} exists with another name, experiment, kind, parent or param.", "id");
    }

    private static Decision<RunEvent> Start(RunCommand.Start c, Run run, DateTimeOffset now)
    {
        if (c.Attempt < run.Attempt) return LeaseLost(run.Life, c.Attempt);
        if (run.HasEnded) return Closed(run.Life);
        if (run.Status == RunStatus.Aborting) return Conflict("run.aborting", "An abort was asked for: no attempt may start. Confirm it with POST …/aborted.");
        if (c.Attempt <= run.LostAttempt) return LeaseLost(run.Life, c.Attempt);
        if (c.Attempt == run.Attempt)
        {
            return c.Worker == run.Worker
                ? Decision<RunEvent>.Nothing
                : Conflict("run.lease-held", $"Attempt {c.Attempt} is held by {run.Worker ?? "a worker with no name"}. Start with a higher attempt to take over.");
        }

        var started = new RunEvent.Started(c.Attempt, c.Worker, c.At ?? now);
        return run.Attempt > run.LostAttempt
            ? Decision<RunEvent>.Of(new RunEvent.AttemptLost(run.Attempt, $"Attempt {c.Attempt} took over.", now), started)
            : started;
    }

    private static Decision<RunEvent> LoseAttempt(RunCommand.LoseAttempt c, Run run, DateTimeOffset now)
    {
        if (c.Attempt <= run.LostAttempt) return Decision<RunEvent>.Nothing;
        if (Lease(run.Life, c.Attempt) is { } lost) return lost;
        return run.HasEnded ? Closed(run.Life) : new RunEvent.AttemptLost(c.Attempt, c.Cause, now);
    }

    private static Decision<RunEvent> LogParams(RunCommand.LogParams c, Run run, DateTimeOffset now)
    {
        if (Lease(run.Life, c.Attempt) is { } lost) return lost;
        if (run.HasEnded && !c.AfterEnd) return Closed(run.Life);
        var added = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in c.Params)
        {
            if (!run.Params.TryGetValue(key, out var old)) added[key] = value;
            else if (old != value)
                return Conflict("param.immutable", $"Param '{key}' is already '{Shown(old)}'; params are written once.", $"params.{key}");
        }

        if (added.Count == 0) return Decision<RunEvent>.Nothing;
        if (run.Params.Count + added.Count > MaxParams) return Unprocessable("params.too-many", $"A run holds at most {MaxParams} params.", "params");
        var logged = new RunEvent.ParamsLogged(added, now);
        return TooMuchText(run.Apply(logged), "params") is { } tooMuch ? tooMuch : logged;
    }

    private static Decision<RunEvent> SetTags(RunCommand.SetTags c, Run run, DateTimeOffset now)
    {
        if (run.HasEnded && !c.AfterEnd) return Closed(run.Life);
        var set = c.Tags.Where(t => (t.Value.Length > 0 || c.Removed is not null) && (!run.Tags.TryGetValue(t.Key, out var old) || old != t.Value))
            .ToDictionary(StringComparer.Ordinal);
        string[] removed = [.. (c.Removed ?? c.Tags.Where(t => t.Value.Length == 0).Select(t => t.Key)).Where(run.Tags.ContainsKey)];
        if (set.Count == 0 && removed.Length == 0) return Decision<RunEvent>.Nothing;
        var changed = new RunEvent.TagsSet(set, removed, now);
        var after = run.Apply(changed);
        if (after.Tags.Count > MaxTags) return Unprocessable("tags.too-many", $"A run holds at most {MaxTags} tags.", "tags");
        return set.Count > 0 && TooMuchText(after, "tags") is { } tooMuch ? tooMuch : changed;
    }

    private static Decision<RunEvent> LogInputs(RunCommand.LogInputs c, Run run, DateTimeOffset now)
    {
        var added = c.Datasets.Where(dataset => !run.Inputs.Contains(dataset)).ToList();
        if (added.Count == 0) return Decision<RunEvent>.Nothing;
        var logged = new RunEvent.InputsLogged(added, now);
        return run.Apply(logged).Inputs.Count > MaxInputs
            ? Unprocessable("inputs.too-many", $"A run holds at most {MaxInputs} inputs.", "datasets")
            : logged;
    }

    private static Decision<RunEvent> LogOutputs(RunCommand.LogOutputs c, Run run, DateTimeOffset now)
    {
        var added = c.Models.Where(model => !run.Outputs.Contains(model)).ToList();
        if (added.Count == 0) return Decision<RunEvent>.Nothing;
        var logged = new RunEvent.OutputsLogged(added, now);
        return run.Apply(logged).Outputs.Count > MaxOutputs
            ? Unprocessable("outputs.too-many", $"A run holds at most {MaxOutputs} outputs.", "models")
            : logged;
    }

    // News of a version may come late or twice.
    private static Decision<RunEvent> LinkArtifact(RunCommand.LinkArtifact c, Run run, DateTimeOffset now) =>
        run.Artifacts.Any(linked => linked.Key == c.Key && linked.Version >= c.Version) || run.Artifacts.Count >= MaxArtifacts
            ? Decision<RunEvent>.Nothing
            : new RunEvent.ArtifactLinked(c.Key, c.Kind, c.Version, now);

    private static Decision<RunEvent> Restore(RunCommand.Restore c, Run run, DateTimeOffset now) =>
        run.Deleted && (!c.WithExperiment || run.DeletedWithExperiment) ? new RunEvent.Restored(now) : Decision<RunEvent>.Nothing;

    private static Decision<RunEvent> End(Run run, RunStatus end, int? attempt, Func<RunEvent> happened)
    {
        if (Lease(run.Life, attempt) is { } lost) return lost;
        if (run.HasEnded) return run.Status == end ? Decision<RunEvent>.Nothing : Closed(run.Life);
        return run.Status == RunStatus.Pending
            ? Conflict("run.not-started", "The run has not started. POST …/start first.")
            : happened();
    }

    private static Decision<RunEvent> RequestAbort(RunCommand.RequestAbort c, Run run, DateTimeOffset now)
    {
        if (Lease(run.Life, c.Attempt) is { } lost) return lost;
        if (run.Status is RunStatus.Aborting or RunStatus.Aborted) return Decision<RunEvent>.Nothing;
        if (run.HasEnded) return Closed(run.Life);
        var requested = new RunEvent.AbortRequested(c.Reason, now);
        return run.Status == RunStatus.Pending
            ? Decision<RunEvent>.Of(requested, new RunEvent.Aborted(run.Name, run.Experiment, run.Parent, c.Reason, now))
            : requested;
    }

    private static Decision<RunEvent> ConfirmAbort(RunCommand.ConfirmAbort c, Run run, DateTimeOffset now)
    {
        if (Lease(run.Life, c.Attempt) is { } lost) return lost;
        if (run.Status == RunStatus.Aborted) return Decision<RunEvent>.Nothing;
        if (run.HasEnded) return Closed(run.Life);
        return run.Status == RunStatus.Aborting
            ? new RunEvent.Aborted(run.Name, run.Experiment, run.Parent, c.Reason ?? run.Cause, c.At ?? now)
            : Conflict("run.not-aborting", "No abort was asked for. POST …/abort first.");
    }

    private static Rejection? Lease(RunLife run, int? attempt) => attempt switch
    {
        null => null,
        _ when attempt < run.Attempt => LeaseLost(run, attempt.Value),
        _ when attempt > run.Attempt => Conflict("run.attempt-unknown", run.Attempt == 0
            ? $"Attempt {attempt} has not started. POST …/start first."
            : $"Attempt {attempt} has not started; attempt {run.Attempt} holds the run.", "attempt"),
        _ when attempt <= run.LostAttempt => LeaseLost(run, attempt.Value),
        _ => null,
    };

    private static Rejection LeaseLost(RunLife run, int attempt) => Conflict("run.lease-lost", attempt < run.Attempt
        ? $"Attempt {attempt} lost its lease: attempt {run.Attempt} holds the run now."
        : $"Attempt {attempt} lost its lease: {Shown(run.LostCause ?? "no cause was given")}", "attempt");

    private static Rejection? TooMuchText(Run after, string field) => after.TextLength > MaxText
        ? Unprocessable($"{field}.too-long", $"The params and tags of a run hold at most {MaxText} characters together.", field)
        : null;

    private static Rejection Closed(RunLife run) => Conflict("run.closed", $"The run has ended: it is {Word(run.Status)} since {run.EndedAt:O}.");

    private static string Word(RunStatus status) => status.ToString().ToLowerInvariant();

    private static string Shown(string value) => value.Length <= 80 ? value : $"{value[..80]}…";
}
