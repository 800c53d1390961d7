using System.Globalization;
using Mesh.Hosting;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Mesh.Gateway.Proxy;

/// <summary>Puts YARP behind the front door: a route per line of <see cref="ServiceRoutes"/>, a cluster per service.</summary>
internal static class ProxyComposition
{
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(2);

    internal static void AddMeshProxy(this IServiceCollection services, MeshOptions options, GatewayOptions gateway, bool traced) => services
        .AddSingleton<ServiceOutages>()
        .AddReverseProxy()
        .LoadFromMemory([.. Routes(options)], [.. Clusters(options, TimeSpan.FromSeconds(gateway.QuietSeconds))])
        .ConfigureHttpClient((_, handler) =>
        {
            handler.ConnectTimeout = Connecting;
            if (!traced) handler.ActivityHeadersPropagator = null;
        })
        .AddTransforms(transforms =>
        {
            transforms.AddXForwarded(ForwardedTransformActions.Off);
            transforms.EndStreamsOnStop();
            transforms.AskBeforeLargeBodies();
            if (!traced) transforms.HandOnTrace();
        });

    internal static void MapMeshProxy(this IEndpointRouteBuilder app, MeshOptions options) => app
        .MapReverseProxy(proxy =>
        {
            proxy.Use(new ProxyFaults(proxy.ApplicationServices.GetRequiredService<ServiceOutages>()).ExplainAsync);
            proxy.Use(OtherDestination.TryAsync);
            proxy.UseLoadBalancing();
            if (ServiceRoutes.Services.Any(service => options.AddressesOf(service).Count > 1)) proxy.UsePassiveHealthChecks();
        })
        // Who may call is settled at the front door, and by the service; so is how much a body may hold.
        .AllowAnonymousCaller()
        .StreamsBody();

    private static IEnumerable<RouteConfig> Routes(MeshOptions options) =>
        from route in ServiceRoutes.Patterns()
        where options.AddressesOf(route.Service).Count > 0
        select new RouteConfig { RouteId = route.Pattern, ClusterId = route.Service, Match = new RouteMatch { Path = route.Pattern } };

    private static IEnumerable<ClusterConfig> Clusters(MeshOptions options, TimeSpan quiet) =>
        from service in ServiceRoutes.Services
        let addresses = options.AddressesOf(service)
        where addresses.Count > 0
        select new ClusterConfig
        {
            ClusterId = service,
            Destinations = addresses
                .Select((address, number) => (address, number))
                .ToDictionary(at => at.number.ToString(CultureInfo.InvariantCulture), at => new DestinationConfig { Address = at.address }),
            HealthCheck = addresses.Count > 1 ? Checked : null,
            HttpRequest = new ForwarderRequestConfig { ActivityTimeout = quiet, Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        };

    // A service with one address is asked whatever its health: there is nobody else, and its own answer says more.
    private static HealthCheckConfig Checked => new()
    {
        AvailableDestinationsPolicy = "HealthyOrPanic",
        Active = new ActiveHealthCheckConfig { Enabled = true, Interval = TimeSpan.FromSeconds(2), Timeout = TimeSpan.FromSeconds(2), Path = "/health/ready" },
        Passive = new PassiveHealthCheckConfig { Enabled = true, ReactivationPeriod = TimeSpan.FromSeconds(5) },
    };
}
