using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Hosting.Http;

/// <summary>The most bytes that an endpoint's body may have; null for a streamed body that the endpoint limits itself.</summary>
public sealed record MaxBody(long? Bytes);

/// <summary>States the size of bodies: 1 MiB unless an endpoint says otherwise.</summary>
public static class BodyLimit
{
    /// <summary>The limit of an endpoint that says nothing.</summary>
    public const long Default = 1 << 20;

    /// <summary>Sets the limit of an endpoint.</summary>
    public static TBuilder WithMaxBody<TBuilder>(this TBuilder builder, long bytes) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new MaxBody(bytes));

    /// <summary>Lets an endpoint stream a body of any size.</summary>
    public static TBuilder StreamsBody<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new MaxBody(null));

    /// <summary>
    /// Enforces the limit. The server itself has none: one that refuses a body by its own limit closes the connection while the body still comes, and the caller
    /// sees a broken connection instead of the answer. What is refused here is read to its end for a while, and thrown away.
    /// </summary>
    internal static Task ApplyAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not { } endpoint || context.Features.Get<IHttpMaxRequestBodySizeFeature>() is not { IsReadOnly: false } feature) return next(context);
        feature.MaxRequestBodySize = null;
        if ((endpoint.Metadata.GetMetadata<MaxBody>() is { } max ? max.Bytes : Default) is not { } most) return next(context);
        var request = context.Request;
        if (request.ContentLength > most) throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
        // Its length is not known before its end.
        if (request.ContentLength is null && request.Headers.TransferEncoding.Count > 0) request.Body = new LimitedBody(request.Body, most);
        return next(context);
    }
}
