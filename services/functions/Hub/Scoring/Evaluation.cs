using System.Text.Json;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;

namespace Mesh.Hub.Scoring;

/// <summary>Measures a model that is registered, by what its signature and tags say, on rows whose truth is known.</summary>
internal static class Evaluation
{
    /// <summary>
    /// Measures by name; empty where the model's outputs say too little (no output of labels for a target of texts, no numbers for a target of numbers).
    /// </summary>
    /// <param name="positive">The class whose precision, recall and AUC are wanted, where there are two.</param>
    public static Dictionary<string, double> Measure(
        IReadOnlyList<ModelOutput> outputs, IReadOnlyDictionary<string, string> tags, TableColumn target, IReadOnlyList<int> rows, string? positive)
    {
        if (outputs.FirstOrDefault(o => o.Texts is not null) is { } labels)
        {
            string[] truth = [.. rows.Select(target.TextAt)];
            var predictions = new ClassPredictions(labels.Texts!, null, []);
            if (Probabilities(outputs, tags, [.. truth.Concat(labels.Texts!).Distinct()]) is { } known)
                predictions = predictions with { Probabilities = known.Probabilities, Classes = known.Classes };
            positive ??= tags.GetValueOrDefault("positive-class");
            return positive is not null ? Measures.Binary(truth, predictions, positive) : Measures.Multiclass(truth, predictions);
        }

        if (target.Numbers is { } numbers && outputs.FirstOrDefault(o => o.Numbers is [{ Length: 1 }, ..]) is { } score)
            return Measures.Regression([.. rows.Select(r => numbers[r])], Array.ConvertAll(score.Numbers!, v => (double)v[0]));
        return [];
    }

    private static (float[][] Probabilities, IReadOnlyList<string> Classes)? Probabilities(
        IReadOnlyList<ModelOutput> outputs, IReadOnlyDictionary<string, string> tags, IReadOnlyList<string> seen)
    {
        if (outputs.FirstOrDefault(o => o.Name == TrainedModel.Probability)?.Numbers is { } single && tags.TryGetValue("positive-class", out var positive))
        {
            if (Classes(tags)?.FirstOrDefault(c => c != positive) is not { } other) other = seen.FirstOrDefault(s => s != positive) ?? "";
            return (Array.ConvertAll(single, p => new[] { p[0], 1 - p[0] }), [positive, other]);
        }

        if (tags.GetValueOrDefault("task") == "multiclass" && Classes(tags) is { } classes
            && outputs.FirstOrDefault(o => o.Name == TrainedModel.Score)?.Numbers is { } many && (many.Length == 0 || many[0].Length == classes.Length))
            return (many, classes);
        return null;
    }

    private static string[]? Classes(IReadOnlyDictionary<string, string> tags)
    {
        try
        {
            return tags.TryGetValue("classes", out var json) ? JsonSerializer.Deserialize<string[]>(json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
