using System.Net;

namespace Mesh.Functions.Kubernetes;

/// <summary>The API of a cluster refused a request, or could not be reached.</summary>
/// <param name="status">Its HTTP status; 0 when there was no answer.</param>
/// <param name="reason">The reason of its <c>Status</c>, such as <c>Forbidden</c>.</param>
/// <param name="retryAfter">When it says to ask again.</param>
internal sealed class ClusterException(HttpStatusCode status, string? reason, string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public HttpStatusCode Status { get; } = status;

    public string? Reason { get; } = reason;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsOutage => Status is 0 or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)Status >= 500;

    /// <summary>Whether the version that was asked for is not kept any more: list again.</summary>
    public bool IsExpired => Status == HttpStatusCode.Gone || Reason is "Expired" or "Gone";
}
