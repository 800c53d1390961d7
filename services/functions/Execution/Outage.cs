using Mesh.Hosting.Clients;
using Mesh.Hosting.Store;

namespace Mesh.Functions.Execution;

/// <summary>Waits until another service, or the database, answers.</summary>
internal static partial class Outage
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Calls again, with growing pauses, for as long as the other side is away; a refusal is thrown.</summary>
    public static async Task WaitOutAsync(Func<Task> call, ILogger log, string jobId, CancellationToken ct)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                await call();
                return;
            }
            catch (Exception e) when (e is ServiceCallException { IsOutage: true } || DatabaseOutage.Is(e))
            {
                if (failures == 0) log.WaitsForService(jobId, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 200 * Math.Pow(2, Math.Min(failures, 6)))), ct);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} waits for another service or the database: {Reason}")]
    private static partial void WaitsForService(this ILogger logger, string jobId, string reason);
}
