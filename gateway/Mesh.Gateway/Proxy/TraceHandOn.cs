using System.Diagnostics;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Mesh.Gateway.Proxy;

/// <summary>
/// Tells services which trace a request belongs to (W3C Trace Context). Where nothing collects spans, the HTTP client's own would be made for every request and
/// seen by nobody: the service's span is then a child of the gateway's.
/// </summary>
internal static class TraceHandOn
{
    private const string Parent = "traceparent";
    private const string State = "tracestate";

    internal static void HandOnTrace(this TransformBuilderContext transforms) => transforms.AddRequestTransform(context =>
    {
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C, Id: { } id } activity) return ValueTask.CompletedTask;
        var headers = context.ProxyRequest.Headers;
        Set(headers, Parent, id);
        if (activity.TraceStateString is { Length: > 0 } state) Set(headers, State, state);
        return ValueTask.CompletedTask;
    });

    private static void Set(System.Net.Http.Headers.HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
    }
}
