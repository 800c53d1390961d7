using System.Buffers;
using System.Text;

namespace Mesh.Hub.Tables;

/// <summary>The texts of a column while a file is read: UTF-8, end to end, so that a big file costs little more than its size.</summary>
internal sealed class ColumnText
{
    private static readonly HashSet<string> MissingWords = new(StringComparer.OrdinalIgnoreCase) { "na", "n/a", "nan", "null", "?" };

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly List<int> _ends = [];

    public int Count => _ends.Count;

    /// <summary>Number of values that are absent: empty, or one of NA, N/A, NaN, null and ?.</summary>
    public int Missing { get; private set; }

    public void Add(ReadOnlySpan<char> value)
    {
        value = value.Trim();
        if (IsMissing(value)) Missing++;
        else _bytes.Advance(Encoding.UTF8.GetBytes(value, _bytes.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length))));
        _ends.Add(_bytes.WrittenCount);
    }

    /// <summary>The value as UTF-8; empty where missing.</summary>
    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            var start = row == 0 ? 0 : _ends[row - 1];
            return _bytes.WrittenSpan[start.._ends[row]];
        }
    }

    private static bool IsMissing(ReadOnlySpan<char> value) =>
        value.IsEmpty || (value.Length <= 4 && MissingWords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(value));
}
