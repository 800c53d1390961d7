using Mesh.Hub.Running;

namespace Mesh.Hub.Training;

/// <summary>A measure of how good predictions are, by the name under which it is logged.</summary>
internal sealed record Metric(string Name, bool LowerIsBetter, IReadOnlyList<LearningTask> Tasks)
{
    public static readonly IReadOnlyList<Metric> All =
    [
        new("accuracy", false, [LearningTask.Binary, LearningTask.Multiclass]),
        new("macro-accuracy", false, [LearningTask.Binary, LearningTask.Multiclass]),
        new("auc", false, [LearningTask.Binary, LearningTask.Multiclass]),
        new("f1", false, [LearningTask.Binary, LearningTask.Multiclass]),
        new("precision", false, [LearningTask.Binary, LearningTask.Multiclass]),
        new("recall", false, [LearningTask.Binary, LearningTask.Multiclass]),
        new("log-loss", true, [LearningTask.Binary, LearningTask.Multiclass]),
        new("r2", false, [LearningTask.Regression]),
        new("rmse", true, [LearningTask.Regression]),
        new("mae", true, [LearningTask.Regression]),
    ];

    /// <summary>Whether <paramref name="a"/> is better than <paramref name="b"/> by more than <paramref name="margin"/>; not a number is worse than any number.</summary>
    public bool IsBetter(double a, double b, double margin = 0)
    {
        if (double.IsNaN(a)) return false;
        return double.IsNaN(b) || (LowerIsBetter ? b - a : a - b) > margin;
    }

    /// <param name="name">Null for the task's usual one.</param>
    public static Metric Of(string? name, LearningTask task)
    {
        name ??= task == LearningTask.Regression ? "r2" : "accuracy";
        var fitting = All.Where(m => m.Tasks.Contains(task)).ToList();
        if (fitting.FirstOrDefault(m => m.Name == name) is { } metric) return metric;
        var names = string.Join(", ", fitting.Select(m => m.Name));
        throw new HubFailure(All.Any(m => m.Name == name)
            ? $"The metric '{name}' does not suit {task.Name()}; choose one of {names}."
            : $"There is no metric '{name}'; for {task.Name()} there are {names}.");
    }
}
