using Mesh.Functions.Jobs;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>Ends jobs that have waited for longer than they may, in every replica: whoever sees it first says so, and the decision lets one through.</summary>
internal sealed class QueueWatch(JobQueue queue, JobWriter writer, IOptions<FunctionsOptions> options, ILogger<QueueWatch> log) : BackgroundService
{
    private const int AtOnce = 100;
    private bool _failed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                _failed = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!_failed) log.WaitsUnwatched(e.Message);
                _failed = true;
            }

            await Task.Delay(options.Value.Heartbeat, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task RunOnceAsync(CancellationToken ct)
    {
        foreach (var (project, jobId) in await queue.FindExpiredAsync(AtOnce, ct))
            await writer.WriteAsync(JobWriter.Self, project, jobId, new JobCommand.Expire(), ct);
    }
}

internal static partial class QueueWatchLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Jobs that wait too long cannot be found: {Reason}")]
    public static partial void WaitsUnwatched(this ILogger logger, string reason);
}
