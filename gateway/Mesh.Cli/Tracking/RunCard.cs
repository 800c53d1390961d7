using Mesh.Cli.Terminal;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary>Prints a run with all that is known of it.</summary>
internal static class RunCard
{
    private const int Points = 40;

    /// <param name="asOf">Whether it is shown as it was: how its metrics went is left out then.</param>
    public static async Task PrintAsync(Context context, RunInfo run, bool asOf)
    {
        var sparklines = context.Output.Json || asOf || run.Metrics.Count == 0 ? [] : (await context.Project.Runs.SparklinesAsync(run.Id, Points, context.Ct)).Metrics;
        context.Output.Object(
            run, ("id", run.Id), ("name", run.Name), ("experiment", run.Experiment), ("group", run.Group), ("status", run.Status), ("cause", run.Cause), ("parent", run.Parent),
            ("attempt", run.Attempt == 0 ? null : run.Attempt), ("worker", run.Worker), ("created", run.CreatedAt), ("by", run.CreatedBy), ("took", Took(run)),
            ("source", run.Source is { } source ? SourceOf(source) : null), ("environment", run.Environment is { } environment ? EnvironmentOf(environment) : null),
            ("params", run.Params), ("tags", run.Tags), ("version", run.Version),
            ("inputs", Lines(run.Inputs, input => $"{input.Name}@{input.Digest}{(input.Context is { } use ? $" ({use})" : "")}")),
            ("outputs", Lines(run.Outputs, output => $"model {output.ModelId} at step {output.Step}")),
            ("artifacts", Lines(run.Artifacts, artifact => $"{artifact.Key}@{artifact.Version} ({artifact.Kind})")),
            ("metrics", MetricsOf(run, sparklines)));
    }

    /// <summary>How long a run took; null while it has not ended.</summary>
    public static string? Took(RunInfo run) => (run.StartedAt, run.EndedAt) is ({ } from, { } to) ? Figures.Duration(to - from) : null;

    private static string SourceOf(RunSource source) => Lines(
        [
            source.GitCommit is null && source.GitUrl is null
                ? null
                : $"{source.GitUrl}{(source.GitCommit is { } commit ? $"@{commit}" : "")}{(source.GitDirty is true ? " (changed)" : "")}",
            source.EntryPoint, source.Command,
        ]);

    private static string EnvironmentOf(RunEnvironment environment) => string.Join(", ", new[]
    {
        environment.Host, environment.Platform, environment.Runtime, environment.Cpus is { } cpus ? $"{cpus} CPUs" : null,
        environment.MemoryBytes is { } bytes ? Figures.Size(bytes) : null,
        environment.Gpus is { Count: > 0 } gpus ? string.Join(" + ", gpus) : null,
        environment.Packages is { Count: > 0 } packages ? $"{packages.Count} package{(packages.Count == 1 ? "" : "s")}" : null,
    }.Where(part => part is not null));

    // Names and values stand below each other, so that the lines can be compared by eye.
    private static string MetricsOf(RunInfo run, IReadOnlyList<Sparkline> sparklines)
    {
        if (run.Metrics.Count == 0) return "";
        var lines = sparklines.ToDictionary(line => line.Metric, line => SparkLine.Of(line.Values), StringComparer.Ordinal);
        var rows = run.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => (m.Key, Value: Figures.Number(m.Value.Last))).ToList();
        var (name, value) = (rows.Max(row => row.Key.Length), rows.Max(row => row.Value.Length));
        return string.Join("\n", rows.Select(row => $"{row.Key.PadRight(name)}  {row.Value.PadLeft(value)}  {lines.GetValueOrDefault(row.Key)}".TrimEnd()));
    }

    private static string Lines<T>(IReadOnlyList<T>? items, Func<T, string> line) => Lines([.. (items ?? []).Select(line)]);

    private static string Lines(IEnumerable<string?> lines) => string.Join("\n", lines.Where(line => !string.IsNullOrEmpty(line)));
}
