using System.Buffers;
using System.Text;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Mesh.Hosting.Telemetry;
using Mesh.Tracking.Runs;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Tracking.Logs;

/// <summary>Appends and reads the text of runs.</summary>
internal sealed class LogStore(ServiceDatabase<ITrackingStore> database, IOptions<TrackingOptions> options, LogSignal signal, TimeProvider clock)
{
    /// <summary>
    /// Appends a chunk of valid UTF-8. With <paramref name="offset"/> a repeat is harmless: what is there already is compared and only the rest
    /// is added. Text is taken after the end of the run too (what its process still printed), but never from a lost attempt.
    /// </summary>
    public async Task<(LogPosition? Position, Rejection? Rejected)> AppendAsync(
        string project, Guid run, int? attempt, long? offset, ReadOnlyMemory<byte> text, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (RunDecider.RefuseSamples(await RunLife.HoldAsync(connection, project, run, ct), attempt, afterEnd: true) is { } rejected) return (null, rejected);
        var (length, cut) = await LockAsync(connection, project, run, ct);
        var at = offset ?? length;
        if (cut) return (new LogPosition(length, true), null);
        if (at > length)
            return (null, Rejection.Conflict("log.gap", $"The text begins at byte {at}, but the log ends at byte {length}. Send what lies between first.", "Mesh-Log-Offset"));
        var known = (int)Math.Min(length - at, text.Length);
        if (known > 0 && !(await ReadAsync(connection, project, run, at, known, ct)).Span.SequenceEqual(text.Span[..known]))
            return (null, Rejection.Conflict("log.offset-taken", $"Byte {at} and what follows hold other text; the log ends at byte {length}.", "Mesh-Log-Offset"));
        var rest = text[known..];
        if (rest.IsEmpty) return (new LogPosition(length, false), null);
        var limit = options.Value.LogLimitBytes;
        if (length + rest.Length > limit)
        {
            cut = true;
            rest = (byte[])[.. Utf8Text.Prefix(rest, limit - length).Span, .. Encoding.UTF8.GetBytes(CutMark(limit))];
        }

        await InsertAsync(connection, project, run, length, rest, cut, ct);
        await transaction.CommitAsync(ct);
        MeshMetrics.LogBytes.Add(rest.Length);
        signal.Wake(project, run);
        return (new LogPosition(length + rest.Length, cut), null);
    }

    /// <summary>At most <paramref name="max"/> bytes from <paramref name="offset"/> on, cut to whole characters.</summary>
    public async Task<LogChunk> ReadAsync(string project, Guid run, long offset, int max, bool ended, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var length = await LengthAsync(connection, project, run, ct);
        var from = Math.Min(offset, length);
        var read = await ReadAsync(connection, project, run, from, (int)Math.Min(max + Utf8Text.LongestCharacter, length - from), ct);
        var tail = Utf8Text.Tail(read.Span);
        var text = Utf8Text.Prefix(read[tail..], max);
        var next = from + tail + text.Length;
        return new LogChunk(from + tail, next, Encoding.UTF8.GetString(text.Span), ended && next >= length);
    }

    /// <summary>Bytes of the log.</summary>
    public async Task<long> LengthAsync(string project, Guid run, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        return await LengthAsync(connection, project, run, ct);
    }

    /// <summary>Bytes of the log, which holds as many.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadBytesAsync(string project, Guid run, long offset, int count, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        return await ReadAsync(connection, project, run, offset, count, ct);
    }

    /// <summary>The mark at the end of a log that was cut.</summary>
    internal static string CutMark(long limit) => $"\n[the log was cut here: it reached the limit of {limit:N0} bytes per run; later text is not kept]\n";

    private static async Task<(long Length, bool Cut)> LockAsync(NpgsqlConnection connection, string project, Guid run, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "insert into log as l (project, run, length, cut) values ($1, $2, 0, false) on conflict (project, run) do update set length = l.length returning length, cut",
            connection)
        {
            Parameters = { new() { Value = project }, new() { Value = run } },
        };
        await command.PrepareAsync(ct);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetBoolean(1));
    }

    private async Task InsertAsync(
        NpgsqlConnection connection, string project, Guid run, long start, ReadOnlyMemory<byte> text, bool cut, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("insert into log_chunk (project, run, start, bytes, appended_at) values ($1, $2, $3, $4, $5)")
                {
                    Parameters =
                    {
                        new() { Value = project }, new() { Value = run }, new() { Value = start }, new() { Value = text }, new() { Value = clock.GetUtcNow() },
                    },
                },
                new("update log set length = $3, cut = $4 where project = $1 and run = $2")
                {
                    Parameters =
                    {
                        new() { Value = project }, new() { Value = run }, new() { Value = start + text.Length }, new() { Value = cut },
                    },
                },
                new("select pg_notify($1, $2)")
                {
                    Parameters = { new() { Value = LogSignal.Channel }, new() { Value = LogSignal.Payload(project, run) } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static async Task<long> LengthAsync(NpgsqlConnection connection, string project, Guid run, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select length from log where project = $1 and run = $2", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = run } },
        };
        await command.PrepareAsync(ct);
        return await command.ExecuteScalarAsync(ct) as long? ?? 0;
    }

    // Chunks have no gaps: those that begin before the end of the range hold it, from the last one that begins at its start or before.
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(
        NpgsqlConnection connection, string project, Guid run, long offset, int count, CancellationToken ct)
    {
        if (count <= 0) return default;
        await using var command = new NpgsqlCommand(
            """
            select start, bytes from log_chunk
            where project = $1 and run = $2 and start < $4
              and start >= (select max(start) from log_chunk where project = $1 and run = $2 and start <= $3)
            order by start
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = run }, new() { Value = offset }, new() { Value = offset + count } },
        };
        await command.PrepareAsync(ct);
        var text = new ArrayBufferWriter<byte>(count);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var start = rows.GetInt64(0);
            var bytes = await rows.GetFieldValueAsync<byte[]>(1, ct);
            var skip = (int)Math.Max(0, offset - start);
            text.Write(bytes.AsSpan(skip, (int)Math.Min(bytes.Length - skip, offset + count - start - skip)));
        }

        return text.WrittenMemory;
    }
}
