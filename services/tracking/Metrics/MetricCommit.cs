using System.Runtime.InteropServices;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Telemetry;
using Mesh.Tracking.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Metrics;

/// <summary>
/// One transaction for the points of several requests: which runs take them, which batches are new, the summaries, then the points by binary
/// COPY. A report that arrives at the same moment as the end of its run counts as before it.
/// </summary>
internal sealed class MetricCommit(IReadOnlyList<MetricBatch> group, DateTimeOffset now) : IAsyncDisposable
{
    private readonly List<MetricBatch> _accepted = [];
    private readonly List<(MetricBatch Batch, Rejection Rejected)> _refused = [];
    private NpgsqlConnection? _connection;

    public async Task WriteAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        _connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await _connection.BeginTransactionAsync(ct);
        await AdmitAsync(_connection, ct);
        if (_accepted.Count > 0)
        {
            var rows = await SummarizeAsync(_connection, Collect(await NewOnesAsync(_connection, ct)), ct);
            if (await OverfullAsync(_connection, rows, ct))
            {
                if (_accepted is not [var tooMuch]) throw new SeriesLimitException();
                await transaction.RollbackAsync(ct);
                _refused.Add((tooMuch, MetricRejections.TooMany));
                _accepted.Clear();
            }
            else
            {
                await CopyAsync(_connection, rows, ct);
                await transaction.CommitAsync(ct);
                MeshMetrics.PointGroups.Record(_accepted.Count);
                MeshMetrics.PointsWritten.Add(rows.Sum(row => row.Delta.Points.Count));
            }
        }

        foreach (var (batch, rejected) in _refused) batch.Finish(rejected);
        foreach (var batch in _accepted) batch.Finish(null);
    }

    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task AdmitAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var lives = await RunLife.HoldAsync(connection, [.. group.Select(b => (b.Project, b.Run)).Distinct()], ct);
        foreach (var batch in group)
        {
            if (RunDecider.RefuseSamples(lives.GetValueOrDefault((batch.Project, batch.Run)), batch.Attempt, batch.AfterEnd) is { } rejected)
                _refused.Add((batch, rejected));
            else
                _accepted.Add(batch);
        }
    }

    // A batch that was written before is accepted and adds nothing.
    private async Task<IReadOnlyList<MetricBatch>> NewOnesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var named = new SortedDictionary<(string Project, Guid Run, Guid Batch), MetricBatch>();
        foreach (var batch in _accepted)
            if (batch.BatchId is { } id) named.TryAdd((batch.Project, batch.Run, id), batch);
        if (named.Count == 0) return _accepted;
        await using var command = new NpgsqlCommand(
            """
            insert into metric_batch (project, run, batch, written_at)
            select project, run, batch, $4 from unnest($1::text[], $2::uuid[], $3::uuid[]) as t (project, run, batch)
            on conflict do nothing
            returning project, run, batch
            """, connection)
        {
            Parameters =
            {
                new() { Value = named.Keys.Select(k => k.Project).ToArray() },
                new() { Value = named.Keys.Select(k => k.Run).ToArray() },
                new() { Value = named.Keys.Select(k => k.Batch).ToArray() },
                new() { Value = now },
            },
        };
        await command.PrepareAsync(ct);
        var fresh = new HashSet<MetricBatch>(ReferenceEqualityComparer.Instance);
        await using (var rows = await command.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) fresh.Add(named[(rows.GetString(0), rows.GetGuid(1), rows.GetGuid(2))]);
        }

        return [.. _accepted.Where(batch => batch.BatchId is null || fresh.Contains(batch))];
    }

    // Sorted: replicas lock the rows of the summaries in one order and never deadlock.
    private static SortedDictionary<SeriesKey, SeriesDelta> Collect(IReadOnlyList<MetricBatch> batches)
    {
        var deltas = new Dictionary<SeriesKey, SeriesDelta>();
        foreach (var batch in batches)
        {
            foreach (var point in batch.Points)
            {
                ref var delta = ref CollectionsMarshal.GetValueRefOrAddDefault(deltas, new SeriesKey(batch.Project, batch.Run, point.Name), out _);
                delta ??= new SeriesDelta();
                delta.Add(point, batch.Received);
            }
        }

        return new SortedDictionary<SeriesKey, SeriesDelta>(deltas);
    }

    private static async Task<List<SeriesRow>> SummarizeAsync(
        NpgsqlConnection connection, SortedDictionary<SeriesKey, SeriesDelta> series, CancellationToken ct)
    {
        if (series.Count == 0) return [];
        await using var command = new NpgsqlCommand(
            """
            insert into metric as m (project, run, name, last, last_step, last_time, min, max, count)
            select * from unnest($1::text[], $2::uuid[], $3::text[], $4::float8[], $5::int8[], $6::timestamptz[], $7::float8[], $8::float8[], $9::int8[])
            on conflict (project, run, name) do update set
                last = case when (excluded.last_step, excluded.last_time, excluded.last) >= (m.last_step, m.last_time, m.last) then excluded.last else m.last end,
                last_step = greatest(excluded.last_step, m.last_step),
                last_time = case when (excluded.last_step, excluded.last_time) >= (m.last_step, m.last_time) then excluded.last_time else m.last_time end,
                min = least(m.min, excluded.min),
                max = case when m.max = 'NaN' then excluded.max when excluded.max = 'NaN' then m.max else greatest(m.max, excluded.max) end,
                count = m.count + excluded.count
            returning project, run, name, series, count
            """, connection)
        {
            Parameters =
            {
                new() { Value = series.Keys.Select(k => k.Project).ToArray() },
                new() { Value = series.Keys.Select(k => k.Run).ToArray() },
                new() { Value = series.Keys.Select(k => k.Name).ToArray() },
                new() { Value = series.Values.Select(d => d.Last).ToArray() },
                new() { Value = series.Values.Select(d => d.LastStep).ToArray() },
                new() { Value = series.Values.Select(d => d.LastTime).ToArray() },
                new() { Value = series.Values.Select(d => d.Min).ToArray() },
                new() { Value = series.Values.Select(d => d.Max).ToArray() },
                new() { Value = series.Values.Select(d => (long)d.Points.Count).ToArray() },
            },
        };
        await command.PrepareAsync(ct);
        var rows = new List<SeriesRow>(series.Count);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var key = new SeriesKey(reader.GetString(0), reader.GetGuid(1), reader.GetString(2));
            var delta = series[key];
            rows.Add(new SeriesRow(key, reader.GetInt64(3), reader.GetInt64(4) - delta.Points.Count, delta));
        }

        return rows;
    }

    // Only a new name can be one too many, and new names are rare: most commits do not ask.
    private static async Task<bool> OverfullAsync(NpgsqlConnection connection, List<SeriesRow> rows, CancellationToken ct)
    {
        var grown = rows.Where(row => row.FirstSeq == 0).Select(row => (row.Key.Project, row.Key.Run)).Distinct().ToList();
        if (grown.Count == 0) return false;
        await using var command = new NpgsqlCommand(
            """
            select exists (
                select from unnest($1::text[], $2::uuid[]) as grown (project, run)
                where (select count(*) from metric m where m.project = grown.project and m.run = grown.run) > $3)
            """, connection)
        {
            Parameters =
            {
                new() { Value = grown.Select(run => run.Project).ToArray() },
                new() { Value = grown.Select(run => run.Run).ToArray() },
                new() { Value = (long)MetricRejections.MaxSeries },
            },
        };
        await command.PrepareAsync(ct);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, List<SeriesRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        await using var copy = await connection.BeginBinaryImportAsync("copy metric_point (series, step, time, seq, value) from stdin (format binary)", ct);
        foreach (var (_, series, firstSeq, delta) in rows)
        {
            for (var i = 0; i < delta.Points.Count; i++)
            {
                var (step, time, value) = delta.Points[i];
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(series, NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(step, NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(time, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(firstSeq + i, NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(value, NpgsqlDbType.Double, ct);
            }
        }

        await copy.CompleteAsync(ct);
    }

    /// <summary>A metric that the commit adds to. <paramref name="FirstSeq"/> is 0 when it is new.</summary>
    private readonly record struct SeriesRow(SeriesKey Key, long Series, long FirstSeq, SeriesDelta Delta);

    private readonly record struct SeriesKey(string Project, Guid Run, string Name) : IComparable<SeriesKey>
    {
        public int CompareTo(SeriesKey other) =>
            string.CompareOrdinal(Project, other.Project) is not 0 and var byProject ? byProject
            : Run.CompareTo(other.Run) is not 0 and var byRun ? byRun
            : string.CompareOrdinal(Name, other.Name);
    }
}

/// <summary>The batches of a commit together have more metrics than their run may have: each must be judged by itself.</summary>
internal sealed class SeriesLimitException() : Exception("A run has too many metrics.");
