using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Compare;

/// <summary>What is compared of one run beside its metrics.</summary>
/// <param name="Context">Where it comes from, by key.</param>
internal sealed record RunFacts(ComparedRun Run, IReadOnlyDictionary<string, string> Context, IReadOnlyDictionary<string, string> Params);

/// <summary>Lays runs side by side.</summary>
internal static class Comparison
{
    private const string Commit = "source.gitCommit";
    private const string Group = "group";

    /// <summary>The context of a run: its commit, its group, and for each data set by name the digests that it read.</summary>
    public static IReadOnlyDictionary<string, string> Context(string? commit, string? group, IReadOnlyList<DatasetRef> inputs)
    {
        var context = new Dictionary<string, string>(StringComparer.Ordinal);
        if (commit is not null) context[Commit] = commit;
        if (group is not null) context[Group] = group;
        foreach (var dataset in inputs.GroupBy(input => input.Name, StringComparer.Ordinal))
            context[$"datasets.{dataset.Key}"] = string.Join(", ", dataset.Select(input => input.Digest).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return context;
    }

    /// <summary>The union of what the runs have, one row a key.</summary>
    /// <param name="metrics">By run, then by name.</param>
    public static IReadOnlyList<ComparedRow> Rows(IReadOnlyList<RunFacts> runs, IReadOnlyDictionary<Guid, Dictionary<string, ComparedValue>> metrics) =>
    [
        .. Rows(ComparedKind.Context, [.. runs.Select(run => Texts(run.Context))]),
        .. Rows(ComparedKind.Param, [.. runs.Select(run => Texts(run.Params))]),
        .. Rows(ComparedKind.Metric, [.. runs.Select(run => metrics.GetValueOrDefault(run.Run.Id) ?? [])]),
    ];

    private static IEnumerable<ComparedRow> Rows(ComparedKind kind, Dictionary<string, ComparedValue>[] runs)
    {
        foreach (var key in runs.SelectMany(run => run.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            ComparedValue?[] values = [.. runs.Select(run => run.GetValueOrDefault(key))];
            // Records are equal by their members, and NaN is equal to NaN there.
            yield return new ComparedRow(key, kind, values.Any(value => value != values[0]), values);
        }
    }

    private static Dictionary<string, ComparedValue> Texts(IReadOnlyDictionary<string, string> values) =>
        values.ToDictionary(pair => pair.Key, pair => new ComparedValue(pair.Value), StringComparer.Ordinal);
}
