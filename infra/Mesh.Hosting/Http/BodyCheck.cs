using Mesh.Contracts;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Http;

/// <summary>Checks the form of every body that can check itself, before the endpoint runs.</summary>
internal sealed class BodyCheck : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        foreach (var argument in context.Arguments)
            if (argument is IChecked body && Problems.Of(body) is { } malformed) return ValueTask.FromResult<object?>(malformed);
        return next(context);
    }
}
