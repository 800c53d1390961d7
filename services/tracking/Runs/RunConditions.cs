using System.Text.Json;
using NpgsqlTypes;

namespace Mesh.Tracking.Runs;

/// <summary>Adds a value to the parameters of a statement; answers how it is written there.</summary>
internal delegate string BindValue(object value, NpgsqlDbType? type = null);

/// <summary>The SQL of a list's filters. The run's row is <c>r</c>.</summary>
internal static class RunConditions
{
    /// <summary>Conditions that must all hold. Which project, and whether deleted runs are looked at, is the caller's to say.</summary>
    /// <param name="project">The parameter that holds the project.</param>
    public static IEnumerable<string> Of(RunFilter filter, string project, BindValue bind)
    {
        if (filter.Statuses.Count > 0) yield return $"r.status = any({bind(filter.Statuses.Select(s => s.ToString()).ToArray())})";
        if (filter.Experiment is { } experiment)
            yield return $"r.experiment_id = (select number from mt_doc_experiment where tenant_id = {project} and name = {bind(experiment)})";
        if (filter.Group is { } group) yield return $"r.run_group = {bind(group)}";
        if (filter.Kind is { } kind) yield return $"r.kind = {bind(kind)}";
        if (filter.Parent is { } parent) yield return $"r.parent = {bind(parent)}";
        if (filter.Name is { } name) yield return $"r.name {(name.Contains('*', StringComparison.Ordinal) ? "like" : "=")} {bind(Pattern(name))}";
        foreach (var tag in filter.Tags) yield return Holds("tags", tag, bind);
        foreach (var param in filter.Params) yield return Holds("params", param, bind);
        if (filter.CreatedAfter is { } from) yield return $"r.created_at >= {bind(from)}";
        if (filter.CreatedBefore is { } to) yield return $"r.created_at < {bind(to)}";
    }

    // Without a wildcard the pattern is the name itself.
    private static string Pattern(string name) => name.Contains('*', StringComparison.Ordinal)
        ? name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal).Replace('*', '%')
        : name;

    private static string Holds(string member, (string Key, string? Value) pair, BindValue bind) => pair.Value is null
        ? $"r.data -> '{member}' ? {bind(pair.Key)}"
        : $"r.data -> '{member}' @> {bind(JsonSerializer.Serialize(new Dictionary<string, string> { [pair.Key] = pair.Value }), NpgsqlDbType.Jsonb)}";
}
