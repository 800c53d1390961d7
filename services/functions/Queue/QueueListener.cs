using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Functions.Queue;

/// <summary>Hears what other replicas announce: a job to take, a job to end.</summary>
internal sealed class QueueListener(ServiceDatabase<IFunctionsStore> database, QueueSignal signal, ILogger<QueueListener> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var away = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.DataSource.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, _) => signal.Wake();
                await using (var listen = new NpgsqlCommand($"listen {QueueSchema.Channel}", connection)) await listen.ExecuteNonQueryAsync(stoppingToken);
                away = false;
                // What was announced while nobody listened.
                signal.Wake();
                while (true) await connection.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!away) log.NotListening(e.Message);
                away = true;
                await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}

internal static partial class QueueListenerLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Announcements of jobs are not heard, the queue is polled instead: {Reason}")]
    public static partial void NotListening(this ILogger logger, string reason);
}
