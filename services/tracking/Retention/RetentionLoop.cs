using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Tracking.Retention;

/// <summary>
/// Purges, every <see cref="TrackingOptions.RetentionMinutes"/>, deleted runs that have served their project's time. Of several replicas one acts at a time.
/// </summary>
internal sealed partial class RetentionLoop(
    ServiceDatabase<ITrackingStore> database, RunPurge purge, IOptions<TrackingOptions> options, TimeProvider clock, ILogger<RetentionLoop> log) : BackgroundService
{
    private static readonly Caller Platform = Caller.Service("tracking");

    /// <summary>Looks once.</summary>
    /// <returns>How many runs were purged; null when another replica is at it.</returns>
    public async Task<long?> RunOnceAsync(CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        // The lock ends with its transaction, and so with a replica that dies.
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var lead = new NpgsqlCommand("select pg_try_advisory_xact_lock(hashtext('mesh.tracking'), hashtext('retention'))", connection))
            if (await lead.ExecuteScalarAsync(ct) is not true) return null;
        var purged = 0L;
        foreach (var (project, days) in await PoliciesAsync(connection, ct))
        {
            var count = await purge.BeforeAsync(Platform, project, clock.GetUtcNow().AddDays(-days), ct);
            if (count > 0) LogPurged(log, count, project, days);
            purged += count;
        }

        return purged;
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.Value.RetentionMinutes), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, fault);
            }
        }
    }

    private static async Task<IReadOnlyList<(string Project, int Days)>> PoliciesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select tenant_id, (data ->> 'purgeDeletedAfterDays')::int from mt_doc_retention_policy
            where data ->> 'purgeDeletedAfterDays' is not null order by tenant_id
            """, connection);
        var policies = new List<(string, int)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) policies.Add((rows.GetString(0), rows.GetInt32(1)));
        return policies;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Purged {Count} runs of {Project} that were deleted more than {Days} days ago")]
    private static partial void LogPurged(ILogger logger, long count, string project, int days);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deleted runs could not be purged; it will be tried again")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
