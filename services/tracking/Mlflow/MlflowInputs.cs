using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Inputs;

namespace Mesh.Tracking.Mlflow;

/// <summary>Data sets of a run in the protocol's shape.</summary>
internal static class MlflowInputs
{
    public static MlflowDatasetInput Show(RunInput input) => new(
        input.Tags.Select(tag => new MlflowPair(tag.Key, tag.Value)).ToList().OrAbsent(),
        new MlflowDataset(input.Name, input.Digest, input.SourceType, input.Source, input.Schema, input.Profile));

    /// <summary>Reads <c>datasets</c> of <c>runs/log-inputs</c>.</summary>
    public static IReadOnlyList<RunInput> Read(MlflowArguments arguments) => [.. arguments.Items("datasets").Select(item =>
    {
        var tags = item.Pairs("tags");
        foreach (var (key, value) in tags) MlflowForm.Value(value, MlflowForm.Key(key, "datasets.tags.key"), MlflowLimits.TagValue);
        var dataset = item.RequiredObject("dataset");
        return new RunInput(
            MlflowForm.Value(dataset.Required("name"), "dataset.name", MlflowLimits.DatasetName),
            MlflowForm.Value(dataset.Required("digest"), "dataset.digest", MlflowLimits.DatasetDigest),
            MlflowForm.Value(dataset.Required("source_type"), "dataset.source_type", 250),
            MlflowForm.Value(dataset.Required("source"), "dataset.source", MlflowLimits.DatasetSource),
            dataset.Text("schema") is { } schema ? MlflowForm.Value(schema, "dataset.schema", MlflowLimits.DatasetSchema) : null,
            dataset.Text("profile") is { } profile ? MlflowForm.Value(profile, "dataset.profile", MlflowLimits.DatasetProfile) : null,
            tags.GetValueOrDefault(MlflowTags.DatasetContext),
            tags);
    })];
}
