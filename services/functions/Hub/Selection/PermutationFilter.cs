using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;

namespace Mesh.Hub.Selection;

/// <summary>
/// What a feature is worth to a model (Breiman, 2001): how much worse the model gets on rows that it has not seen when the values of that feature are shuffled among them. By
/// log-loss for classes, by r2 for numbers; the mean of several shuffles.
/// </summary>
internal static class PermutationFilter
{
    private const int Shuffles = 5;
    private const double HeldBack = 0.3;

    /// <summary>The worth of each feature, in the order of <paramref name="features"/>; 0 or less for what the model does not need.</summary>
    public static IReadOnlyList<double?> Score(TrainingData data, IReadOnlyList<TableColumn> features, IReadOnlyList<int> rows, Algorithm algorithm, int seed, CancellationToken ct)
    {
        var (train, held) = Split.HoldOut(rows, data.Strata, HeldBack, seed);
        var trained = TrainedModel.Fit(data, train, algorithm, seed);
        var file = Path.GetTempFileName();
        try
        {
            using (var target = File.Create(file)) trained.Save(target);
            using var scorer = new MlNetScorer(file, trained.Signature());
            var (metric, sign) = data.IsClassification ? ("log-loss", 1) : ("r2", -1);
            double Measure(Table table) => Evaluation.Measure(scorer.Score(table, held), trained.Tags(), data.Target, held, data.Positive)[metric];

            var whole = Measure(data.Table);
            var random = new Random(seed);
            var worths = new List<double?>(features.Count);
            foreach (var feature in features)
            {
                double sum = 0;
                for (var i = 0; i < Shuffles; i++)
                {
                    ct.ThrowIfCancellationRequested();
                    var shuffled = Shuffle(feature, held, random);
                    sum += sign * (Measure(data.Table with { Columns = [.. data.Table.Columns.Select(c => c == feature ? shuffled : c)] }) - whole);
                }

                worths.Add(double.IsFinite(sum) ? sum / Shuffles : null);
            }

            return worths;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static TableColumn Shuffle(TableColumn column, int[] rows, Random random)
    {
        int[] from = [.. rows];
        random.Shuffle(from);
        T[]? Move<T>(T[]? values)
        {
            if (values is null) return null;
            T[] moved = [.. values];
            for (var i = 0; i < rows.Length; i++) moved[rows[i]] = values[from[i]];
            return moved;
        }

        return new TableColumn
        {
            Name = column.Name,
            Kind = column.Kind,
            Rows = column.Rows,
            Missing = column.Missing,
            Numbers = Move(column.Numbers),
            Codes = Move(column.Codes),
            Levels = column.Levels,
            Distinct = column.Distinct,
        };
    }
}
