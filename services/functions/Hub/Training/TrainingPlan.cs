using Mesh.Hub.Running;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Training;

/// <summary>All that is decided before anything is trained: what is learnt, from which rows, measured how.</summary>
/// <param name="Train">Rows to learn from, of the data's table.</param>
/// <param name="HeldTable">The table with the held-back rows: the data's own, or another data set.</param>
/// <param name="Held">Rows of it.</param>
internal sealed record TrainingPlan(
    TrainingData Data, Metric Metric, IReadOnlyList<Algorithm> Algorithms, int Folds, int Seed, int[] Train, Table HeldTable, int[] Held)
{
    /// <summary>The target in the held-back table.</summary>
    public TableColumn HeldTarget => HeldTable.Column(Data.Target.Name, "the target");

    /// <summary>Decides by the params of a job.</summary>
    /// <param name="holdout">A data set to measure on; rows of the data itself when null.</param>
    /// <exception cref="HubFailure">The params or the data cannot be worked with.</exception>
    public static TrainingPlan Of(Table table, Table? holdout, Parameters values, Action<string> note)
    {
        var data = TrainingData.Of(
            table, values.Text("target"), values.Choice("task"), values.List("exclude"), values.Optional("positive"), note);
        var metric = Metric.Of(values.Optional("metric"), data.Task);
        var algorithms = Algorithm.Choose(data.Task, values.List("algorithms"));
        var folds = values.Integer("folds");
        var seed = values.Integer("seed");
        var fraction = values.Number("test-size");

        var (train, heldTable, held) = (data.Rows, table, Array.Empty<int>());
        if (holdout is null) (train, held) = Split.HoldOut(data.Rows, data.Strata, fraction, seed);
        else (heldTable, held) = (holdout, HeldRows(holdout, data));

        if (train.Length < 2 * folds)
            throw new HubFailure($"{table.Name} leaves {train.Length} rows to learn from; {folds} folds need at least {2 * folds}.");
        if (held.Length == 0) throw new HubFailure($"{table.Name} has too few rows to hold any back.");
        if (data.Task == LearningTask.Binary)
        {
            foreach (var (name, code) in data.Classes.Select((name, code) => (name, code)))
            {
                var count = train.Count(r => data.Target.Codes![r] == code);
                if (count < folds) throw new HubFailure($"The class '{name}' has {count} rows to learn from; {folds} folds need at least {folds}.");
            }
        }

        return new TrainingPlan(data, metric, algorithms, folds, seed, train, heldTable, held);
    }

    /// <summary>Measures outputs for the held-back rows.</summary>
    public Dictionary<string, double> Measure(IReadOnlyList<Scoring.ModelOutput> outputs, IReadOnlyDictionary<string, string> tags) =>
        Scoring.Evaluation.Measure(outputs, tags, HeldTarget, Held, Data.Positive);

    private static int[] HeldRows(Table holdout, TrainingData data)
    {
        var target = holdout.Column(data.Target.Name, "the target");
        if (!data.IsClassification && target.Numbers is null) throw new HubFailure($"{holdout.Name}: the target '{target.Name}' is not numeric.");
        int[] rows = [.. Enumerable.Range(0, holdout.Rows).Where(r => !target.IsMissing(r))];
        return rows.Length > 0 ? rows : throw new HubFailure($"{holdout.Name} has no row with a '{target.Name}'.");
    }
}
