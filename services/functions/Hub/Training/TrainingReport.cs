using System.Globalization;
using System.Text;

namespace Mesh.Hub.Training;

/// <summary>What was tried and how it went, as Markdown.</summary>
internal static class TrainingReport
{
    public static string Of(TrainingPlan plan, IReadOnlyList<Trial> trials, Trial best, IReadOnlyDictionary<string, double> measures, string[] said)
    {
        var text = new StringBuilder();
        var metric = plan.Metric.Name;
        text.Append(CultureInfo.InvariantCulture, $"# {plan.Data.Target.Name} by {best.Algorithm.Name}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{plan.Train.Length} rows learnt from, {plan.Held.Length} held back, {plan.Folds} folds, seed {plan.Seed}.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"## Cross validation\n\n| algorithm | {metric} | deviation |\n| --- | --: | --: |\n");
        var order = trials.Where(t => t.Failure is null).OrderBy(t => plan.Metric.LowerIsBetter ? t.Mean(metric) : -t.Mean(metric));
        foreach (var trial in order) text.Append(CultureInfo.InvariantCulture, $"| {trial.Algorithm.Name} | {trial.Mean(metric):0.0000} | {trial.Deviation(metric):0.0000} |\n");
        foreach (var trial in trials.Where(t => t.Failure is not null)) text.Append(CultureInfo.InvariantCulture, $"| {trial.Algorithm.Name} | failed: {trial.Failure} | |\n");

        text.Append(CultureInfo.InvariantCulture, $"\n## Held-back rows\n\n| measure | value |\n| --- | --: |\n");
        foreach (var (name, value) in measures) text.Append(CultureInfo.InvariantCulture, $"| {name} | {value:0.0000} |\n");
        if (plan.Data.IsClassification && plan.Data.Classes.Count <= 20) Confusion(text, plan, said);
        return text.ToString();
    }

    private static void Confusion(StringBuilder text, TrainingPlan plan, string[] said)
    {
        var target = plan.HeldTarget;
        var counts = plan.Held.Zip(said, (row, label) => (Truth: target.TextAt(row), Said: label)).CountBy(pair => pair).ToDictionary();
        text.Append(CultureInfo.InvariantCulture, $"\nTruth by row, prediction by column:\n\n| | {string.Join(" | ", plan.Data.Classes)} |\n");
        text.Append(CultureInfo.InvariantCulture, $"| --- |{string.Concat(plan.Data.Classes.Select(_ => " --: |"))}\n");
        foreach (var truth in plan.Data.Classes)
            text.Append(CultureInfo.InvariantCulture, $"| {truth} | {string.Join(" | ", plan.Data.Classes.Select(c => counts.GetValueOrDefault((truth, c))))} |\n");
    }
}
