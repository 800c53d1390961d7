using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Gateway.Proxy;

/// <summary>Says in a problem document why a service did not answer: 503 when nothing was done, 502 when that is not known, 504 when it took too long.</summary>
internal sealed class ProxyFaults(ServiceOutages outages)
{
    internal async Task ExplainAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var service = context.GetReverseProxyFeature().Cluster.Config.ClusterId;
        if (context.GetForwarderErrorFeature() is not { } fault)
        {
            outages.Answered(service);
            return;
        }

        if (context.RequestAborted.IsCancellationRequested) return;
        outages.Failed(service, fault.Exception?.Message ?? fault.Error.ToString());
        if (context.Response.HasStarted) return;
        var (rejection, status) = Explain(fault, service);
        context.Response.Clear();
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "2";
        await Problems.WriteAsync(context, rejection, status);
    }

    internal static bool WasNotConnected(Exception? fault) =>
        fault is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    private static (Rejection Rejection, int Status) Explain(IForwarderErrorFeature fault, string service) => fault.Error switch
    {
        ForwarderError.NoAvailableDestinations => (NotReached(service), StatusCodes.Status503ServiceUnavailable),
        ForwarderError.Request when WasNotConnected(fault.Exception) => (NotReached(service), StatusCodes.Status503ServiceUnavailable),
        ForwarderError.RequestTimedOut or ForwarderError.UpgradeActivityTimeout => (
            Rejection.Unavailable("service.timeout", $"The service {service} has not answered in time. What was asked may have been done."), StatusCodes.Status504GatewayTimeout),
        ForwarderError.RequestBodyClient => (
            Rejection.Malformed("body.incomplete", "The body broke off before its end."), StatusCodes.Status400BadRequest),
        _ => (
            Rejection.Unavailable("service.broke-off", $"The service {service} broke off while it answered. What was asked may have been done."), StatusCodes.Status502BadGateway),
    };

    private static Rejection NotReached(string service) =>
        Rejection.Unavailable("service.unreachable", $"The service {service} cannot be reached. Nothing was done; try again.");
}
