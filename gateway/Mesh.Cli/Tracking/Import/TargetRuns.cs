using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Tracking.Import;

/// <summary>A run that an import has made.</summary>
/// <param name="Uri">Where its files are.</param>
/// <param name="State">What the source said of it when it was taken whole; null while it was not.</param>
internal sealed record TargetRun(
    string Id, string Uri, string Status, bool Deleted, string? State, IReadOnlyDictionary<string, string> Params, IReadOnlyDictionary<string, string> Tags,
    IReadOnlySet<string> Metrics)
{
    /// <summary>Reads a run of the protocol.</summary>
    public static TargetRun Read(JsonElement run)
    {
        var (info, data) = (run.Part("info"), run.Part("data"));
        var tags = data.Pairs("tags");
        return new TargetRun(
            info.Text("run_id")!, info.Text("artifact_uri") ?? "", info.Text("status") ?? "", info.Text("lifecycle_stage") == "deleted",
            tags.GetValueOrDefault(ImportTags.State), data.Pairs("params"), tags, data.Items("metrics").Select(metric => metric.Text("key")!).ToHashSet(StringComparer.Ordinal));
    }
}

/// <summary>Finds and makes the experiments of an import, and finds the runs of earlier ones by their tag.</summary>
internal sealed class TargetRuns(MlflowProtocol target)
{
    private const string Open = "open";

    /// <summary>The experiment of a name, deleted or not, and whether an import made it of a deleted one and broke off.</summary>
    public async Task<(string Id, bool Deleted, bool Imported)?> FindExperimentAsync(string name, CancellationToken ct)
    {
        try
        {
            var found = (await target.GetAsync("experiments/get-by-name", ct, ("experiment_name", name))).Part("experiment");
            return (found.Text("experiment_id")!, found.Text("lifecycle_stage") == "deleted", found.Pairs("tags").GetValueOrDefault(ImportTags.Deleted) == Open);
        }
        catch (MlflowException e) when (e.Code == "RESOURCE_DOES_NOT_EXIST")
        {
            return null;
        }
    }

    /// <summary>Deletes an experiment that has come over whole; who restores it keeps it.</summary>
    public async Task DeleteExperimentAsync(string id, CancellationToken ct)
    {
        await target.PostAsync("experiments/set-experiment-tag", new JsonObject { ["experiment_id"] = id, ["key"] = ImportTags.Deleted, ["value"] = "done" }, ct);
        await target.PostAsync("experiments/delete", new JsonObject { ["experiment_id"] = id }, ct);
    }

    public async Task<string> CreateExperimentAsync(SourceExperiment experiment, CancellationToken ct)
    {
        var tags = experiment.Tags.Where(tag => !ImportTags.IsOwn(tag.Key));
        if (experiment.Deleted) tags = tags.Append(new(ImportTags.Deleted, Open));
        var body = new JsonObject { ["name"] = experiment.Name, ["tags"] = MlflowWords.Pairs(tags) };
        return (await target.PostAsync("experiments/create", body, ct)).Text("experiment_id")!;
    }

    /// <summary>The runs of earlier imports, by their ids at the source.</summary>
    public async Task<Dictionary<string, TargetRun>> KnownAsync(string experiment, CancellationToken ct)
    {
        var known = new Dictionary<string, TargetRun>(StringComparer.Ordinal);
        JsonObject Body() => new()
        {
            ["experiment_ids"] = new JsonArray(experiment),
            ["max_results"] = 1000,
            ["run_view_type"] = "ALL",
            ["filter"] = $"tags.`{ImportTags.From}` LIKE '%'",
        };
        await foreach (var page in MlflowServerSource.PagesAsync(target, "runs/search", Body, ct))
        {
            foreach (var item in page.Items("runs"))
            {
                var run = TargetRun.Read(item);
                // One that was deleted and taken again since is there twice: the one in sight counts.
                var from = run.Tags[ImportTags.From];
                if (!known.TryGetValue(from, out var other) || other.Deleted) known[from] = run;
            }
        }

        return known;
    }
}
