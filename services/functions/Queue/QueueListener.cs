using Mesh.Hosting.Store;

namespace Mesh.Functions.Queue;

/// <summary>Hears what other replicas announce: a job to take, a job to end.</summary>
internal sealed class QueueListener(ServiceDatabase<IFunctionsStore> database, QueueSignal signal, ILogger<QueueListener> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        // What was announced while nobody listened wakes it too.
        database.ListenAsync(QueueSchema.Channel, _ => signal.Wake(), signal.Wake, log.NotListening, stoppingToken);
}

internal static partial class QueueListenerLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Announcements of jobs are not heard, the queue is polled instead: {Reason}")]
    public static partial void NotListening(this ILogger logger, string reason);
}
