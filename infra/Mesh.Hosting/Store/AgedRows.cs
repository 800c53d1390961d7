using Marten;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Mesh.Hosting.Store;

/// <summary>Deletes, every six hours, rows of a service that have served their time. A database that is away is tried again at the next turn.</summary>
public abstract class AgedRows<TStore>(ServiceDatabase<TStore> database, TimeProvider clock, ILogger log) : BackgroundService
    where TStore : class, IDocumentStore
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    /// <summary>Statements that delete what is older than <c>$1</c>, and the time for which rows are kept.</summary>
    protected abstract IReadOnlyList<(string Sql, TimeSpan Kept)> Deletions { get; }

    /// <summary>Cleans once.</summary>
    /// <returns>How many rows were deleted.</returns>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var deleted = 0;
        foreach (var (sql, kept) in Deletions)
        {
            await using var command = database.DataSource.CreateCommand(sql);
            command.Parameters.Add(new NpgsqlParameter { Value = clock.GetUtcNow() - kept });
            deleted += await command.ExecuteNonQueryAsync(ct);
        }

        return deleted;
    }

    /// <inheritdoc/>
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
                log.LogWarning("{Cleaner} could not clean; it will be tried again: {Reason}", GetType().Name, e.Message);
            }
        }
    }
}
