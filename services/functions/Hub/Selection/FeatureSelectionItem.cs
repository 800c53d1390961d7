using System.Text;
using Mesh.Client.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.Hub.Describing;
using Mesh.Hub.Running;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;

namespace Mesh.Hub.Selection;

/// <summary>Scores the columns of a data set by several filters that vote, and writes a data set of those that are worth keeping.</summary>
internal sealed class FeatureSelectionItem : IHubRunner
{
    private const string None = "none";

    public HubItem Item { get; } = new(
        "feature-selection", "Scores the columns of a data set by statistics and models that vote, and writes a data set of the best.",
        [
            new HubParam("dataset", "artifact", "Key of a data set in CSV, or key@version.", Required: true),
            new HubParam("target", "column", "Column to predict.", Required: true),
            new HubParam("task", "choice", "auto, classification or regression.", Default: "auto", Choices: ["auto", .. LearningTasks.Names]),
            new HubParam("k", "integer", "Features that each filter votes for.", Default: "5", Min: 1, Max: 10_000),
            new HubParam("min-votes", "number", "Part of the filters that must vote for a feature, above 0 to 1.", Default: "0.5", Min: 0.001, Max: 1),
            new HubParam("stat-filters", "list", "Some of anova-f, chi2, mutual-information, correlation, variance; none for no statistics.", Default: "anova-f,chi2,mutual-information", Choices: [.. StatisticFilter.All.Select(f => f.Name), None]),
            new HubParam("model-filters", "list", "Algorithms of the auto-trainer whose loss without a feature counts; none for no models.", Default: "fast-forest", Choices: [.. Algorithm.Names, None]),
            new HubParam("sample-ratio", "number", "Part of the rows to look at, above 0 to 1.", Default: "1", Min: 0.001, Max: 1),
            new HubParam("exclude", "list", "Columns that are no features."),
            new HubParam("keep", "list", "Columns that are written in any case, such as a key. They are no features."),
            new HubParam("output", "artifact", "Key of the data set to write: what is kept, the selected columns, the target. {dataset}-selected when absent."),
            new HubParam("seed", "integer", "The same seed selects the same.", Default: "1", Min: 0, Max: int.MaxValue),
        ],
        [
            "artifact feature-selection/{dataset}/scores.csv (dataset)", "artifact feature-selection/{dataset}/scores.vl.json (plot)", "artifact {output} (dataset)",
            "metrics features, selected", "tag selected-features",
        ])
    {
        Version = "1.0.0",
        Kind = FunctionKind.Hub,
        Categories = ["data", "training"],
        Inputs = ["artifact {dataset} (dataset)"],
        Example = new HubExample(new Dictionary<string, string> { ["dataset"] = "wine", ["target"] = "cultivar", ["k"] = "4" }),
    };

    public async Task RunAsync(Job job, CancellationToken ct)
    {
        var statistics = Chosen(job, "stat-filters");
        var models = Chosen(job, "model-filters");
        if (statistics.Count + models.Count == 0) throw new HubFailure("There is no filter to score by: give some stat-filters or model-filters.");
        var (k, minVotes, ratio, seed) = (job.Params.Integer("k"), job.Params.Number("min-votes"), job.Params.Number("sample-ratio"), job.Params.Integer("seed"));
        var dataset = await Dataset.LoadAsync(job, job.Params.Text("dataset"), ct);
        var kept = job.Params.List("keep");
        if (kept.Contains(job.Params.Text("target"))) throw new HubFailure($"The target '{job.Params.Text("target")}' is written in any case and need not be kept.");
        var data = TrainingData.Of(dataset.Table, job.Params.Text("target"), job.Params.Choice("task"), [.. job.Params.List("exclude"), .. kept], null, job.Say);
        var algorithms = models.Count == 0 ? [] : Algorithm.Choose(data.Task, models);
        await job.Run.SetTagAsync(RunTags.Dataset, dataset.Reference, ct);

        var rows = ratio < 1 ? Split.HoldOut(data.Rows, data.Strata, 1 - ratio, seed).Train : data.Rows;
        if (rows.Length < 10) throw new HubFailure($"{dataset.Table.Name} leaves {rows.Length} rows to look at; 10 are needed.");
        var ranking = await Task.Run(() => Rank(data, rows, statistics, algorithms, k, minVotes, seed, ct), ct);
        var selected = ranking.Features.Where(f => f.IsSelected).Select(f => f.Name).ToList();
        foreach (var feature in ranking.Features) job.Say($"{(feature.IsSelected ? '+' : ' ')} {feature.Name}: {feature.Votes} of {ranking.Filters.Count} votes");
        await WriteAsync(job, dataset, ranking, ct);
        job.Run.LogMetric("features", ranking.Features.Count);
        job.Run.LogMetric("selected", selected.Count);
        if (selected.Count == 0) throw new HubFailure($"No column has the votes of {minVotes:P0} of the filters: lower min-votes, or raise k.");
        if (string.Join(", ", selected) is { Length: <= 5000 } names) await job.Run.SetTagAsync("selected-features", names, ct);
        var written = await SelectAsync(job, dataset, [.. kept, .. selected, data.Target.Name], ct);
        job.Say($"wrote {written.Key}@{written.Version}: {selected.Count} of {ranking.Features.Count} columns");
    }

    private static IReadOnlyList<string> Chosen(Job job, string param)
    {
        var names = job.Params.List(param);
        var choices = job.Params.Choices(param);
        if (names.FirstOrDefault(name => !choices.Contains(name)) is { } unknown)
            throw new HubFailure($"The param '{param}' must hold some of {string.Join(", ", choices)}, not '{unknown}'.");
        if (!names.Contains(None)) return names;
        return names.Count == 1 ? [] : throw new HubFailure($"The param '{param}' must hold '{None}' alone, or filters.");
    }

    private static Ranking Rank(
        TrainingData data, int[] rows, IReadOnlyList<string> statistics, IReadOnlyList<Algorithm> algorithms, int k, double minVotes, int seed, CancellationToken ct)
    {
        var names = data.Features.Numbers.Concat(data.Features.Categories).ToHashSet(StringComparer.Ordinal);
        var features = data.Table.Columns.Where(column => names.Contains(column.Name)).ToList();
        foreach (var feature in features) data.Table.RequireSingle(feature, rows);
        var columns = StatisticFilter.All.Where(filter => statistics.Contains(filter.Name))
            .Select(filter => (filter.Name, (IReadOnlyList<double?>)[.. features.Select(feature => filter.Score(data, feature, rows))])).ToList();
        foreach (var algorithm in algorithms) columns.Add(($"permutation/{algorithm.Name}", PermutationFilter.Score(data, features, rows, algorithm, seed, ct)));
        return Ranking.Of([.. features.Select(feature => feature.Name)], columns, k, minVotes);
    }

    private static async Task WriteAsync(Job job, Dataset dataset, Ranking ranking, CancellationToken ct)
    {
        var prefix = $"feature-selection/{dataset.Version.Key}";
        var labels = new Dictionary<string, string> { ["dataset"] = dataset.Reference };
        await job.Run.LogArtifactAsync(
            $"{prefix}/scores.csv", Encoding.UTF8.GetBytes(ranking.ToCsv()), new UploadSpec { Kind = ArtifactKind.Dataset, ContentType = "text/csv", FileName = "scores.csv", Labels = labels }, ct);
        await job.Run.LogArtifactAsync(
            $"{prefix}/scores.vl.json", Charts.Bytes(ranking.ToChart(dataset.Version.Key)),
            new UploadSpec { Kind = ArtifactKind.Plot, ContentType = Charts.MediaType, FileName = "scores.vl.json", Labels = labels }, ct);
        job.Say($"wrote {prefix}/scores.csv and scores.vl.json");
    }

    private static async Task<ArtifactVersion> SelectAsync(Job job, Dataset dataset, IReadOnlyList<string> names, CancellationToken ct)
    {
        var key = job.Params.Optional("output") ?? $"{dataset.Version.Key}-selected";
        if (!Names.IsKey(key)) throw new HubFailure($"The param 'output' must be the key of an artifact, not '{key}'.");
        var columns = dataset.Table.Columns.Where(column => names.Contains(column.Name)).ToList();
        var file = Path.GetTempFileName();
        try
        {
            await using (var writer = new StreamWriter(file) { NewLine = "\n" })
            {
                await writer.WriteLineAsync(CsvText.Row(columns.Select(column => column.Name)));
                for (var row = 0; row < dataset.Table.Rows; row++) await writer.WriteLineAsync(CsvText.Row(columns.Select(column => column.TextAt(row))));
            }

            var labels = new Dictionary<string, string> { ["dataset"] = dataset.Reference };
            return await job.Run.LogArtifactAsync(key, file, new UploadSpec { Kind = ArtifactKind.Dataset, ContentType = "text/csv", FileName = $"{key.Split('/')[^1]}.csv", Labels = labels }, ct);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
