using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models;

/// <summary>What a signature and training statistics must be to mean something: serving checks tensors against the one, drift is measured against the other.</summary>
internal static class SignatureRules
{
    /// <summary>The first fault, or null.</summary>
    public static Rejection? Check(ModelSignature signature, TrainingStatistics? statistics) =>
        Columns(signature.Inputs, "signature.inputs") ?? Columns(signature.Outputs, "signature.outputs") ?? Statistics(statistics);

    private static Rejection? Columns(IReadOnlyList<Column> columns, string field)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Count; i++)
        {
            // Elements of a list may be JSON's null whatever their type says.
            if (columns[i] is not var (name, _, shape)) return Fault($"{field}[{i}]", "A column is an object, not null.");
            if (name is not { Length: >= 1 and <= 250 }) return Fault($"{field}[{i}].name", "A column's name has 1 to 250 characters.");
            if (!seen.Add(name)) return Fault($"{field}[{i}].name", $"The column '{name}' is there twice.");
            if (shape is not null && (shape.Count > 8 || shape.Any(length => length is not -1 and < 1)))
                return Fault($"{field}[{i}].shape", "A shape has at most 8 dimensions, each of length 1 or more, or -1 for any.");
        }

        return null;
    }

    private static Rejection? Statistics(TrainingStatistics? statistics)
    {
        if (statistics is null) return null;
        if (statistics.Rows < 0) return Fault("statistics.rows", "The number of rows is 0 or more.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < statistics.Columns.Count; i++)
        {
            var field = $"statistics.columns[{i}]";
            if (statistics.Columns[i] is not { } column) return Fault(field, "A column is an object, not null.");
            if (!seen.Add(column.Name)) return Fault($"{field}.name", $"The column '{column.Name}' is there twice.");
            if (column.Count < 0 || column.Missing < 0) return Fault(field, "Numbers of values are 0 or more.");
            if (NotFinite(column) is { } name) return Fault($"{field}.{name}", "Statistics are finite numbers.");
            if (Bins(column, field) is { } fault) return fault;
            if (column.Categories?.Values.Any(count => count < 0) == true) return Fault($"{field}.categories", "Numbers of values are 0 or more.");
        }

        return null;
    }

    // JSON knows no infinity, but a number that is too large for a double is read as one.
    private static string? NotFinite(ColumnStatistics column)
    {
        if (column.Mean is { } mean && !double.IsFinite(mean)) return "mean";
        if (column.Deviation is { } deviation && !double.IsFinite(deviation)) return "deviation";
        if (column.Min is { } min && !double.IsFinite(min)) return "min";
        if (column.Max is { } max && !double.IsFinite(max)) return "max";
        return column.Edges?.Any(edge => !double.IsFinite(edge)) == true ? "edges" : null;
    }

    private static Rejection? Bins(ColumnStatistics column, string field)
    {
        var (edges, counts) = (column.Edges, column.Counts);
        if (edges is null && counts is null) return null;
        if (edges is null || counts is null || counts.Count != edges.Count + 1)
            return Fault($"{field}.counts", "Bins are given by their n-1 inner edges and n counts.");
        for (var i = 1; i < edges.Count; i++)
            if (!(edges[i - 1] < edges[i])) return Fault($"{field}.edges[{i}]", "Edges ascend.");
        return counts.Any(count => count < 0) ? Fault($"{field}.counts", "Numbers of values are 0 or more.") : null;
    }

    private static Rejection Fault(string field, string detail) => Rejection.Unprocessable("signature.invalid", detail, field);
}
