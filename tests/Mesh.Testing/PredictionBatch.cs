using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Testing;

/// <summary>One captured row. Inputs and outputs are values by column name.</summary>
public sealed record Prediction(DateTimeOffset EventTime, int ModelVersion, JsonElement Inputs, JsonElement Outputs, double LatencyMs, string? RequestId = null);

/// <summary>A batch of captured rows of one version of a model, as objects on both sides of <see cref="PredictionFrames"/>.</summary>
public sealed record PredictionBatch(Guid BatchId, string Endpoint, string Model, IReadOnlyList<Prediction> Predictions)
{
    /// <summary>The body that serving would send.</summary>
    public HttpContent ToContent() => ContentOf(ToBytes());

    /// <summary>The bytes of that body.</summary>
    public byte[] ToBytes()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var values = new ArrayBufferWriter<byte>();
        var columns = new PredictionColumns(ColumnsOf(row => row.Inputs), ColumnsOf(row => row.Outputs));
        var version = Predictions.Select(row => row.ModelVersion).Distinct().SingleOrDefault(1);
        PredictionFrames.WriteHead(bytes, BatchId, Endpoint, Model, version, columns);
        foreach (var row in Predictions)
        {
            values.ResetWrittenCount();
            Write(values, columns.All.Take(columns.Inputs), row.Inputs);
            Write(values, columns.All.Skip(columns.Inputs), row.Outputs);
            PredictionFrames.WriteRow(bytes, row.EventTime, row.LatencyMs, row.RequestId, values.WrittenSpan);
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>A body of the right media type.</summary>
    public static HttpContent ContentOf(byte[] body) => new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(PredictionFrames.ContentType) } };

    /// <summary>Reads a body that serving has sent.</summary>
    public static PredictionBatch Read(ReadOnlySpan<byte> body)
    {
        if (!PredictionReader.TryOpenBatch(body, out var head, out var reader)) throw new FormatException("The head of the batch is out of form.");
        var rows = new List<Prediction>();
        while (reader.TryRead(out var row))
        {
            var cells = row.Cells();
            var inputs = ReadCells(ref cells, reader.Columns.Inputs);
            var outputs = ReadCells(ref cells, reader.Columns.All.Count - reader.Columns.Inputs);
            rows.Add(new Prediction(
                DateTimeOffset.UnixEpoch.AddMicroseconds(row.EventTime), head.ModelVersion, inputs, outputs, row.LatencyMs,
                row.HasRequestId ? Encoding.UTF8.GetString(row.RequestId) : null));
        }

        return reader.IsAtEnd ? new PredictionBatch(head.Batch, head.Endpoint, head.Model, rows) : throw new FormatException($"The batch is out of form after row {rows.Count}.");
    }

    // A column is of the kind of its first value that is not null; one that a row lacks is missing in it.
    private List<PredictionColumn> ColumnsOf(Func<Prediction, JsonElement> part)
    {
        var columns = new List<PredictionColumn>();
        foreach (var value in Predictions.SelectMany(row => part(row).EnumerateObject()))
        {
            if (value.Value.ValueKind == JsonValueKind.Null || columns.Exists(column => column.Name == value.Name)) continue;
            columns.Add(value.Value.ValueKind == JsonValueKind.Array
                ? new PredictionColumn(value.Name, TypeOf(value.Value[0]), IsScalar: false)
                : new PredictionColumn(value.Name, TypeOf(value.Value)));
        }

        return columns;
    }

    private static ColumnType TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => ColumnType.Fp64,
        JsonValueKind.True or JsonValueKind.False => ColumnType.Bool,
        JsonValueKind.String => ColumnType.Bytes,
        _ => throw new ArgumentException($"A row holds no {value.ValueKind}.", nameof(value)),
    };

    private static void Write(ArrayBufferWriter<byte> to, IEnumerable<PredictionColumn> columns, JsonElement row)
    {
        foreach (var column in columns)
        {
            var given = row.TryGetProperty(column.Name, out var found) ? found : default;
            JsonElement[] values = column.IsScalar ? [given] : [.. given.EnumerateArray()];
            switch (column.Type)
            {
                case ColumnType.Fp64:
                    PredictionValues.Write(to, [.. values.Select(value => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN)], column.IsScalar);
                    break;
                case ColumnType.Bool:
                    PredictionValues.Write(to, [.. values.Select(value => value.GetBoolean())], column.IsScalar);
                    break;
                default:
                    PredictionValues.Write(to, [.. values.Select(value => value.ValueKind == JsonValueKind.String ? value.GetString()! : "")], column.IsScalar);
                    break;
            }
        }
    }

    private static JsonElement ReadCells(ref PredictionCells cells, int columns)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            for (var i = 0; i < columns && cells.TryRead(out var cell); i++)
            {
                writer.WritePropertyName(cell.Column.Name);
                cell.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        var reader = new Utf8JsonReader(json.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }
}
