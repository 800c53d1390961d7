using System.Buffers;
using System.Text.Json;
using Mesh.Contracts.Monitoring;
using Mesh.Monitoring.Drift;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Drift;

/// <summary>Rows as they come from serving.</summary>
internal static class CapturedRows
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    /// <summary>Counts rows, given as values by column name.</summary>
    public static void AddRows(this WindowTally tally, IEnumerable<JsonElement> inputs)
    {
        var rows = inputs.Select(row => new Prediction(DateTimeOffset.UnixEpoch, 1, row, Nothing, 0)).ToList();
        tally.Add(new PredictionBatch(Guid.Empty, "e", "m", rows).ToBytes());
    }

    /// <summary>Counts one row of these columns.</summary>
    public static void AddRow(this WindowTally tally, PredictionColumns columns, Action<IBufferWriter<byte>> values) => tally.Add(Row(columns, values));

    /// <summary>The bin of a value.</summary>
    public static int BinOf(this FeatureReference reference, string json)
    {
        var row = new Prediction(DateTimeOffset.UnixEpoch, 1, JsonElement.Parse($$"""{"value":{{json}}}"""), Nothing, 0);
        return BinOf(reference, new PredictionBatch(Guid.Empty, "e", "m", [row]).ToBytes());
    }

    /// <summary>The bin of the value of a column.</summary>
    public static int BinOf(this FeatureReference reference, PredictionColumn column, Action<IBufferWriter<byte>> value) =>
        BinOf(reference, Row(new PredictionColumns([column], []), value));

    private static byte[] Row(PredictionColumns columns, Action<IBufferWriter<byte>> write)
    {
        var (bytes, values) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        PredictionFrames.WriteHead(bytes, Guid.Empty, "e", "m", 1, columns);
        write(values);
        PredictionFrames.WriteRow(bytes, DateTimeOffset.UnixEpoch, 0, null, values.WrittenSpan);
        return bytes.WrittenSpan.ToArray();
    }

    private static void Add(this WindowTally tally, byte[] batch)
    {
        PredictionReader.TryOpenBatch(batch, out _, out var rows).ShouldBeTrue();
        tally.Add(ref rows);
        rows.IsAtEnd.ShouldBeTrue();
    }

    private static int BinOf(FeatureReference reference, byte[] batch)
    {
        PredictionReader.TryOpenBatch(batch, out _, out var rows).ShouldBeTrue();
        rows.TryRead(out var row).ShouldBeTrue();
        var cells = row.Cells();
        cells.TryRead(out var cell).ShouldBeTrue();
        return reference.BinOf(cell);
    }
}
