using Mesh.Hosting.Decisions;
using Mesh.Hosting.Telemetry;
using Mesh.Tracking.Experiments.Live;
using Mesh.Tracking.LoggedModels;
using Mesh.Tracking.Runs;
using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>
/// One transaction for the points of several requests. One round trip asks which runs take them and which batches are new, and adds to the
/// summaries as if all were; where that was wrong it is taken back and done again without those. Then the points. A report that arrives at the
/// same moment as the end of its run counts as before it.
/// </summary>
internal sealed class MetricCommit(IReadOnlyList<MetricBatch> group, DateTimeOffset now) : IAsyncDisposable
{
    private readonly List<(MetricBatch Batch, Rejection Rejected)> _refused = [];
    private readonly List<MetricBatch> _repeated = [];
    private List<MetricBatch> _accepted = [.. group];
    private NpgsqlConnection? _connection;

    public async Task WriteAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        _connection = await source.OpenConnectionAsync(ct);
        while (_accepted.Count > 0 && !await TryAsync(_connection, ct))
        {
        }

        foreach (var (batch, rejected) in _refused) batch.Finish(rejected);
        foreach (var batch in _repeated) batch.Finish(null);
        foreach (var batch in _accepted) batch.Finish(null);
    }

    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    // False when some of what was accepted so far has to be left out: nothing was written.
    private async Task<bool> TryAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await AdmitAsync(connection, ct) is not { } rows)
        {
            await transaction.RollbackAsync(ct);
            return false;
        }

        if (await SeriesWriter.OverfullAsync(connection, rows, ct))
        {
            if (_accepted is not [var tooMuch]) throw new SeriesLimitException();
            await transaction.RollbackAsync(ct);
            _refused.Add((tooMuch, MetricRejections.TooMany));
            _accepted = [];
            return true;
        }

        await using var last = new NpgsqlBatch(connection);
        var points = await SeriesWriter.WriteAsync(connection, rows, last.BatchCommands, ct);
        if (ModelMetrics.Of(_accepted) is { } models) last.BatchCommands.Add(models);
        // The end of the transaction travels with the last of its commands.
        last.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await last.PrepareAsync(ct);
        await last.ExecuteNonQueryAsync(ct);
        MeshMetrics.PointGroups.Record(_accepted.Count);
        MeshMetrics.PointsWritten.Add(points);
        return true;
    }

    private async Task<List<SeriesRow>?> AdmitAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // The same id twice in one group is one batch.
        var named = new SortedDictionary<(string Project, Guid Run, Guid Batch), MetricBatch>();
        var twice = new HashSet<MetricBatch>(ReferenceEqualityComparer.Instance);
        foreach (var batch in _accepted)
            if (batch.BatchId is { } id && !named.TryAdd((batch.Project, batch.Run, id), batch)) twice.Add(batch);
        var series = SeriesWriter.Collect(_accepted.Where(batch => !twice.Contains(batch)));

        await using var trip = new NpgsqlBatch(connection) { BatchCommands = { RunLife.Hold([.. _accepted.Select(b => (b.Project, b.Run)).Distinct()]) } };
        if (named.Count > 0) trip.BatchCommands.Add(Claim(named.Keys));
        if (series.Count > 0)
        {
            // In this order, as where points go along with other changes of their run.
            trip.BatchCommands.Add(RunChangeMark.Of([.. series.Keys.Select(key => (key.Project, key.Run)).Distinct()]));
            trip.BatchCommands.Add(SummaryUpsert.Of(series));
        }

        await trip.PrepareAsync(ct);
        await using var reader = await trip.ExecuteReaderAsync(ct);
        var lives = await RunLife.ReadAsync(reader, ct);
        var claimed = new HashSet<(string, Guid, Guid)>();
        if (named.Count > 0)
        {
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct)) claimed.Add((reader.GetString(0), reader.GetGuid(1), reader.GetGuid(2)));
        }

        if (Sort(lives, claimed)) return null;
        if (series.Count == 0) return [];
        await reader.NextResultAsync(ct);
        return await SummaryUpsert.ReadAsync(reader, series, ct);
    }

    // Whether any batch had to be left out. One that was written before is accepted and adds nothing.
    private bool Sort(Dictionary<(string Project, Guid Run), RunLife> lives, HashSet<(string, Guid, Guid)> claimed)
    {
        var kept = new List<MetricBatch>(_accepted.Count);
        foreach (var batch in _accepted)
        {
            if (RunDecider.RefuseSamples(lives.GetValueOrDefault((batch.Project, batch.Run)), batch.Attempt, batch.AfterEnd) is { } rejected)
                _refused.Add((batch, rejected));
            else if (batch.BatchId is { } id && !claimed.Contains((batch.Project, batch.Run, id)))
                _repeated.Add(batch);
            else
                kept.Add(batch);
        }

        var changed = kept.Count < _accepted.Count;
        _accepted = kept;
        return changed;
    }

    private NpgsqlBatchCommand Claim(IReadOnlyCollection<(string Project, Guid Run, Guid Batch)> ids) => new(
        """
        insert into metric_batch (project, run, batch, written_at)
        select project, run, batch, $4 from unnest($1::text[], $2::uuid[], $3::uuid[]) as t (project, run, batch)
        on conflict do nothing
        returning project, run, batch
        """)
    {
        Parameters =
        {
            new() { Value = ids.Select(k => k.Project).ToArray() },
            new() { Value = ids.Select(k => k.Run).ToArray() },
            new() { Value = ids.Select(k => k.Batch).ToArray() },
            new() { Value = now },
        },
    };
}
