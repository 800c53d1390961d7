using Mesh.Hosting.Http;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Mesh.Gateway.Proxy;

/// <summary>
/// Asks a service before it is sent a body that may be too large for it (<c>Expect: 100-continue</c>, RFC 9110 §10.1.1). A service that refuses a body
/// without reading it closes the connection, and its answer would be lost behind what is still being sent.
/// </summary>
internal static class LargeBodies
{
    internal static void AskBeforeLargeBodies(this TransformBuilderContext transforms) => transforms.AddRequestTransform(context =>
    {
        var request = context.HttpContext.Request;
        if (request.ContentLength > BodyLimit.Default || request.Headers.TransferEncoding.Count > 0) context.ProxyRequest.Headers.ExpectContinue = true;
        return ValueTask.CompletedTask;
    });
}
