using System.Threading.Channels;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Mesh.Tracking.Metrics.Live;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>
/// Writes metric points with group commit: requests that wait while a commit is under way share the next one, so the rate grows with the load.
/// A request returns once its points are durable. Small requests share one lane, where their groups are as large as can be; large ones, for which a
/// group saves little, have two lanes, so that PostgreSQL writes with two processes.
/// </summary>
internal sealed class MetricWriter(
    ServiceDatabase<ITrackingStore> database, IOptions<TrackingOptions> options, MetricSignal signal, TimeProvider clock, ILogger<MetricWriter> log) : BackgroundService
{
    private const int Deadlocks = 3;
    private const int LargeBatch = 500;
    private const int LargeLanes = 2;

    private readonly Channel<MetricBatch> _small = Channel.CreateUnbounded<MetricBatch>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<MetricBatch> _large = Channel.CreateUnbounded<MetricBatch>();

    /// <summary>Waits until the points are durable.</summary>
    /// <returns>The refusal, or null.</returns>
    public async Task<Rejection?> WriteAsync(MetricBatch batch, CancellationToken ct) =>
        (batch.Points.Count < LargeBatch ? _small : _large).Writer.TryWrite(batch)
            ? await batch.Written.WaitAsync(ct)
            : Rejection.Unavailable("service.stopping", "The service is stopping and takes no more points. Send them again.");

    /// <summary>Finishes what waits, then stops.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _small.Writer.TryComplete();
        _large.Writer.TryComplete();
        if (ExecuteTask is { } lanes) await lanes.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([RunAsync(_small.Reader), .. Enumerable.Range(0, LargeLanes).Select(_ => RunAsync(_large.Reader))]);

    private async Task RunAsync(ChannelReader<MetricBatch> waiting)
    {
        // The end of the queue ends the lane: points that were taken are written even while stopping.
        while (await waiting.WaitToReadAsync(CancellationToken.None))
        {
            var group = Take(waiting);
            if (group.Count > 0) await CommitAsync(group);
        }
    }

    private List<MetricBatch> Take(ChannelReader<MetricBatch> waiting)
    {
        var group = new List<MetricBatch>();
        var points = 0;
        while (points < options.Value.MetricGroupPoints && waiting.TryRead(out var batch))
        {
            if (batch.IsGone) continue;
            group.Add(batch);
            points += batch.Points.Count;
        }

        return group;
    }

    private async Task CommitAsync(List<MetricBatch> group)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var commit = new MetricCommit(group, clock.GetUtcNow());
                await commit.WriteAsync(database.DataSource, CancellationToken.None);
                signal.Wake(group.Select(batch => (batch.Project, batch.Run)));
                return;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure && attempt < Deadlocks)
            {
                log.LogDebug(e, "A group of {Batches} batches of metric points is written again", group.Count);
            }
            catch (Exception e) when (e is SeriesLimitException || (e is PostgresException && !DatabaseOutage.Is(e) && group.Count > 1))
            {
                // What is refused is the fault of one batch: the others must not pay for it.
                log.LogDebug(e, "A group of {Batches} batches of metric points is taken apart", group.Count);
                foreach (var batch in group) await CommitAsync([batch]);
                return;
            }
            catch (Exception e)
            {
                foreach (var batch in group) batch.Fail(e);
                return;
            }
        }
    }
}
