using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Mesh.Gateway.Proxy;

/// <summary>
/// When a destination cannot be reached and the service has others, tries those, whatever the request: what was not connected was not done, and
/// nothing of its body was read.
/// </summary>
internal static class OtherDestination
{
    internal static Task TryAsync(HttpContext context, RequestDelegate next)
    {
        var proxy = context.GetReverseProxyFeature();
        return proxy.AvailableDestinations.Count < 2 ? next(context) : TryAsync(context, proxy, next);
    }

    private static async Task TryAsync(HttpContext context, IReverseProxyFeature proxy, RequestDelegate next)
    {
        var left = proxy.AvailableDestinations;
        while (true)
        {
            await next(context);
            if (left.Count < 2 || !MayTryAgain(context) || proxy.ProxiedDestination is not { } failed) return;
            left = [.. left.Where(destination => destination != failed)];
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
            proxy.AvailableDestinations = left;
        }
    }

    private static bool MayTryAgain(HttpContext context) =>
        !context.Response.HasStarted
        && !context.RequestAborted.IsCancellationRequested
        && context.GetForwarderErrorFeature() is { Error: ForwarderError.Request } error
        && ProxyFaults.WasNotConnected(error.Exception);
}
