using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>Puts versions side by side.</summary>
internal static class VersionComparison
{
    public static ModelComparison Of(IReadOnlyList<ModelVersion> versions) => new(
        versions,
        Lines(versions, version => version.Metrics.Keys, (version, name) => version.Metrics.TryGetValue(name, out var value) ? value : (double?)null),
        Lines(versions, version => version.Tags.Keys, (version, name) => version.Tags.GetValueOrDefault(name)),
        Lines(versions, version => version.Signature.Inputs.Select(column => column.Name), (version, name) => Text(version.Signature.Inputs, name)),
        Lines(versions, version => version.Signature.Outputs.Select(column => column.Name), (version, name) => Text(version.Signature.Outputs, name)));

    private static List<ComparedValue<T>> Lines<T>(
        IReadOnlyList<ModelVersion> versions, Func<ModelVersion, IEnumerable<string>> names, Func<ModelVersion, string, T> value) =>
    [
        .. versions.SelectMany(names).Distinct(StringComparer.Ordinal).Select(name =>
        {
            var values = versions.Select(version => value(version, name)).ToList();
            return new ComparedValue<T>(name, values, values.Distinct().Count() > 1);
        }),
    ];

    private static string? Text(IReadOnlyList<Column> columns, string name) => columns.FirstOrDefault(column => column.Name == name) is { } column
        ? $"{column.Type.ToString().ToLowerInvariant()}{(column.Shape is { Count: > 0 } shape ? $"[{string.Join(", ", shape)}]" : "")}"
        : null;
}
