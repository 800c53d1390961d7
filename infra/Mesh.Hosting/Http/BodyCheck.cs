using Mesh.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Hosting.Http;

/// <summary>Checks the form of every body that can check itself, before the endpoint runs.</summary>
internal static class BodyCheck
{
    /// <summary>Adds the check to the endpoints of a group that take such a body; the others do not pay for it.</summary>
    public static RouteGroupBuilder CheckBodies(this RouteGroupBuilder group) => group.AddEndpointFilterFactory((endpoint, next) =>
        endpoint.MethodInfo.GetParameters().Any(parameter => parameter.ParameterType.IsAssignableTo(typeof(IChecked))) ? call => CheckAsync(call, next) : next);

    private static ValueTask<object?> CheckAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        foreach (var argument in call.Arguments)
            if (argument is IChecked body && Problems.Of(body) is { } malformed) return ValueTask.FromResult<object?>(malformed);
        return next(call);
    }
}
