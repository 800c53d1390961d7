using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Projects.Tokens;

/// <summary>
/// Forgets tokens a month after they ended or were revoked, and login links a day after. Their streams stay. The first administrator's token is
/// kept: without it the next start would take its file for one that is new.
/// </summary>
internal sealed class SpentCleaner(ServiceDatabase<IProjectsStore> database, TimeProvider clock, ILogger<SpentCleaner> log) : BackgroundService
{
    private static readonly TimeSpan TokensKept = TimeSpan.FromDays(30);
    private static readonly TimeSpan LinksKept = TimeSpan.FromDays(1);
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    /// <summary>Cleans once.</summary>
    /// <returns>How many tokens and links were forgotten.</returns>
    internal async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await DeleteAsync(
                """
                delete from mt_doc_token
                where data ->> 'purpose' <> 'Bootstrap'
                  and least((data ->> 'expiresAt')::timestamptz, (data ->> 'revokedAt')::timestamptz) < $1
                """, now - TokensKept, ct)
            + await DeleteAsync("delete from mt_doc_login where (data ->> 'expiresAt')::timestamptz < $1", now - LinksKept, ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning("Spent tokens and login links were not cleaned; it will be tried again: {Reason}", e.Message);
            }
        }
    }

    private async Task<int> DeleteAsync(string sql, DateTimeOffset before, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = before });
        return await command.ExecuteNonQueryAsync(ct);
    }
}
