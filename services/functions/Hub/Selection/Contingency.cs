using Mesh.Hub.Statistics;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Selection;

/// <summary>How often the values of two columns meet. Rows where either is missing do not count.</summary>
internal sealed class Contingency
{
    /// <summary>Bins that numbers are parted into, of equally many values each.</summary>
    private const int MostBins = 10;

    private readonly long[,] _counts;
    private readonly long[] _left;
    private readonly long[] _right;
    private readonly long _total;

    private Contingency(long[,] counts)
    {
        _counts = counts;
        _left = new long[counts.GetLength(0)];
        _right = new long[counts.GetLength(1)];
        for (var i = 0; i < _left.Length; i++)
        {
            for (var j = 0; j < _right.Length; j++)
            {
                _left[i] += counts[i, j];
                _right[j] += counts[i, j];
                _total += counts[i, j];
            }
        }
    }

    /// <summary>Counts some rows of two columns that were made classes of.</summary>
    public static Contingency Of((int[] Codes, int Count) left, (int[] Codes, int Count) right, IReadOnlyList<int> rows)
    {
        var counts = new long[left.Count, right.Count];
        foreach (var row in rows)
            if (left.Codes[row] >= 0 && right.Codes[row] >= 0) counts[left.Codes[row], right.Codes[row]]++;
        return new Contingency(counts);
    }

    /// <summary>A class per row of a column, -1 where missing: texts as they are, numbers in bins that are made of <paramref name="rows"/>.</summary>
    /// <param name="asTexts">Whether numbers are names of classes.</param>
    public static (int[] Codes, int Count) Classes(TableColumn column, IReadOnlyList<int> rows, bool asTexts)
    {
        if (column.Numbers is not { } numbers || asTexts) return (column.Codes!, column.Levels!.Length);
        var sorted = rows.Select(row => numbers[row]).Where(value => !double.IsNaN(value)).ToArray();
        if (sorted.Length == 0) return ([.. Enumerable.Repeat(-1, numbers.Length)], 1);
        Array.Sort(sorted);
        var edges = Bins.ByQuantile(sorted, MostBins);
        var codes = Array.ConvertAll(numbers, value =>
        {
            if (double.IsNaN(value)) return -1;
            var at = Array.BinarySearch(edges, value);
            return at >= 0 ? at + 1 : ~at;
        });
        return (codes, edges.Length + 1);
    }

    /// <summary>Pearson's statistic of independence with its degrees of freedom; null where either side is always the same.</summary>
    public (double Statistic, int Freedom)? ChiSquared()
    {
        var freedom = (_left.Count(n => n > 0) - 1) * (_right.Count(n => n > 0) - 1);
        if (freedom <= 0) return null;
        double sum = 0;
        for (var i = 0; i < _left.Length; i++)
        {
            for (var j = 0; j < _right.Length; j++)
            {
                if (_left[i] == 0 || _right[j] == 0) continue;
                var expected = (double)_left[i] * _right[j] / _total;
                sum += (_counts[i, j] - expected) * (_counts[i, j] - expected) / expected;
            }
        }

        return (sum, freedom);
    }

    /// <summary>Cramér's V, 0 to 1; null where either side is always the same.</summary>
    public double? CramersV()
    {
        if (ChiSquared() is not { } found) return null;
        var smaller = Math.Min(_left.Count(n => n > 0), _right.Count(n => n > 0)) - 1;
        return Math.Sqrt(Math.Min(1, found.Statistic / (_total * (double)smaller)));
    }

    /// <summary>Mutual information in nats; null where either side is always the same.</summary>
    public double? MutualInformation()
    {
        if (_left.Count(n => n > 0) < 2 || _right.Count(n => n > 0) < 2) return null;
        double sum = 0;
        for (var i = 0; i < _left.Length; i++)
            for (var j = 0; j < _right.Length; j++)
                if (_counts[i, j] > 0) sum += _counts[i, j] / (double)_total * Math.Log((double)_counts[i, j] * _total / ((double)_left[i] * _right[j]));
        return Math.Max(0, sum);
    }
}
