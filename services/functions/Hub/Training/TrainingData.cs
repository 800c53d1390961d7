using Mesh.Hub.Running;
using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Training;

/// <summary>A table with what is to be learnt from it.</summary>
/// <param name="Rows">The rows that have a target.</param>
/// <param name="Classes">Names of the classes; empty for regression.</param>
/// <param name="Positive">Two classes: the one that is looked for.</param>
internal sealed record TrainingData(
    Table Table, TableColumn Target, LearningTask Task, FeatureSet Features, int[] Rows, IReadOnlyList<string> Classes, string? Positive)
{
    private static readonly string[] Affirmative = ["1", "true", "yes", "t", "y", "positive"];

    public bool IsClassification => Task != LearningTask.Regression;

    /// <summary>Class per row of the table, to keep classes in proportion; null for regression.</summary>
    public int[]? Strata => IsClassification ? Target.Codes : null;

    /// <param name="task"><c>auto</c>, <c>classification</c> or <c>regression</c>.</param>
    /// <param name="positive">The class that is looked for; told by its name or its rarity when null.</param>
    /// <exception cref="HubFailure">The table cannot be learnt from.</exception>
    public static TrainingData Of(Table table, string target, string task, IReadOnlyList<string> excluded, string? positive, Action<string> note)
    {
        var column = table.Column(target, "the target");
        var learning = LearningTasks.Of(column, task);
        if (excluded.Contains(target)) throw new HubFailure($"The target '{target}' cannot be excluded.");
        var rows = Enumerable.Range(0, table.Rows).Where(r => !column.IsMissing(r)).ToArray();
        if (learning == LearningTask.Regression) table.RequireSingle(column, rows);
        if (rows.Length < table.Rows) note($"leaving out {table.Rows - rows.Length} rows that have no '{target}'");
        var classes = learning == LearningTask.Regression ? [] : (IReadOnlyList<string>)column.Levels!;
        if (positive is not null && !classes.Contains(positive))
            throw new HubFailure($"The positive class '{positive}' does not occur in the target '{target}'.");
        return new TrainingData(
            table, column, learning, FeatureSet.Choose(table, column, excluded, note), rows, classes,
            learning == LearningTask.Binary ? positive ?? PositiveOf(column) : null);
    }

    /// <summary>The target of some rows as text.</summary>
    public string[] Labels(IReadOnlyList<int> rows) => [.. rows.Select(Target.TextAt)];

    /// <summary>The target of some rows as numbers.</summary>
    public double[] Values(IReadOnlyList<int> rows) => [.. rows.Select(r => Target.Numbers![r])];

    /// <summary>Adds the target to a view of the table's rows, in the form that trainers of the task need.</summary>
    public TableView AddLabel(TableView view) => Task switch
    {
        LearningTask.Binary => view.AddBooleans(Featurizer.Label, row => Target.Levels![Target.Codes![row]] == Positive),
        LearningTask.Multiclass => view.AddClasses(Featurizer.Label, Target.Codes!, Classes),
        LearningTask.Regression => view.AddNumbers(Featurizer.Label, Target.Numbers!),
        _ => throw new InvalidOperationException($"Unknown task {Task}."),
    };

    private static string PositiveOf(TableColumn target)
    {
        var levels = target.Levels!;
        var affirmed = levels.Where(l => Affirmative.Contains(l.ToLowerInvariant())).ToList();
        if (affirmed.Count == 1) return affirmed[0];
        var counts = levels.Select((_, code) => target.Codes!.Count(c => c == code)).ToArray();
        return counts[0] < counts[1] ? levels[0] : levels[1];
    }
}
