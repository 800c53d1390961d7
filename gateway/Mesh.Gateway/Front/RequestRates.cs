using System.Threading.RateLimiting;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;

namespace Mesh.Gateway.Front;

/// <summary>Limits how fast each token (or job) may ask. Off unless <c>Mesh:RateLimit:PerSecond</c> says otherwise.</summary>
internal sealed class RequestRates : IDisposable
{
    private readonly PartitionedRateLimiter<Caller>? _limiter;

    /// <param name="perSecond">Requests a second; a burst may be five times that.</param>
    internal RequestRates(int? perSecond)
    {
        if (perSecond is not { } rate) return;
        _limiter = PartitionedRateLimiter.Create<Caller, string>(caller => RateLimitPartition.GetTokenBucketLimiter(
            caller.TokenId?.ToString() ?? caller.Name,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = rate * 5,
                TokensPerPeriod = Math.Max(1, rate / 10),
                ReplenishmentPeriod = TimeSpan.FromMilliseconds(rate >= 10 ? 100 : 1000),
                QueueLimit = 0,
            }));
    }

    internal bool TryPass(Caller caller)
    {
        if (_limiter is null) return true;
        using var lease = _limiter.AttemptAcquire(caller);
        return lease.IsAcquired;
    }

    internal static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Problems.WriteAsync(context, Refusals.TooFast, StatusCodes.Status429TooManyRequests);
    }

    public void Dispose() => _limiter?.Dispose();
}
