using System.Buffers.Text;

namespace Mesh.Tracking.Metrics.Live;

/// <summary>How many points of each metric of a run a follower has seen, by the number of the series.</summary>
internal sealed class MetricPosition
{
    private const int MostBytes = 16 * 1024;

    private readonly SortedDictionary<long, long> _seen = [];

    public long this[long series]
    {
        get => _seen.GetValueOrDefault(series);
        set => _seen[series] = value;
    }

    /// <summary>Pairs of differences of numbers and counts, seven bits a byte, as URL-safe base64: short enough for a header with the most metrics of a run.</summary>
    public string Encode()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        var before = 0L;
        foreach (var (series, count) in _seen)
        {
            writer.Write7BitEncodedInt64(series - before);
            writer.Write7BitEncodedInt64(count);
            before = series;
        }

        writer.Write((byte)0);
        return Base64Url.EncodeToString(bytes.ToArray());
    }

    /// <summary>Reads what was encoded; null if it was not.</summary>
    public static MetricPosition? Decode(string text)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            if (bytes.Length is 0 or > MostBytes) return null;
            using var reader = new BinaryReader(new MemoryStream(bytes));
            var position = new MetricPosition();
            for (var series = 0L; reader.Read7BitEncodedInt64() is not 0 and var step;)
            {
                var count = reader.Read7BitEncodedInt64();
                if (step < 0 || count < 0) return null;
                position[series = checked(series + step)] = count;
            }

            return reader.BaseStream.Position == bytes.Length ? position : null;
        }
        catch (Exception e) when (e is FormatException or IOException or OverflowException)
        {
            return null;
        }
    }
}
