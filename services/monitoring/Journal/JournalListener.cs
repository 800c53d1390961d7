using System.Globalization;
using Mesh.Hosting;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Monitoring.Journal;

/// <summary>Hears from other replicas how far the journal goes. Alone in its process and on its bus, a service needs no such connection.</summary>
internal sealed class JournalListener(
    ServiceDatabase<IMonitoringStore> database, JournalFeed feed, MeshOptions options, ILogger<JournalListener> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.RabbitMq is null) return;
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(() => failing = false, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                if (!failing) log.LogWarning("News from other replicas of the journal is interrupted: {Reason}", fault.Message);
                failing = true;
            }

            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(Action onHeard, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var heard = 0L;
        connection.Notification += (_, news) =>
        {
            if (long.TryParse(news.Payload, NumberStyles.None, CultureInfo.InvariantCulture, out var last)) heard = Math.Max(heard, last);
        };
        // Two transactions: what is committed before the first one ends is in the second one's sight, what comes after it is heard.
        await using (var listen = new NpgsqlCommand($"listen {JournalStore.Channel}", connection)) await listen.ExecuteNonQueryAsync(ct);
        await using (var last = new NpgsqlCommand("select last from journal_position", connection))
            heard = Math.Max(heard, (long)(await last.ExecuteScalarAsync(ct))!);
        while (true)
        {
            await feed.AdvanceAsync(heard, ct);
            onHeard();
            await connection.WaitAsync(ct);
        }
    }
}
