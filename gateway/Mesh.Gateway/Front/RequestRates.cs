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
            _ => BucketOf(rate)));
    }

    // A token at a time: the limiter gives what the time since has earned, so that no rate is rounded.
    internal static TokenBucketRateLimiterOptions BucketOf(int perSecond) => new()
    {
        TokenLimit = perSecond * 5,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1) / perSecond,
        QueueLimit = 0,
    };

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
