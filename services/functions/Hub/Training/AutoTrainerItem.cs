using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.Hub.Running;
using Mesh.Hub.Scoring;

namespace Mesh.Hub.Training;

/// <summary>Tries several algorithms, registers the best model, and promotes it if asked to.</summary>
internal sealed class AutoTrainerItem : IHubRunner
{
    public HubItem Item { get; } = new(
        "auto-trainer", "Tries several algorithms on a data set as child runs, and registers the best model.",
        [
            new HubParam("dataset", "artifact", "Key of a data set in CSV, or key@version.", Required: true),
            new HubParam("target", "column", "Column to predict.", Required: true),
            new HubParam("model", "model", "Name under which the model is registered.", Required: true),
            new HubParam("task", "choice", "auto, classification or regression.", Default: "auto", Choices: ["auto", .. LearningTasks.Names]),
            new HubParam("metric", "choice", "What makes a model the best: accuracy, macro-accuracy, auc, f1, precision, recall, log-loss; r2, rmse, mae. accuracy or r2 when absent.", Choices: [.. Metric.All.Select(m => m.Name)]),
            new HubParam("folds", "integer", "Folds of the cross validation, 2 to 20.", Default: "5", Min: 2, Max: 20),
            new HubParam("algorithms", "list", "Some of fast-forest, fast-tree, light-gbm, sdca, lbfgs, averaged-perceptron; all that suit the task when absent.", Choices: Algorithm.Names),
            new HubParam("exclude", "list", "Columns that are not to be learnt from."),
            new HubParam("positive", "class", "Two classes: the one that is looked for. Told by its name (yes, true, 1) or its rarity when absent."),
            new HubParam("test-size", "number", "Part of the rows that is held back for the final measurement, 0.05 to 0.9.", Default: "0.2", Min: 0.05, Max: 0.9),
            new HubParam("holdout", "artifact", "Another data set for the final measurement; then every row of dataset is learnt from."),
            new HubParam("seed", "integer", "The same seed gives the same model.", Default: "1", Min: 0, Max: int.MaxValue),
            new HubParam("alias", "alias", "Promote the new version to this alias."),
            new HubParam("compare-alias", "alias", "Promote only if the new version beats the one at this alias on the same held-back rows, or if there is none."),
            new HubParam("min-improvement", "number", "How much better it must be, in the metric.", Default: "0", Min: 0),
        ],
        ["model {model}: a new version", "artifact models/{model} (model)", "artifact models/{model}/training-report.md (document)", "a child run per algorithm"])
    {
        Version = "1.0.0",
        Kind = FunctionKind.Hub,
        Categories = ["training"],
        Inputs = ["artifact {dataset} (dataset)", "artifact {holdout} (dataset), if given"],
        Example = new HubExample(new Dictionary<string, string> { ["dataset"] = "wine", ["target"] = "cultivar", ["model"] = "wine", ["alias"] = "champion" }),
    };

    public async Task RunAsync(Job job, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        var model = job.Params.Text("model");
        if (!Contracts.Names.IsLabel(model)) throw new HubFailure($"The param 'model' must be a DNS label (a-z, 0-9 and '-'), not '{model}'.");
        var margin = job.Params.Number("min-improvement");
        var dataset = await Dataset.LoadAsync(job, job.Params.Text("dataset"), ct);
        var holdout = job.Params.Optional("holdout") is { } key ? await Dataset.LoadAsync(job, key, ct) : null;
        var plan = TrainingPlan.Of(dataset.Table, holdout?.Table, job.Params, job.Say);
        job.Say($"{plan.Data.Task.ToString().ToLowerInvariant()} of '{plan.Data.Target.Name}' from {plan.Data.Features.Columns().Count} features: {plan.Train.Length:N0} rows to learn from, {plan.Held.Length:N0} held back");
        await job.Run.SetTagAsync(RunTags.Dataset, dataset.Reference, ct);

        var trials = await CompareAsync(job, plan, ct);
        var best = CrossValidation.Best(trials, plan.Metric);
        job.Say($"best: {best.Algorithm.Name}, {plan.Metric.Name} {Text(best.Mean(plan.Metric.Name))} ± {Text(best.Deviation(plan.Metric.Name))}");

        var trained = TrainedModel.Fit(plan.Data, plan.Train, best.Algorithm, plan.Seed);
        var file = Path.GetTempFileName();
        try
        {
            await using (var target = File.Create(file)) trained.Save(target);
            // Measured is the file that will be served, not the objects that made it.
            using var scorer = new MlNetScorer(file, trained.Signature());
            var outputs = scorer.Score(plan.HeldTable, plan.Held);
            var measures = plan.Measure(outputs, trained.Tags());
            job.Say($"held back: {string.Join(", ", measures.Select(m => $"{m.Key} {Text(m.Value)}"))}");

            job.Run.LogMetrics(measures.Where(m => double.IsFinite(m.Value)));
            job.Run.LogMetric($"cv/{plan.Metric.Name}", best.Mean(plan.Metric.Name));
            job.Run.LogMetric($"cv/{plan.Metric.Name}-deviation", best.Deviation(plan.Metric.Name));
            job.Run.LogMetric("rows-learnt", plan.Train.Length);
            job.Run.LogMetric("rows-held-back", plan.Held.Length);

            var champion = await ChampionAsync(job, model, ct);
            var version = await RegisterAsync(job, plan, trained, best, measures, file, ct);
            var report = TrainingReport.Of(plan, trials, best, measures, outputs[0].AsTexts());
            await job.Run.LogArtifactAsync($"models/{model}/training-report.md", Encoding.UTF8.GetBytes(report), new UploadSpec { Kind = ArtifactKind.Document, FileName = "training-report.md" }, ct);
            await PromoteAsync(job, plan, version, champion, measures, margin, ct);
            job.Run.LogMetric("seconds", clock.Elapsed.TotalSeconds);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<IReadOnlyList<Trial>> CompareAsync(Job job, TrainingPlan plan, CancellationToken ct)
    {
        await using var runs = await Trials.StartAsync(job, plan, ct);
        var trials = await Task.Run(
            () => CrossValidation.Run(
                plan.Data, plan.Train, plan.Algorithms, plan.Folds, plan.Seed, runs.Log,
                (algorithm, e) => job.Say($"{algorithm.Name} cannot be trained: {CrossValidation.Cause(e)}"), ct),
            ct);
        await runs.EndAsync(trials, ct);
        foreach (var trial in trials.Where(t => t.Failure is null))
            job.Say($"{trial.Algorithm.Name,-20} {plan.Metric.Name} {Text(trial.Mean(plan.Metric.Name))} ± {Text(trial.Deviation(plan.Metric.Name))} over {trial.Folds.Count} folds");
        return trials;
    }

    private static async Task<ModelVersion?> ChampionAsync(Job job, string model, CancellationToken ct) =>
        job.Params.Optional("compare-alias") is { } alias ? await job.Project.Models.FindVersionAsync(model, alias, ct) : null;

    private static async Task<ModelVersion> RegisterAsync(
        Job job, TrainingPlan plan, TrainedModel trained, Trial best, Dictionary<string, double> measures, string file, CancellationToken ct)
    {
        var metrics = measures.Where(m => double.IsFinite(m.Value)).ToDictionary();
        metrics[$"cv/{plan.Metric.Name}"] = best.Mean(plan.Metric.Name);
        var model = job.Params.Text("model");
        var version = await Registration.EarlierAsync(job, model, ct);
        if (version is not null) job.Say($"an earlier attempt registered {model}@{version.Version}");
        else
        {
            version = await job.Run.LogModelAsync(
                model, file, TrainedModel.Framework, trained.Signature(), trained.Statistics(plan.Train), metrics, trained.Tags(),
                $"{best.Algorithm.Name}, the best of {plan.Algorithms.Count} algorithms by {plan.Metric.Name} over {plan.Folds} folds of {plan.Train.Length} rows.", ct);
            job.Say($"registered {model}@{version.Version}");
        }

        await job.Run.SetTagAsync("best-algorithm", best.Algorithm.Name, ct);
        await job.Run.SetTagAsync("model-version", $"{model}@{version.Version}", ct);
        return version;
    }

    private static async Task PromoteAsync(
        Job job, TrainingPlan plan, ModelVersion version, ModelVersion? champion, Dictionary<string, double> measures, double margin, CancellationToken ct)
    {
        var compare = job.Params.Optional("compare-alias");
        if ((job.Params.Optional("alias") ?? compare) is not { } alias) return;
        if (champion?.Version == version.Version && alias == compare)
        {
            job.Say($"an earlier attempt promoted {version.Model}@{version.Version} to '{alias}'");
            return;
        }

        var promotion = compare is null
            ? new Promotion(true, "Promoted as asked, without comparison.")
            : champion is null
                ? new Promotion(true, $"There was no version at '{compare}' yet.")
                : await AgainstAsync(job, plan, champion, measures.GetValueOrDefault(plan.Metric.Name, double.NaN), margin, ct);
        if (promotion.Promote)
        {
            try
            {
                // Between the comparison and now, somebody else may have promoted another version: theirs was not beaten.
                int? expected = alias == compare ? champion?.Version ?? 0 : null;
                await job.Project.Models.PromoteAsync(version.Model, new PromoteModel(version.Version, alias, promotion.Reason, expected), ct);
            }
            catch (MeshException e) when (e.Status is HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed)
            {
                promotion = new Promotion(false, $"'{alias}' moved while this training ran: {e.Message}");
            }
        }

        job.Say($"{(promotion.Promote ? $"promoted {version.Model}@{version.Version} to '{alias}'" : $"registered {version.Model}@{version.Version}, not promoted")}: {promotion.Reason}");
        await job.Run.SetTagAsync("promoted", promotion.Promote ? "true" : "false", ct);
        await job.Run.SetTagAsync("promotion", promotion.Reason, ct);
    }

    private static async Task<Promotion> AgainstAsync(Job job, TrainingPlan plan, ModelVersion champion, double challenger, double margin, CancellationToken ct)
    {
        double? before = null;
        try
        {
            using var scorer = await RegisteredModel.LoadAsync(job.Project, champion, plan.Data.Target.Name, ct);
            var measures = plan.Measure(scorer.Score(plan.HeldTable, plan.Held), champion.Tags);
            if (measures.TryGetValue(plan.Metric.Name, out var value) && double.IsFinite(value))
            {
                before = value;
                job.Run.LogMetric($"champion/{plan.Metric.Name}", value);
            }
        }
        catch (HubFailure e)
        {
            job.Say($"{champion.Model}@{champion.Version} cannot be compared: {e.Message}");
        }

        return Promotion.Decide(plan.Metric, challenger, before, margin, $"{champion.Model}@{champion.Version}");
    }

    private static string Text(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
