using Mesh.Contracts.Tracking;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Runs;

namespace Mesh.Tracking.Mlflow;

/// <summary>What the service holds, in the shapes of the protocol.</summary>
internal static class MlflowView
{
    public static MlflowExperiment Of(Experiment experiment) => new(
        MlflowIds.Of(experiment.Number), experiment.Name, MlflowIds.ArtifactLocation(experiment), Stage(experiment.Deleted), experiment.UpdatedAt.ToUnixTimeMilliseconds(),
        experiment.CreatedAt.ToUnixTimeMilliseconds(), Pairs(experiment.Tags));

    public static MlflowRunInfo InfoOf(Run run, string? experimentLocation)
    {
        var id = MlflowIds.Of(run);
        return new MlflowRunInfo(
            id, id, run.Name, MlflowIds.Of(run.ExperimentId), run.UserId ?? run.CreatedBy, StatusOf(run.Status), (run.StartedAt ?? run.CreatedAt).ToUnixTimeMilliseconds(),
            run.EndedAt?.ToUnixTimeMilliseconds(), MlflowIds.ArtifactUri(run, experimentLocation), Stage(run.Deleted));
    }

    public static MlflowRun Of(Run run, string? experimentLocation, IReadOnlyList<MlflowMetric>? metrics, IReadOnlyList<MlflowDatasetInput>? datasets) => new(
        InfoOf(run, experimentLocation),
        new MlflowRunData(metrics, Pairs(run.Params), Pairs(TagsOf(run))),
        new MlflowRunInputs(datasets, null),
        new MlflowRunOutputs(run.Outputs.Select(model => new MlflowModelOutput(model.ModelId, model.Step)).ToList().OrAbsent()));

    public static string StatusOf(RunStatus status) => status switch
    {
        RunStatus.Pending => "SCHEDULED",
        RunStatus.Running or RunStatus.Aborting => "RUNNING",
        RunStatus.Completed => "FINISHED",
        RunStatus.Failed => "FAILED",
        RunStatus.Aborted => "KILLED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };

    // Runs that came by the platform's own API have no such tag, and clients of the protocol look for it.
    private static IEnumerable<KeyValuePair<string, string>> TagsOf(Run run)
    {
        foreach (var tag in run.Tags) if (tag.Key != MlflowTags.RunName) yield return tag;
        yield return new(MlflowTags.RunName, run.Name);
        if (run.Parent is { } parent && !run.Tags.ContainsKey(MlflowTags.ParentRunId)) yield return new(MlflowTags.ParentRunId, MlflowIds.Of(parent));
    }

    private static IReadOnlyList<MlflowPair>? Pairs(IEnumerable<KeyValuePair<string, string>> values) =>
        values.Select(pair => new MlflowPair(pair.Key, pair.Value)).ToList().OrAbsent();

    private static string Stage(bool deleted) => deleted ? "deleted" : "active";
}

/// <summary>Tags that the protocol gives a meaning.</summary>
internal static class MlflowTags
{
    public const string RunName = "mlflow.runName";
    public const string ParentRunId = "mlflow.parentRunId";
    public const string SourceName = "mlflow.source.name";
    public const string GitCommit = "mlflow.source.git.commit";
    public const string GitUrl = "mlflow.source.git.repoURL";
    public const string DatasetContext = "mlflow.data.context";
    public const string LoggedModels = "mlflow.log-model.history";
}
