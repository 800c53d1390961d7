using System.Collections;
using System.Data;
using System.Globalization;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Makes the profile of a file in two passes over some columns at a time: the first counts and finds the range, the second says how values are
/// distributed in it.
/// </summary>
internal static class Profiler
{
    private const int ColumnsAtOnce = 60;
    private const int Bins = 20;
    private const int MostFrequent = 10;
    private const int MostCharacters = 200;

    // More numbers than this are not sorted: their quantiles come from a digest of them.
    private const long ExactNumbers = 2_000_000;

    private static readonly double[] Shares = [0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99];

    /// <summary>Finds out how the file is read, and reads it.</summary>
    public static (Reading Reading, DatasetProfile Profile) Profile(string path, DatasetFormat format, DatasetsOptions options, TimeProvider clock, CancellationToken ct)
    {
        try
        {
            return ProfileOnce(path, format, options, whole: false, clock, ct);
        }
        catch (DuckDBException e) when (format is DatasetFormat.Csv or DatasetFormat.Json && IsMisfit(e) && !ct.IsCancellationRequested)
        {
            return ProfileOnce(path, format, options, whole: true, clock, ct);
        }
    }

    // A row further down is of another type than the first ones.
    private static bool IsMisfit(DuckDBException e) =>
        e.ErrorType == DuckDBErrorType.Conversion || e.Message.Contains("transform", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("Could not convert", StringComparison.Ordinal)
        || e.Message.Contains("Error when converting", StringComparison.Ordinal);

    private static (Reading Reading, DatasetProfile Profile) ProfileOnce(
        string path, DatasetFormat format, DatasetsOptions options, bool whole, TimeProvider clock, CancellationToken ct)
    {
        using var session = DuckSession.Open(path, options, ct, isArrow: format == DatasetFormat.Arrow);
        var reading = Discovery.Read(session, path, format, whole, ct);
        var rows = 0L;
        var found = new List<Found>(reading.Columns.Count);
        foreach (var chunk in reading.Columns.Chunk(ColumnsAtOnce))
        {
            var part = chunk.Select(column => new Found(column, ColumnKinds.Of(column.Type))).ToList();
            rows = Count(session, part);
            if (rows > 0) Distribute(session, part, rows);
            found.AddRange(part);
        }

        return (reading, new DatasetProfile(
            rows,
            [.. found.Select(column => new DatasetColumn(column.Name, column.Type, column.Kind, column.Nullable ?? column.Count < rows))],
            [.. found.Select(column => column.ToStatistics(rows))],
            clock.GetUtcNow()));
    }

    private static long Count(DuckSession session, List<Found> columns)
    {
        var select = new List<string> { "count(*)" };
        foreach (var column in columns)
        {
            var name = Sql.Name(column.Name);
            select.Add($"count({name})");
            select.Add($"approx_count_distinct({(column.Kind == DatasetColumnKind.Other ? $"{name}::varchar" : name)})");
            select.Add(column.Kind == DatasetColumnKind.Other ? "null" : $"min({name})::varchar");
            select.Add(column.Kind == DatasetColumnKind.Other ? "null" : $"max({name})::varchar");
            if (column.Kind == DatasetColumnKind.Number)
            {
                var number = column.Finite;
                select.AddRange([$"count({number})", $"min({number})", $"max({number})", $"avg({number})", $"stddev_samp({number})"]);
            }
            else if (column.HasFrequent)
            {
                select.Add($"approx_top_k({name}::varchar, {MostFrequent})");
            }
        }

        return session.Query($"select {string.Join(", ", select)} from {DuckSession.Relation}", row =>
        {
            var at = 1;
            foreach (var column in columns)
            {
                column.Count = row.GetInt64(at++);
                column.Distinct = Math.Min(row.GetInt64(at++), column.Count);
                (column.Min, column.Max) = (Cut(row.GetValue(at++)), Cut(row.GetValue(at++)));
                if (column.Kind == DatasetColumnKind.Number)
                {
                    column.Numbers = row.GetInt64(at++);
                    (column.Least, column.Greatest, column.Mean, column.Deviation) = (Number(row, at++), Number(row, at++), Number(row, at++), Number(row, at++));
                }
                else if (column.HasFrequent)
                {
                    column.Candidates = row.GetValue(at++) is IEnumerable values and not string
                        ? [.. values.OfType<string>().Where(value => value.Length <= MostCharacters && !value.Contains('\0', StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)]
                        : [];
                }
            }

            return row.GetInt64(0);
        }).Single();
    }

    private static void Distribute(DuckSession session, List<Found> columns, long rows)
    {
        var select = new List<string>();
        var reads = new List<Action<IDataRecord>>();
        var numbers = columns.Where(column => column is { Least: not null, Greatest: not null }).ToList();
        var (quantile, type) = rows * numbers.Count <= ExactNumbers ? ("quantile_cont", "double[]") : ("approx_quantile", "float[]");
        var shares = $"[{string.Join(", ", Shares.Select(Literal))}]::{type}";
        void Ask(string expression, Action<object> read)
        {
            var at = select.Count;
            select.Add(expression);
            reads.Add(row => read(row.GetValue(at)));
        }

        foreach (var column in numbers)
        {
            Ask($"{quantile}({column.Finite}, {shares})", value => column.Quantiles = Doubles(value));
            column.Edges = EdgesOf(column.Least!.Value, column.Greatest!.Value);
            Ask(Histogram(column.Finite, column.Edges), value => column.Counts = Counts(value, column.Edges.Length - 1));
        }

        foreach (var column in columns)
        {
            foreach (var candidate in column.Candidates)
                Ask($"count(*) filter ({Sql.Name(column.Name)}::varchar = {Sql.Text(candidate)})", value => column.Frequent.Add(new ValueCount(candidate, Convert.ToInt64(value, CultureInfo.InvariantCulture))));
        }

        if (select.Count == 0) return;
        session.Query($"select {string.Join(", ", select)} from {DuckSession.Relation}", row =>
        {
            foreach (var read in reads) read(row);
            return true;
        });
    }

    /// <summary>Counts of what is at most each edge but the first, and above the one before.</summary>
    internal static string Histogram(string number, IReadOnlyList<double> edges) => $"map_values(histogram({number}, [{string.Join(", ", edges.Skip(1).Select(Literal))}]))";

    /// <summary>Reads what <see cref="Histogram"/> answers; what lies above the last edge is left out.</summary>
    internal static long[] Counts(object value, int bins)
    {
        var counts = value is IEnumerable list ? list.Cast<object>().Select(count => Convert.ToInt64(count, CultureInfo.InvariantCulture)).ToArray() : [];
        Array.Resize(ref counts, bins);
        return counts;
    }

    internal static string Literal(double value) => $"{value.ToString("R", CultureInfo.InvariantCulture)}::double";

    // The edges between are weighted means, since the range of two doubles may be more than a double can be.
    private static double[] EdgesOf(double least, double greatest)
    {
        if (least == greatest) return [least, greatest];
        var edges = Enumerable.Range(0, Bins + 1).Select(i => (least * (Bins - i) / Bins) + (greatest * i / Bins)).ToArray();
        (edges[0], edges[^1]) = (least, greatest);
        // Neighbouring doubles have no room for all bins.
        return [.. edges.Distinct().Order()];
    }

    private static double? Number(IDataRecord row, int at) => row.IsDBNull(at) ? null : Convert.ToDouble(row.GetValue(at), CultureInfo.InvariantCulture) is var value && double.IsFinite(value) ? value : null;

    private static List<double> Doubles(object value) =>
        value is IEnumerable list ? [.. list.Cast<object>().Select(each => Convert.ToDouble(each, CultureInfo.InvariantCulture))] : [];

    // The database that keeps profiles holds no zero characters.
    private static string? Cut(object value) => value is not string text ? null
        : (text.Length <= MostCharacters ? text : $"{text[..(char.IsHighSurrogate(text[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)]}…").Replace('\0', '\ufffd');

    private sealed class Found(ReadColumn column, DatasetColumnKind kind)
    {
        public string Name { get; } = column.Name;

        public string Type { get; } = column.Type;

        public bool? Nullable { get; } = column.Nullable;

        public DatasetColumnKind Kind { get; } = kind;

        public bool HasFrequent { get; } = kind is DatasetColumnKind.Text or DatasetColumnKind.Boolean;

        /// <summary>The column as doubles, without what is not finite.</summary>
        public string Finite { get; } = ColumnKinds.IsFloating(column.Type)
            ? $"(case when isfinite({Sql.Name(column.Name)}) then {Sql.Name(column.Name)}::double end)"
            : $"{Sql.Name(column.Name)}::double";

        public long Count { get; set; }

        public long Distinct { get; set; }

        public string? Min { get; set; }

        public string? Max { get; set; }

        public long Numbers { get; set; }

        public double? Least { get; set; }

        public double? Greatest { get; set; }

        public double? Mean { get; set; }

        public double? Deviation { get; set; }

        public List<double> Quantiles { get; set; } = [];

        public double[] Edges { get; set; } = [];

        public long[] Counts { get; set; } = [];

        public IReadOnlyList<string> Candidates { get; set; } = [];

        public List<ValueCount> Frequent { get; } = [];

        public DatasetColumnStatistics ToStatistics(long rows) => new(
            Name, Count, rows - Count, Distinct, Min, Max,
            Kind == DatasetColumnKind.Number
                ? new NumberStatistics(
                    Count - Numbers, Least, Greatest, Mean, Deviation, [.. Shares.Zip(Quantiles, (share, value) => new DatasetQuantile(share, value))],
                    Counts.Length == 0 ? null : new DatasetHistogram(Edges, Counts))
                : null,
            HasFrequent ? [.. Frequent.Where(value => value.Count > 0).OrderByDescending(value => value.Count).ThenBy(value => value.Value, StringComparer.Ordinal)] : null);
    }
}
