using Mesh.Contracts.Bus;
using Mesh.Gateway.Proxy;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Gateway.Bus;

/// <summary><c>GET /api/v1/bus</c>: whose errors there are to ask for, each service at <c>/api/v1/bus/{service}/errors</c>.</summary>
internal static class BusEndpoint
{
    internal static void MapBus(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/bus", Get).WithName("GetBus").WithTags("Bus").RequirePlatformAdmin();

    private static Ok<BusInfo> Get() => TypedResults.Ok(new BusInfo(ServiceRoutes.Services));
}
