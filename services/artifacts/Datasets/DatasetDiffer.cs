using System.Globalization;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Says how a version of a data set differs from another: by their profiles, and for the distributions by counting both in the same bins, the tenths of
/// the version before.
/// </summary>
internal sealed class DatasetDiffer(DatasetReader reader)
{
    // Columns beyond these are compared by their statistics alone.
    private const int MostCounted = 300;

    // An empty bin has no logarithm.
    private const double LeastShare = 0.0001;

    private static readonly double[] Tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

    public async Task<DatasetDiff> CompareAsync(ReadableDataset before, ReadableDataset after, CancellationToken ct)
    {
        var isSame = before.Version.Digest == after.Version.Digest && before.Reading.Format == after.Reading.Format;
        var afterByName = after.Profile.Columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        var beforeByName = before.Profile.Columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        var statistics = after.Profile.Statistics.ToDictionary(column => column.Column, StringComparer.Ordinal);
        var both = before.Profile.Statistics.Where(column => afterByName.ContainsKey(column.Column)).Select(column => new Pair(column, statistics[column.Column])).ToList();
        if (!isSame) await CountAsync(before, after, both, ct);
        return new DatasetDiff(
            after.Version.Key, after.Version.Version, before.Version.Version, isSame, before.Profile.Rows, after.Profile.Rows,
            [.. after.Profile.Columns.Where(column => !beforeByName.ContainsKey(column.Name))],
            [.. before.Profile.Columns.Where(column => !afterByName.ContainsKey(column.Name))],
            [.. before.Profile.Columns.Where(column => afterByName.TryGetValue(column.Name, out var now) && now.Type != column.Type).Select(column => new ColumnRetyped(column.Name, column.Type, afterByName[column.Name].Type))],
            [.. both.Select(pair => new ColumnDrift(pair.Before.Column, pair.Before, pair.After, isSame && pair.IsCountable ? 0 : pair.Psi(before.Profile.Rows, after.Profile.Rows), pair.MeanShift))]);
    }

    private async Task CountAsync(ReadableDataset before, ReadableDataset after, List<Pair> both, CancellationToken ct)
    {
        var counted = both.Where(pair => pair.IsCountable).Take(MostCounted).ToList();
        if (counted.Count == 0) return;
        var inBefore = await CountAsync(before, counted, ct);
        var inAfter = await CountAsync(after, counted, ct);
        for (var i = 0; i < counted.Count; i++) (counted[i].CountsBefore, counted[i].CountsAfter) = (inBefore[i], inAfter[i]);
    }

    private Task<List<long[]>> CountAsync(ReadableDataset dataset, List<Pair> counted, CancellationToken ct)
    {
        var types = dataset.Profile.Columns.ToDictionary(column => column.Name, column => column.Type, StringComparer.Ordinal);
        var bins = counted.SelectMany(pair => pair.Bins(types[pair.Before.Column])).ToList();
        return reader.ReadAsync(dataset, null, session => session.Query($"select {string.Join(", ", bins)} from {DuckSession.Relation}", row =>
        {
            var at = 0;
            var counts = new List<long[]>(counted.Count);
            foreach (var pair in counted)
            {
                var column = new long[pair.BinCount];
                for (var i = 0; i < column.Length; i++) column[i] = Convert.ToInt64(row.GetValue(at++), CultureInfo.InvariantCulture);
                counts.Add(column);
            }

            return counts;
        }).Single(), ct);
    }

    private sealed class Pair
    {
        private readonly double[] _edges;
        private readonly string[] _values;

        public Pair(DatasetColumnStatistics before, DatasetColumnStatistics after)
        {
            (Before, After) = (before, after);
            var isBoth = before.Numbers is not null && after.Numbers is not null;
            _edges = isBoth ? [.. before.Numbers!.Quantiles.Where(quantile => Tenths.Contains(quantile.Share)).Select(quantile => quantile.Value).Distinct().Order()] : [];
            _values = before.Frequent is { } frequent && after.Frequent is not null ? [.. frequent.Select(value => value.Value)] : [];
        }

        public DatasetColumnStatistics Before { get; }

        public DatasetColumnStatistics After { get; }

        public bool IsCountable => BinCount > 0;

        public int BinCount => _edges.Length + _values.Length;

        public long[]? CountsBefore { get; set; }

        public long[]? CountsAfter { get; set; }

        public double? MeanShift => Before.Numbers is { Mean: { } mean, Deviation: { } deviation } && deviation > 0 && After.Numbers is { Mean: { } now } && double.IsFinite((now - mean) / deviation)
            ? (now - mean) / deviation
            : null;

        /// <summary>What is counted: rows at most at each edge, or with each value.</summary>
        public IEnumerable<string> Bins(string type)
        {
            var name = Sql.Name(Before.Column);
            var finite = ColumnKinds.IsFloating(type) ? $"isfinite({name}) and " : "";
            return _edges.Select(edge => $"count(*) filter ({finite}{name}::double <= {Profiler.Literal(edge)})")
                .Concat(_values.Select(value => $"count(*) filter ({name}::varchar = {Sql.Text(value)})"));
        }

        /// <summary>Over the bins, what is in none of them, and what is missing.</summary>
        public double? Psi(long rowsBefore, long rowsAfter)
        {
            if (CountsBefore is null || CountsAfter is null || rowsBefore == 0 || rowsAfter == 0) return null;
            return Shares(CountsBefore, Before, rowsBefore).Zip(Shares(CountsAfter, After, rowsAfter), (was, now) => (now - was) * Math.Log(now / was)).Sum();
        }

        private IEnumerable<double> Shares(long[] counts, DatasetColumnStatistics statistics, long rows)
        {
            // Edges count everything below them: the bin between two is the difference.
            var bins = _edges.Length > 0 ? [.. counts.Select((count, i) => i == 0 ? count : count - counts[i - 1])] : counts;
            return bins.Append(statistics.Count - bins.Sum()).Append(statistics.Missing).Select(count => Math.Max((double)count / rows, LeastShare));
        }
    }
}
