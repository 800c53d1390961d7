using System.Net;
using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Hub.Running;
using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Inference;

/// <summary>Scores every row of a data set.</summary>
internal sealed class BatchInferenceItem : IHubRunner
{
    public HubItem Item { get; } = new(
        "batch-inference", "Scores every row of a data set with a registered model.",
        [
            new HubParam("dataset", "artifact", "Key of a data set in CSV, or key@version.", Required: true),
            new HubParam("model", "model", "A model of framework mlnet or onnx: name@alias, name@version, or name for the newest.", Required: true),
            new HubParam("output", "artifact", "Key of the data set to write: every column of the input, and the model's outputs.", Required: true),
            new HubParam("target", "column", "Column with the truth, to measure the predictions; the model's own target when absent."),
        ],
        ["artifact {output} (dataset)", "metrics rows, and accuracy, auc, r2, … where the truth is known"])
    {
        Version = "1.0.0",
        Kind = FunctionKind.Hub,
        Categories = ["inference"],
        Inputs = ["artifact {dataset} (dataset)", "model {model}"],
        Example = new HubExample(new Dictionary<string, string> { ["dataset"] = "wine", ["model"] = "wine@champion", ["output"] = "wine-predicted" }),
    };

    public async Task RunAsync(Job job, CancellationToken ct)
    {
        var version = await ResolveAsync(job, job.Params.Text("model"), ct);
        var dataset = await Dataset.LoadAsync(job, job.Params.Text("dataset"), ct);
        var wanted = job.Params.Optional("target");
        var target = wanted is not null
            ? dataset.Table.Column(wanted, "the target")
            : version.Tags.TryGetValue("target", out var own) ? dataset.Table.Find(own) : null;

        using var scorer = await RegisteredModel.LoadAsync(job.Project, version, target?.Name, ct);
        int[] rows = [.. Enumerable.Range(0, dataset.Table.Rows)];
        var outputs = scorer.Score(dataset.Table, rows);
        job.Say($"scored {rows.Length:N0} rows with {version.Model}@{version.Version}");
        job.Run.LogMetric("rows", rows.Length);
        await job.Run.SetTagAsync("model-version", $"{version.Model}@{version.Version}", ct);
        await job.Run.SetTagAsync(Contracts.Tracking.RunTags.InputModel, $"{version.Model}@{version.Version}", ct);
        await job.Run.SetTagAsync(Contracts.Tracking.RunTags.Dataset, dataset.Reference, ct);

        if (target is not null) Measure(job, version, outputs, target);

        var labels = new Dictionary<string, string> { ["dataset"] = dataset.Reference, ["model"] = $"{version.Model}@{version.Version}" };
        var file = Path.GetTempFileName();
        try
        {
            await using (var writer = new StreamWriter(file)) PredictionTable.Write(writer, dataset.Table, outputs);
            var spec = new UploadSpec { Kind = ArtifactKind.Dataset, ContentType = "text/csv", FileName = "predictions.csv", Labels = labels };
            var written = await job.Run.LogArtifactAsync(job.Params.Text("output"), file, spec, ct);
            job.Say($"wrote {written.Key}@{written.Version}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Measure(Job job, ModelVersion version, IReadOnlyList<ModelOutput> outputs, TableColumn target)
    {
        int[] known = [.. Enumerable.Range(0, target.Rows).Where(r => !target.IsMissing(r))];
        if (known.Length == 0) return;
        var chosen = outputs.Select(o => new ModelOutput(
            o.Name, o.Texts is null ? null : [.. known.Select(r => o.Texts[r])], o.Numbers is null ? null : [.. known.Select(r => o.Numbers[r])])).ToList();
        var measures = Evaluation.Measure(chosen, version.Tags, target, known, null);
        foreach (var (name, value) in measures.Where(m => double.IsFinite(m.Value))) job.Run.LogMetric(name, value);
        job.Say(measures.Count == 0
            ? $"the outputs of the model cannot be measured against '{target.Name}'"
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"against '{target.Name}': {string.Join(", ", measures.Select(m => FormattableString.Invariant($"{m.Key} {m.Value:0.0000}")))}"));
    }

    private static async Task<ModelVersion> ResolveAsync(Job job, string reference, CancellationToken ct)
    {
        try
        {
            return await job.Project.Models.ResolveAsync(reference, ct);
        }
        catch (MeshException e) when (e.Status == HttpStatusCode.NotFound)
        {
            throw new HubFailure($"There is no model '{reference}' in project '{job.Project.Name}'.");
        }
    }
}
