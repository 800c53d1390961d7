using Mesh.Hosting.Mlflow;

namespace Mesh.Tracking.Mlflow;

internal sealed record MlflowMetric(string Key, double Value, long Timestamp, long Step, string? RunId = null);

internal sealed record MlflowExperiment(
    string ExperimentId, string Name, string ArtifactLocation, string LifecycleStage, long LastUpdateTime, long CreationTime, IReadOnlyList<MlflowPair>? Tags);

internal sealed record MlflowExperimentAnswer(MlflowExperiment Experiment);

internal sealed record MlflowExperimentId(string ExperimentId);

internal sealed record MlflowExperiments(IReadOnlyList<MlflowExperiment>? Experiments, string? NextPageToken);

internal sealed record MlflowRunInfo(
    string RunId, string RunUuid, string RunName, string ExperimentId, string UserId, string Status, long? StartTime, long? EndTime, string ArtifactUri,
    string LifecycleStage);

internal sealed record MlflowRunData(IReadOnlyList<MlflowMetric>? Metrics, IReadOnlyList<MlflowPair>? Params, IReadOnlyList<MlflowPair>? Tags);

internal sealed record MlflowDataset(string Name, string Digest, string SourceType, string Source, string? Schema, string? Profile);

internal sealed record MlflowDatasetInput(IReadOnlyList<MlflowPair>? Tags, MlflowDataset Dataset);

internal sealed record MlflowModelInput(string ModelId);

internal sealed record MlflowModelOutput(string ModelId, long Step);

internal sealed record MlflowRunInputs(IReadOnlyList<MlflowDatasetInput>? DatasetInputs, IReadOnlyList<MlflowModelInput>? ModelInputs);

internal sealed record MlflowRunOutputs(IReadOnlyList<MlflowModelOutput>? ModelOutputs);

internal sealed record MlflowRun(MlflowRunInfo Info, MlflowRunData Data, MlflowRunInputs Inputs, MlflowRunOutputs Outputs);

internal sealed record MlflowRunAnswer(MlflowRun Run);

internal sealed record MlflowRunInfoAnswer(MlflowRunInfo RunInfo);

internal sealed record MlflowRuns(IReadOnlyList<MlflowRun>? Runs, string? NextPageToken);

internal sealed record MlflowMetrics(IReadOnlyList<MlflowMetric>? Metrics, string? NextPageToken = null);

internal sealed record MlflowDatasetSummary(string ExperimentId, string Name, string Digest, string? Context);

internal sealed record MlflowDatasetSummaries(IReadOnlyList<MlflowDatasetSummary>? DatasetSummaries);

internal sealed record MlflowFile(string Path, bool IsDir, long? FileSize);

internal sealed record MlflowFiles(string RootUri, IReadOnlyList<MlflowFile>? Files, string? NextPageToken = null);
