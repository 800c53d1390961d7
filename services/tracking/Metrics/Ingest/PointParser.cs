using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>
/// Reads points of the usual form without the serializer, several times as fast: names of one request are made and checked once. What is out of
/// form, and forms that are allowed but rare, it gives up without a word: the serializer then finds the fault, or reads them.
/// </summary>
internal sealed class PointParser
{
    private const int MostNameBytes = 250 * 4;

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names =
        new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private string? _last;

    /// <summary>Reads a whole body of <see cref="LogMetrics"/> in form, or null.</summary>
    public LogMetrics? TryRead(ReadOnlySpan<byte> json, int most)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && TryRead(ref reader, most, out var body) && !reader.Read() ? body : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads one point in form that is all of the text, or null.</summary>
    public MetricPoint? TryReadPoint(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && TryReadPoint(ref reader) is { } point && !reader.Read() ? point : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The name as one string for all points of the request; null if it is out of form.</summary>
    public string? Intern(ReadOnlySpan<char> name)
    {
        if (_last is not null && name.SequenceEqual(_last)) return _last;
        if (_names.TryGetValue(name, out var known)) return _last = known;
        var made = name.ToString();
        if (!Names.IsKey(made)) return null;
        _names.Set.Add(made);
        return _last = made;
    }

    private bool TryRead(ref Utf8JsonReader reader, int most, out LogMetrics? body)
    {
        body = null;
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        List<MetricPoint>? points = null;
        int? attempt = null;
        Guid? batch = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("points"u8) && points is null)
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return false;
                points = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (points.Count == most || TryReadPoint(ref reader) is not { } point) return false;
                    points.Add(point);
                }
            }
            else if (reader.ValueTextEquals("attempt"u8) && attempt is null)
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var number)) return false;
                attempt = number;
            }
            else if (reader.ValueTextEquals("batchId"u8) && batch is null)
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String || !reader.TryGetGuid(out var id)) return false;
                batch = id;
            }
            else
            {
                return false;
            }
        }

        if (points is null) return false;
        body = new LogMetrics(points, attempt, batch);
        return true;
    }

    private MetricPoint? TryReadPoint(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        string? name = null;
        double? value = null;
        long? step = null;
        DateTimeOffset? time = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8) && name is null)
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String || (name = Name(ref reader)) is null) return null;
            }
            else if (reader.ValueTextEquals("value"u8) && value is null)
            {
                if (!reader.Read() || (value = Value(ref reader)) is null) return null;
            }
            else if (reader.ValueTextEquals("step"u8) && step is null)
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number)) return null;
                step = number;
            }
            else if (reader.ValueTextEquals("time"u8) && time is null)
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String || !reader.TryGetDateTimeOffset(out var moment)) return null;
                time = moment;
            }
            else
            {
                return null;
            }
        }

        return name is null || value is null ? null : new MetricPoint(name, value.Value, step ?? 0, time);
    }

    private string? Name(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Length > MostNameBytes) return null;
        if (_last is not null && reader.ValueTextEquals(_last)) return _last;
        Span<char> text = stackalloc char[MostNameBytes];
        return Intern(text[..reader.CopyString(text)]);
    }

    private static double? Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetDouble(out var number) => number,
        JsonTokenType.String when reader.ValueTextEquals("NaN"u8) => double.NaN,
        JsonTokenType.String when reader.ValueTextEquals("Infinity"u8) => double.PositiveInfinity,
        JsonTokenType.String when reader.ValueTextEquals("-Infinity"u8) => double.NegativeInfinity,
        _ => null,
    };
}
