using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tracking.Spool;

/// <summary>What is in a file that was left behind, without its points: those are read again one batch at a time.</summary>
/// <param name="Waiting">The batches that are not known to be through, in order.</param>
/// <param name="Damaged">Records whose checksum does not match.</param>
internal sealed record SpoolScan(IReadOnlyList<SpooledBatch> Waiting, int Damaged)
{
    /// <summary>Values in the batches that wait.</summary>
    public long Points => Waiting.Sum(batch => (long)batch.Points);

    /// <summary>Reads the file from its first batch to the end of its last whole record, where it goes on.</summary>
    public static SpoolScan Of(SpoolFile file)
    {
        var found = new List<SpooledBatch>();
        var done = new HashSet<Guid>();
        var damaged = 0;
        var at = file.First;
        while (file.Read(at) is { } record)
        {
            if (record is { Kind: SpoolRecordKind.Done, Content: { Length: 16 } id }) done.Add(new Guid(id));
            else if (BatchOf(record) is { BatchId: { } batch } points) found.Add(new SpooledBatch(batch, at, points.Points.Count));
            else damaged++;
            at = record.Next;
        }

        file.GoOnAt(at);
        found.RemoveAll(batch => done.Contains(batch.Id));
        return new SpoolScan(found, damaged);
    }

    /// <summary>The batch of a record; null where it is none or cannot be read.</summary>
    public static LogMetrics? BatchOf(SpoolRecord record)
    {
        if (record is not { Kind: SpoolRecordKind.Batch, Content: { } content }) return null;
        try
        {
            return JsonSerializer.Deserialize<LogMetrics>(content, MeshJson.Tolerant);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A batch that waits in a file.</summary>
/// <param name="At">Where its record begins.</param>
internal readonly record struct SpooledBatch(Guid Id, long At, int Points)
{
    /// <summary>When its id was made: a version 7 id begins with the milliseconds.</summary>
    public DateTimeOffset Made
    {
        get
        {
            var bytes = Id.ToByteArray(bigEndian: true);
            long time = 0;
            for (var i = 0; i < 6; i++) time = (time << 8) | bytes[i];
            return DateTimeOffset.FromUnixTimeMilliseconds(time);
        }
    }
}
