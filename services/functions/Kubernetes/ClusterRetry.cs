namespace Mesh.Functions.Kubernetes;

/// <summary>Asks a cluster again while it is away or says that it has too much to do, as it says or with growing waits of up to half a minute.</summary>
internal static class ClusterRetry
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    public static async Task<T> WaitOutAsync<T>(Func<Task<T>> ask, Action<ClusterException>? waits, CancellationToken ct)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                return await ask();
            }
            catch (ClusterException e) when (e.IsOutage)
            {
                if (failures == 0) waits?.Invoke(e);
                await Task.Delay(e.RetryAfter ?? After(failures), ct);
            }
        }
    }

    /// <summary>How long to wait after so many failures in a row.</summary>
    public static TimeSpan After(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(Most.TotalMilliseconds, 200 * Math.Pow(2, Math.Min(failures, 10))) * (0.5 + (Random.Shared.NextDouble() / 2)));
}
