using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Mesh.Benchmarks.Load;

/// <summary>Bodies of metric points whose steps are written anew in place, so that making them costs the client next to nothing.</summary>
/// <param name="points">Points of a body.</param>
/// <param name="names">Metrics that they are spread over.</param>
internal sealed class PointBodies(int points, int names)
{
    private const long First = 1_000_000_000;
    private readonly List<int> _places = [];
    private readonly List<int> _times = [];

    /// <summary>A body to copy.</summary>
    public byte[] Template()
    {
        var text = new StringBuilder("{\"points\":[");
        _places.Clear();
        _times.Clear();
        for (var i = 0; i < points; i++)
        {
            if (i > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{{\"name\":\"metric{i % names}\",\"value\":{Math.Sin(i):R},\"time\":\"");
            _times.Add(text.Length);
            text.Append("2026-11-26T10:00:00.000Z\",\"step\":");
            _places.Add(text.Length);
            text.Append(First).Append('}');
        }

        return Encoding.ASCII.GetBytes(text.Append("]}").ToString());
    }

    /// <summary>Numbers the points of a connection's next body: each step comes once per metric and connection.</summary>
    public void Number(Span<byte> body, int connection, long sent)
    {
        var step = First + (connection * 100_000_000L) + (sent * (points / names));
        for (var i = 0; i < _places.Count; i++)
        {
            var number = step + (i / names);
            Utf8Formatter.TryFormat(number, body[_places[i]..], out _);
            // A point every ten milliseconds, for a day.
            var time = number % 8_640_000;
            var text = body[_times[i]..];
            Two(text[11..], time / 360_000);
            Two(text[14..], time / 6_000 % 60);
            Two(text[17..], time / 100 % 60);
            Two(text[20..], time % 100);
        }
    }

    private static void Two(Span<byte> text, long number) => (text[0], text[1]) = ((byte)('0' + (number / 10)), (byte)('0' + (number % 10)));
}
