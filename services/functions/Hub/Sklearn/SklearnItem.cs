using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.Hub.Running;
using Mesh.Hub.Statistics;
using Mesh.Hub.Training;

namespace Mesh.Hub.Sklearn;

/// <summary>Trains an estimator of scikit-learn, in Python, and registers it.</summary>
/// <param name="path">Where Python is looked for: folders as in <c>PATH</c>.</param>
internal sealed class SklearnItem(string path) : IHubRunner
{
    private const string Framework = "sklearn";

    public HubItem Item { get; } = new(
        "train-sklearn", "Trains an estimator of scikit-learn with cross validation, and registers it. Needs Python 3 with scikit-learn.",
        [
            new HubParam("dataset", "artifact", "Key of a data set in CSV, or key@version.", Required: true),
            new HubParam("target", "column", "Column to predict.", Required: true),
            new HubParam("model", "model", "Name under which the model is registered.", Required: true),
            new HubParam("estimator", "text", "Class of scikit-learn, such as LogisticRegression or SVR; RandomForestClassifier or RandomForestRegressor when absent."),
            new HubParam("estimator-params", "json", "Its params as a JSON object, such as {\"n_estimators\": 200}.", Default: "{}"),
            new HubParam("task", "choice", "auto, classification or regression.", Default: "auto", Choices: ["auto", .. LearningTasks.Names]),
            new HubParam("folds", "integer", "Folds of the cross validation, 2 to 20.", Default: "5", Min: 2, Max: 20),
            new HubParam("exclude", "list", "Columns that are not to be learnt from."),
            new HubParam("positive", "class", "Two classes: the one that is looked for. Told by its name (yes, true, 1) or its rarity when absent."),
            new HubParam("test-size", "number", "Part of the rows that is held back for the final measurement, 0.05 to 0.9.", Default: "0.2", Min: 0.05, Max: 0.9),
            new HubParam("seed", "integer", "The same seed gives the same model.", Default: "1", Min: 0, Max: int.MaxValue),
        ],
        ["model {model}: a new version of framework sklearn, a pipeline for joblib", "artifact models/{model} (model)", "metrics of the held-back rows, cv/… and fold/…"])
    {
        Version = "1.0.0",
        Kind = FunctionKind.Hub,
        Categories = ["training", "python"],
        Inputs = ["artifact {dataset} (dataset)"],
        Example = new HubExample(new Dictionary<string, string>
        {
            ["dataset"] = "wine",
            ["target"] = "cultivar",
            ["model"] = "wine-forest",
            ["estimator-params"] = """{"n_estimators": 50}""",
        }),
    };

    public async Task RunAsync(Job job, CancellationToken ct)
    {
        var model = job.Params.Text("model");
        if (!Names.IsLabel(model)) throw new HubFailure($"The param 'model' must be a DNS label (a-z, 0-9 and '-'), not '{model}'.");
        var values = EstimatorParams(job.Params.Text("estimator-params"));
        var python = await PythonFinder.FindAsync(path, ct);
        job.Say($"{python.Program} with scikit-learn {python.Version}");
        var dataset = await Dataset.LoadAsync(job, job.Params.Text("dataset"), ct);
        var plan = TrainingPlan.Of(dataset.Table, null, job.Params, job.Say);
        await job.Run.SetTagAsync(RunTags.Dataset, dataset.Reference, ct);

        var data = plan.Data;
        var estimator = job.Params.Optional("estimator") ?? (data.IsClassification ? "RandomForestClassifier" : "RandomForestRegressor");
        var task = new SklearnTask(!data.IsClassification, estimator, values, plan.Folds, plan.Seed, data.Features.Numbers, data.Features.Categories);
        var parts = Split.IntoParts(plan.Train, data.Strata, plan.Folds, plan.Seed);
        using var folder = new SklearnFolder();
        await folder.LayOutAsync(task, data, [.. plan.Train.Select((row, i) => (row, parts[i])), .. plan.Held.Select(row => (row, -1))], ct);
        var answer = await folder.RunAsync(job, python, ct);

        var metrics = Log(job, plan, parts, answer);
        await RegisterAsync(job, plan, estimator, python, metrics, folder.Model, ct);
    }

    /// <exception cref="HubFailure">It is no JSON object.</exception>
    private static JsonElement EstimatorParams(string text)
    {
        try
        {
            var values = JsonElement.Parse(text);
            return values.ValueKind == JsonValueKind.Object ? values : throw new HubFailure($"The param 'estimator-params' must be a JSON object, not '{text}'.");
        }
        catch (JsonException e)
        {
            throw new HubFailure($"The param 'estimator-params' is no JSON: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Logs what was measured, and returns what the version of the model shows of it.</summary>
    private static Dictionary<string, double> Log(Job job, TrainingPlan plan, int[] parts, SklearnAnswer answer)
    {
        var folds = answer.Folds.Select((output, fold) => output.Measure(plan.Data, [.. plan.Train.Where((_, i) => parts[i] == fold)])).ToList();
        for (var fold = 0; fold < folds.Count; fold++)
            foreach (var (name, value) in folds[fold].Where(measure => double.IsFinite(measure.Value))) job.Run.LogMetric($"fold/{name}", value, fold + 1);
        var metrics = answer.Held.Measure(plan.Data, plan.Held).Where(measure => double.IsFinite(measure.Value)).ToDictionary();
        job.Say($"held back: {string.Join(", ", metrics.Select(m => $"{m.Key} {Text(m.Value)}"))}");
        foreach (var name in folds.SelectMany(fold => fold.Keys).Distinct().ToList())
        {
            var values = folds.Select(fold => fold.GetValueOrDefault(name, double.NaN)).Where(double.IsFinite).ToArray();
            if (values.Length == 0) continue;
            var moments = Moments.Of(values);
            metrics[$"cv/{name}"] = moments.Mean;
            metrics[$"cv/{name}-deviation"] = moments.Deviation;
        }

        var metric = plan.Metric.Name;
        job.Say($"cross validation: {metric} {Text(metrics[$"cv/{metric}"])} ± {Text(metrics[$"cv/{metric}-deviation"])} over {folds.Count} folds");
        job.Run.LogMetrics(metrics);
        job.Run.LogMetric("rows-learnt", plan.Train.Length);
        job.Run.LogMetric("rows-held-back", plan.Held.Length);
        return metrics;
    }

    private static async Task RegisterAsync(Job job, TrainingPlan plan, string estimator, Python python, Dictionary<string, double> metrics, string file, CancellationToken ct)
    {
        var (model, data) = (job.Params.Text("model"), plan.Data);
        var version = await Registration.EarlierAsync(job, model, ct);
        if (version is not null) job.Say($"an earlier attempt registered {model}@{version.Version}");
        else
        {
            var tags = TrainedModel.TagsOf(data, estimator);
            tags["scikit-learn"] = python.Version;
            var signature = new ModelSignature(
                data.Features.Columns(), [data.IsClassification ? new Column(TrainedModel.PredictedLabel, ColumnType.Bytes) : new Column(TrainedModel.Score, ColumnType.Fp32)]);
            version = await job.Run.LogModelAsync(
                model, file, Framework, signature, TrainedModel.StatisticsOf(data, plan.Train), metrics, tags,
                $"{estimator} of scikit-learn {python.Version}, learnt from {plan.Train.Length} rows.", ct);
            job.Say($"registered {model}@{version.Version}");
        }

        await job.Run.SetTagAsync("estimator", estimator, ct);
        await job.Run.SetTagAsync("model-version", $"{model}@{version.Version}", ct);
    }

    private static string Text(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
