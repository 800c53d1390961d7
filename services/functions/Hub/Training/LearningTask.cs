using Mesh.Hub.Running;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Training;

/// <summary>What is to be learnt.</summary>
internal enum LearningTask
{
    /// <summary>One of two classes.</summary>
    Binary,

    /// <summary>One of several classes.</summary>
    Multiclass,

    /// <summary>A number.</summary>
    Regression,
}

/// <summary>Tells the task by the target column.</summary>
internal static class LearningTasks
{
    /// <summary>Whole numbers of at most this many distinct values are taken for classes.</summary>
    private const int MaxNumericClasses = 20;

    private const int MaxClasses = 200;

    /// <summary>What callers may ask for by name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["classification", "regression"];

    public static string Name(this LearningTask task) => task == LearningTask.Regression ? Names[1] : Names[0];

    /// <param name="wanted"><c>auto</c>, <c>classification</c> or <c>regression</c>.</param>
    public static LearningTask Of(TableColumn target, string wanted)
    {
        if (target.Kind == ColumnKind.Empty) throw new HubFailure($"The target '{target.Name}' has no values.");
        if (wanted == "regression" || (wanted == "auto" && LooksContinuous(target)))
        {
            if (target.Misfit is { } misfit)
                throw new HubFailure($"The target '{target.Name}' is not numeric: line {misfit.Line} holds '{misfit.Text}'.");
            if (target.Numbers is null) throw new HubFailure($"The target '{target.Name}' is not numeric, as regression needs it: it holds '{target.Levels![0]}'.");
            if (target.Distinct < 2) throw new HubFailure($"The target '{target.Name}' is always {target.TextAt(Array.FindIndex(target.Numbers, v => !double.IsNaN(v)))}: there is nothing to learn.");
            return LearningTask.Regression;
        }

        if (target.Misfit is { } wrong)
            throw new HubFailure($"The target '{target.Name}' is a column of numbers, but line {wrong.Line} holds '{wrong.Text}'.");
        if (target.Levels is not { } levels || levels.Length > MaxClasses)
            throw new HubFailure($"The target '{target.Name}' has {target.Distinct} distinct values; classification takes at most {MaxClasses} classes.");
        return levels.Length switch
        {
            1 => throw new HubFailure($"The target '{target.Name}' has one class only, '{levels[0]}': there is nothing to tell apart."),
            2 => LearningTask.Binary,
            _ => LearningTask.Multiclass,
        };
    }

    private static bool LooksContinuous(TableColumn target) =>
        target.Misfit is not null
        || (target.Numbers is { } numbers && (target.Distinct > MaxNumericClasses || numbers.Any(v => !double.IsNaN(v) && v != Math.Floor(v))));
}
