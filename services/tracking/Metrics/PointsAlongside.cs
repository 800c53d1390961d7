using Marten;
using Mesh.Hosting.Telemetry;
using Mesh.Tracking.LoggedModels;
using Mesh.Tracking.Metrics.Live;
using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>
/// The points of one batch in the transaction that appends to the stream of their run, such as its params: both or neither. The append holds the run, as a
/// group commit does before it locks metrics.
/// </summary>
internal sealed class PointsAlongside(MetricBatch batch, MetricSignal signal) : ITransactionParticipant
{
    private int _points;

    /// <summary>Has a session write the points with what it saves.</summary>
    /// <exception cref="SeriesLimitException">While it saves: the run would have too many metrics.</exception>
    public static void Join(IDocumentSession session, MetricBatch batch, MetricSignal signal) =>
        ((ITransactionParticipantRegistrar)session).AddTransactionParticipant(new PointsAlongside(batch, signal));

    /// <inheritdoc/>
    public async Task BeforeCommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken token)
    {
        var series = SeriesWriter.Collect([batch]);
        await using var trip = new NpgsqlBatch(connection, transaction) { BatchCommands = { SummaryUpsert.Of(series) } };
        List<SeriesRow> rows;
        await using (var reader = await trip.ExecuteReaderAsync(token)) rows = await SummaryUpsert.ReadAsync(reader, series, token);
        if (await SeriesWriter.OverfullAsync(connection, rows, token)) throw new SeriesLimitException();
        await using var last = new NpgsqlBatch(connection, transaction);
        _points = await SeriesWriter.WriteAsync(connection, rows, last.BatchCommands, token);
        if (ModelMetrics.Of([batch]) is { } models) last.BatchCommands.Add(models);
        if (last.BatchCommands.Count > 0) await last.ExecuteNonQueryAsync(token);
    }

    /// <inheritdoc/>
    public Task AfterCommitAsync(CancellationToken token)
    {
        signal.Wake([(batch.Project, batch.Run)]);
        MeshMetrics.PointsWritten.Add(_points);
        return Task.CompletedTask;
    }
}
