using Mesh.Gateway.Access;
using Mesh.Gateway.Browser;
using Mesh.Gateway.Bus;
using Mesh.Gateway.Docs;
using Mesh.Gateway.Front;
using Mesh.Gateway.Portal;
using Mesh.Hosting;
using Mesh.Hosting.Bus;

namespace Mesh.Gateway;

/// <summary>
/// The gateway as a module: what its front door needs, the pages for browsers, and the news of changed access. In a process of its own
/// <see cref="GatewayHost"/> puts the proxy behind it; on the laptop the modules of the same process are behind it.
/// </summary>
public sealed class GatewayModule : StatelessModule
{
    /// <summary>Name of the gateway among the services.</summary>
    internal const string ServiceName = "gateway";

    /// <inheritdoc/>
    public override string Name => ServiceName;

    /// <inheritdoc/>
    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IAccessSource, AccessSource>();
        services.AddSingleton<AccessCache>();
        var options = GatewayOptions.Read(configuration);
        services.AddSingleton(options);
        services.AddSingleton<PortalFolder>();
        services.AddSingleton(new RequestRates(options.RateLimit.PerSecond));
    }

    /// <inheritdoc/>
    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        app.MapDocumentation();
        app.MapLogin();
        app.MapSession();
        app.MapBus();
    }

    /// <inheritdoc/>
    public override void Subscribe(ConsumerRegistry consumers) => consumers.Listen<AccessNews>("access-news", AccessNews.Patterns);
}

/// <summary>Puts the front door before a pipeline, and the portal right behind it.</summary>
public static class GatewayPipeline
{
    /// <summary>
    /// Authenticates and authorizes every request to the public API, answers those for the portal, then goes on with what follows: the proxy, or the modules of this process.
    /// It is the front of <see cref="MeshComposition.UseMeshModules"/>; where a process also listens for its own services, on the public port alone:
    /// <c>app.UseWhen(context => context.Connection.LocalPort == port, front => front.UseMeshGateway())</c>.
    /// </summary>
    public static IApplicationBuilder UseMeshGateway(this IApplicationBuilder app) => app.UseMiddleware<GatewayFront>().UseMiddleware<PortalPages>();
}
