using System.Buffers;
using System.Text.Json;
using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Predictions;

/// <summary>Takes the rows of a page from segments, which come in the order of the list.</summary>
internal sealed class PredictionPage(PredictionFilter filter, int limit, PredictionCursor? after)
{
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly List<PredictionRecord> _rows = [];
    private readonly long _from = filter.From is { } from ? EventSecond.NextMicrosecond(from) : long.MinValue;
    private readonly long _to = filter.To is { } to ? EventSecond.NextMicrosecond(to) : long.MaxValue;
    private PredictionColumns? _columns;

    /// <summary>The rows, in the order of the list.</summary>
    public IReadOnlyList<PredictionRecord> Rows => _rows;

    /// <summary>Whether nothing more is asked for.</summary>
    public bool IsFull => _rows.Count >= limit;

    /// <summary>Adds those rows of a segment that are asked for.</summary>
    public void Add(long segment, string endpoint, string model, int modelVersion, byte[] body)
    {
        var chosen = Choose(segment, body);
        if (chosen.Count == 0) return;
        var first = _rows.Count;
        var at = new Dictionary<int, int>(chosen.Count);
        foreach (var (_, place) in chosen) at.Add(place, first + at.Count);
        _rows.AddRange(Enumerable.Repeat<PredictionRecord>(null!, chosen.Count));
        var rows = Open(body);
        for (var place = 0; rows.TryRead(out var row); place++)
        {
            if (!at.TryGetValue(place, out var index)) continue;
            var cells = row.Cells();
            var inputs = Read(ref cells, rows.Columns.Inputs);
            var outputs = Read(ref cells, rows.Columns.All.Count - rows.Columns.Inputs);
            _rows[index] = new PredictionRecord(
                PredictionId.Of(segment, place), endpoint, model, modelVersion, DateTimeOffset.UnixEpoch.AddMicroseconds(row.EventTime), inputs, outputs, row.LatencyMs);
        }
    }

    // Event time and place of the rows, in the order of the list.
    private List<(long Time, int Place)> Choose(long segment, byte[] body)
    {
        var chosen = new List<(long Time, int Place)>();
        var end = after is not null && PredictionId.SegmentOf(after.Id) == segment
            ? (EventSecond.Microseconds(after.EventTime), PredictionId.PlaceOf(after.Id))
            : (long.MaxValue, int.MaxValue);
        var rows = Open(body);
        for (var place = 0; rows.TryRead(out var row); place++)
            if (row.EventTime >= _from && row.EventTime < _to && (row.EventTime, place).CompareTo(end) < 0) chosen.Add((row.EventTime, place));
        chosen.Sort((one, other) => other.CompareTo(one));
        if (chosen.Count > limit - _rows.Count) chosen.RemoveRange(limit - _rows.Count, chosen.Count - (limit - _rows.Count));
        return chosen;
    }

    private PredictionReader Open(byte[] body)
    {
        if (!PredictionReader.TryOpenSegment(body, _columns, out var rows)) throw new InvalidDataException("A segment of predictions is out of form.");
        _columns = rows.Columns;
        return rows;
    }

    private JsonElement Read(ref PredictionCells cells, int columns)
    {
        _json.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_json))
        {
            writer.WriteStartObject();
            for (var i = 0; i < columns && cells.TryRead(out var cell); i++)
            {
                writer.WritePropertyName(cell.Column.Name);
                cell.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        var reader = new Utf8JsonReader(_json.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }
}
