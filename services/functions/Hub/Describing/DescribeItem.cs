using System.Text;
using System.Text.Json;
using Mesh.Client.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.Hub.Running;

namespace Mesh.Hub.Describing;

/// <summary>Statistics, a report and plots of a data set.</summary>
internal sealed class DescribeItem : IHubRunner
{
    public HubItem Item { get; } = new(
        "describe", "Statistics, a report and plots of a data set.",
        [
            new HubParam("dataset", "artifact", "Key of a data set in CSV, or key@version.", Required: true),
            new HubParam("target", "column", "Column to relate the others to."),
        ],
        [
            "artifact describe/{dataset}/statistics.json (document)", "artifact describe/{dataset}/report.md (document)",
            "artifact describe/{dataset}/histograms.vl.json, class-balance.vl.json, correlations.vl.json (plots)", "metrics rows, columns, missing",
        ])
    {
        Version = "1.0.0",
        Kind = FunctionKind.Hub,
        Categories = ["data"],
        Inputs = ["artifact {dataset} (dataset)"],
        Example = new HubExample(new Dictionary<string, string> { ["dataset"] = "wine", ["target"] = "cultivar" }),
    };

    public async Task RunAsync(Job job, CancellationToken ct)
    {
        var dataset = await Dataset.LoadAsync(job, job.Params.Text("dataset"), ct);
        await job.Run.SetTagAsync(RunTags.Dataset, dataset.Reference, ct);
        var description = Description.Of(dataset.Table, dataset.Version.Key, dataset.Version.Version, job.Params.Optional("target"));
        job.Run.LogMetric("rows", description.Rows);
        job.Run.LogMetric("columns", description.Columns.Count);
        job.Run.LogMetric("missing", description.Missing);
        foreach (var column in description.Columns.Where(c => c.Warning is not null)) job.Say($"'{column.Name}' {column.Warning}");

        var prefix = $"describe/{dataset.Version.Key}";
        await Log("statistics.json", ArtifactKind.Document, "application/json", JsonSerializer.SerializeToUtf8Bytes(description, MeshJson.Strict));
        await Log("report.md", ArtifactKind.Document, "text/markdown", Encoding.UTF8.GetBytes(Report.Of(description)));
        if (description.Columns.Any(c => c.Quantiles is not null))
            await Log("histograms.vl.json", ArtifactKind.Plot, Charts.MediaType, Charts.Bytes(Charts.Histograms(description)));
        if (description.Columns.FirstOrDefault(c => c.Name == description.Target) is { Top: not null } target)
            await Log("class-balance.vl.json", ArtifactKind.Plot, Charts.MediaType, Charts.Bytes(Charts.ClassBalance(description, target)));
        if (description.Correlations.Columns.Count > 1)
            await Log("correlations.vl.json", ArtifactKind.Plot, Charts.MediaType, Charts.Bytes(Charts.Correlations(description)));

        async Task Log(string name, ArtifactKind kind, string mediaType, byte[] content)
        {
            var labels = new Dictionary<string, string> { ["dataset"] = dataset.Reference };
            await job.Run.LogArtifactAsync($"{prefix}/{name}", content, new UploadSpec { Kind = kind, ContentType = mediaType, FileName = name, Labels = labels }, ct);
            job.Say($"wrote {prefix}/{name}");
        }
    }
}
