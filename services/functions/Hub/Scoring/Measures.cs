namespace Mesh.Hub.Scoring;

/// <summary>Measures of predictions against the truth. Names are those of <see cref="Training.Metric"/>.</summary>
internal static class Measures
{
    private const double SmallestProbability = 1e-15;

    /// <summary>Two classes: precision, recall, F1 and AUC are those of the positive one.</summary>
    public static Dictionary<string, double> Binary(string[] truth, ClassPredictions predictions, string positive)
    {
        long tp = 0, fp = 0, fn = 0, tn = 0;
        for (var i = 0; i < truth.Length; i++)
        {
            switch (truth[i] == positive, predictions.Labels[i] == positive)
            {
                case (true, true): tp++; break;
                case (false, true): fp++; break;
                case (true, false): fn++; break;
                case (false, false): tn++; break;
            }
        }

        var result = new Dictionary<string, double>
        {
            ["accuracy"] = Accuracy(truth, predictions.Labels),
            ["macro-accuracy"] = MeanOfDefined([Ratio(tp, tp + fn), Ratio(tn, tn + fp)]),
            ["precision"] = Ratio(tp, tp + fp, 0),
            ["recall"] = Ratio(tp, tp + fn, 0),
            ["f1"] = Ratio(2 * tp, (2 * tp) + fp + fn, 0),
        };
        AddProbabilistic(result, truth, predictions, [positive]);
        return result;
    }

    /// <summary>Several classes: precision, recall, F1 and AUC are means over the classes that occur.</summary>
    public static Dictionary<string, double> Multiclass(string[] truth, ClassPredictions predictions)
    {
        var classes = truth.Distinct(StringComparer.Ordinal).ToList();
        var counts = classes.ToDictionary(c => c, _ => (Tp: 0L, Fp: 0L, Fn: 0L), StringComparer.Ordinal);
        for (var i = 0; i < truth.Length; i++)
        {
            var (actual, said) = (truth[i], predictions.Labels[i]);
            if (actual == said)
            {
                counts[actual] = counts[actual] with { Tp = counts[actual].Tp + 1 };
                continue;
            }

            counts[actual] = counts[actual] with { Fn = counts[actual].Fn + 1 };
            if (counts.TryGetValue(said, out var wrong)) counts[said] = wrong with { Fp = wrong.Fp + 1 };
        }

        var recall = counts.Values.Average(c => Ratio(c.Tp, c.Tp + c.Fn));
        var result = new Dictionary<string, double>
        {
            ["accuracy"] = Accuracy(truth, predictions.Labels),
            ["macro-accuracy"] = recall,
            ["precision"] = counts.Values.Average(c => Ratio(c.Tp, c.Tp + c.Fp, 0)),
            ["recall"] = recall,
            ["f1"] = counts.Values.Average(c => Ratio(2 * c.Tp, (2 * c.Tp) + c.Fp + c.Fn, 0)),
        };
        AddProbabilistic(result, truth, predictions, classes);
        return result;
    }

    /// <summary>Numbers.</summary>
    public static Dictionary<string, double> Regression(double[] truth, double[] predicted)
    {
        double squares = 0, absolute = 0, total = 0;
        var mean = truth.Average();
        for (var i = 0; i < truth.Length; i++)
        {
            var error = truth[i] - predicted[i];
            squares += error * error;
            absolute += Math.Abs(error);
            total += (truth[i] - mean) * (truth[i] - mean);
        }

        return new Dictionary<string, double>
        {
            ["r2"] = total > 0 ? 1 - (squares / total) : double.NaN,
            ["rmse"] = Math.Sqrt(squares / truth.Length),
            ["mae"] = absolute / truth.Length,
        };
    }

    /// <summary>Area under the ROC curve by ranks, ties counted half; not a number where one side is empty or a score is not a number.</summary>
    public static double Auc(ReadOnlySpan<float> scores, ReadOnlySpan<bool> positive)
    {
        // Not even equal to itself, such a score has no rank.
        foreach (var score in scores)
            if (float.IsNaN(score)) return double.NaN;
        var order = new int[scores.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var keys = scores.ToArray();
        Array.Sort(keys, order);
        double ranks = 0;
        long positives = 0;
        for (var from = 0; from < keys.Length;)
        {
            var to = from;
            while (to < keys.Length && keys[to] == keys[from]) to++;
            var rank = (from + 1 + to) / 2.0;
            for (var i = from; i < to; i++)
            {
                if (!positive[order[i]]) continue;
                ranks += rank;
                positives++;
            }

            from = to;
        }

        var negatives = keys.Length - positives;
        return positives == 0 || negatives == 0 ? double.NaN : (ranks - (positives * (positives + 1) / 2.0)) / ((double)positives * negatives);
    }

    private static double Accuracy(string[] truth, string[] said)
    {
        var right = 0;
        for (var i = 0; i < truth.Length; i++)
            if (truth[i] == said[i]) right++;
        return (double)right / truth.Length;
    }

    private static void AddProbabilistic(Dictionary<string, double> result, string[] truth, ClassPredictions predictions, IReadOnlyList<string> curves)
    {
        if (predictions.Probabilities is not { } probabilities) return;
        var index = predictions.Classes.Select((name, at) => (name, at)).ToDictionary(p => p.name, p => p.at, StringComparer.Ordinal);
        var loss = 0.0;
        for (var i = 0; i < truth.Length; i++)
        {
            // A class that the model never saw has no probability at all.
            var p = index.TryGetValue(truth[i], out var at) ? probabilities[i][at] : 0;
            loss -= Math.Log(Math.Clamp(p, SmallestProbability, 1));
        }

        result["log-loss"] = loss / truth.Length;
        result["auc"] = MeanOfDefined(curves.Where(index.ContainsKey).Select(c =>
        {
            var scores = Array.ConvertAll(probabilities, row => row[index[c]]);
            return Auc(scores, Array.ConvertAll(truth, t => t == c));
        }));
    }

    private static double MeanOfDefined(IEnumerable<double> values) => values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    private static double Ratio(long part, long whole, double none = double.NaN) => whole == 0 ? none : (double)part / whole;
}
