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

    internal static Task ApplyAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is { } endpoint && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = endpoint.Metadata.GetMetadata<MaxBody>() is { } max ? max.Bytes : Default;
        return next(context);
    }
}
