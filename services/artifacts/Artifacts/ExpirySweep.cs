using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Artifacts;

/// <summary>Deletes versions whose time is over. Those that a tag or a model still uses stay until nothing does.</summary>
internal sealed class ExpirySweep(ServiceDatabase<IArtifactsStore> database, ArtifactRemoval removal, TimeProvider clock, ILogger<ExpirySweep> log) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    /// <summary>Sweeps once.</summary>
    /// <returns>How many versions were deleted.</returns>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var (deleted, project, id) = (0, "", "");
        while (await ExpiredAsync(now, project, id, ct) is { Count: > 0 } expired)
        {
            foreach (var (tenant, key, version) in expired)
                if (await removal.DeleteVersionAsync(Caller.Service("artifacts"), tenant, key, version, DeletionStrategy.WithData, expired: true, ct) is null) deleted++;
            (project, id) = (expired[^1].Project, LoggedVersion.IdOf(expired[^1].Key, expired[^1].Version));
        }

        return deleted;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await RunOnceAsync(stoppingToken) is > 0 and var deleted) log.LogInformation("Deleted {Versions} versions of artifacts whose time was over", deleted);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning("Expired versions could not be deleted; it will be tried again: {Reason}", e.Message);
            }
        }
    }

    private async Task<List<(string Project, string Key, int Version)>> ExpiredAsync(DateTimeOffset now, string project, string id, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select tenant_id, data ->> 'key', (data ->> 'version')::int from mt_doc_artifact_version
            where expires_at <= $1 and (tenant_id, id) > ($2, $3) order by tenant_id, id limit $4
            """);
        foreach (var value in (object[])[now, project, id, Batch]) command.Parameters.Add(new NpgsqlParameter { Value = value });
        var expired = new List<(string, string, int)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) expired.Add((rows.GetString(0), rows.GetString(1), rows.GetInt32(2)));
        return expired;
    }
}
