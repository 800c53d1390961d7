using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Runs;

/// <summary>What can be asked of a run. An attempt of null means: on nobody's lease (a person, or a program that was never given one).</summary>
internal abstract record RunCommand
{
    private RunCommand()
    {
    }

    /// <param name="ParentExists">Looked up by the caller; true when there is no parent.</param>
    public sealed record Create(
        Guid RunId, string Name, string Experiment, string? Kind, Guid? Parent, IReadOnlyDictionary<string, string> Params,
        IReadOnlyDictionary<string, string> Tags, string CreatedBy, string? Fingerprint = null, bool ParentExists = true,
        long ExperimentId = 0, string? User = null, string? Group = null) : RunCommand;

    public sealed record Rename(string Name) : RunCommand;

    /// <param name="At">When work began, as the caller knows it; now when it is null.</param>
    public sealed record Start(int Attempt, string? Worker, DateTimeOffset? At = null) : RunCommand;

    /// <summary>Work goes on after the end.</summary>
    public sealed record Resume : RunCommand;

    /// <summary>An attempt failed and another will follow.</summary>
    public sealed record LoseAttempt(int Attempt, string Cause) : RunCommand;

    /// <param name="AfterEnd">Whether they are welcome after the end of the run too.</param>
    public sealed record LogParams(IReadOnlyDictionary<string, string> Params, int? Attempt, bool AfterEnd = false) : RunCommand;

    /// <param name="Removed">Tags to remove. When it is null, an empty value removes its tag; otherwise an empty value is a value.</param>
    /// <param name="AfterEnd">Whether they are welcome after the end of the run too.</param>
    public sealed record SetTags(IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string>? Removed = null, bool AfterEnd = false) : RunCommand;

    /// <summary>Data sets that the run read.</summary>
    public sealed record LogInputs(IReadOnlyList<DatasetRef> Datasets) : RunCommand;

    /// <summary>Models that the run made.</summary>
    public sealed record LogOutputs(IReadOnlyList<ModelOutput> Models) : RunCommand;

    public sealed record DescribeContext(RunSource? Source, RunEnvironment? Environment) : RunCommand
    {
        /// <summary>What it changes of a run, if anything.</summary>
        public RunEvent.ContextDescribed? Against(Run run, DateTimeOffset now)
        {
            var source = Source == run.Source ? null : Source;
            var environment = Environment is null || Environment.Equals(run.Environment) ? null : Environment;
            return source is null && environment is null ? null : new RunEvent.ContextDescribed(source, environment, now);
        }
    }

    public sealed record LinkArtifact(string Key, string Kind, int Version) : RunCommand;

    /// <param name="At">When it ended, as the caller knows it; now when it is null.</param>
    public sealed record Complete(int? Attempt, DateTimeOffset? At = null) : RunCommand;

    /// <param name="At">When it ended, as the caller knows it; now when it is null.</param>
    public sealed record Fail(string Cause, int? Attempt, DateTimeOffset? At = null) : RunCommand;

    public sealed record RequestAbort(string? Reason, int? Attempt) : RunCommand;

    /// <param name="At">When it ended, as the caller knows it; now when it is null.</param>
    public sealed record ConfirmAbort(string? Reason, int? Attempt, DateTimeOffset? At = null) : RunCommand;

    /// <param name="AtWork">Whether a run at work goes too.</param>
    /// <param name="WithExperiment">Whether it goes with its experiment.</param>
    public sealed record Delete(bool AtWork = false, bool WithExperiment = false) : RunCommand;

    /// <param name="WithExperiment">Only if it went with its experiment.</param>
    public sealed record Restore(bool WithExperiment = false) : RunCommand;

    /// <summary>Ends a deleted run for good.</summary>
    public sealed record Purge : RunCommand;
}
