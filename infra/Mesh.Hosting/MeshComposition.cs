using System.Text.Json.Serialization;
using Mesh.Contracts;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Health;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Hosting.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Npgsql;

namespace Mesh.Hosting;

/// <summary>Puts modules into a process: one of them for a microservice, all of them for the laptop.</summary>
public static class MeshComposition
{
    /// <summary>Sets up logging, listening, draining and telemetry as every process of the mesh has them.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="process">Name of the process in telemetry.</param>
    /// <param name="options">The shared settings.</param>
    public static void AddMeshProcess(this WebApplicationBuilder builder, string process, MeshOptions options)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Mesh", LogLevel.Information);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        // Who asks for the health is told; a line of log for every probe tells nobody more.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        builder.WebHost.UseUrls(options.Listen);
        // A request is handled by the thread of the pool that has read it, not handed to another one (ADR 033).
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 96 * 1024;
        });
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = TimeSpan.FromSeconds(options.PreStopSeconds + options.DrainSeconds + 5);
            host.ServicesStartConcurrently = false;
        });
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(options);
        builder.Services.TryAddSingleton(typeof(Signal<>));
        builder.Services.TryAddSingleton(provider => new IdentityTokens(KeyFile.ReadOrCreate(options.KeyPath, "identity.key"), provider.GetRequiredService<TimeProvider>()));
        builder.Services.TryAddSingleton(provider => new SignedAddresses(KeyFile.ReadOrCreate(options.KeyPath, "identity.key"), provider.GetRequiredService<TimeProvider>()));
        builder.Services.ConfigureHttpJsonOptions(json => MeshJson.Configure(json.SerializerOptions, JsonUnmappedMemberHandling.Disallow));
        builder.Services.Configure<RouteHandlerOptions>(route => route.ThrowOnBadRequest = true);
        builder.Services.AddSingleton<DrainCheck>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<DrainCheck>());
        builder.Services.AddHealthChecks().AddCheck<DrainCheck>("drain", tags: ["ready"]);
        builder.AddKeeperWatch();
        builder.AddMeshTelemetry(process);
    }

    /// <summary>Adds modules with their stores, their consumers and the bus.</summary>
    public static void AddMeshModules(this WebApplicationBuilder builder, MeshOptions options, params IReadOnlyList<ServiceModule> modules)
    {
        var services = builder.Services;
        var consumers = new List<BoundConsumer>();
        foreach (var module in modules)
        {
            services.AddSingleton(module);
            module.AddStore(services, options);
            module.ConfigureServices(services, builder.Configuration);
            var registry = new ConsumerRegistry(module.Name, services);
            module.Subscribe(registry);
            consumers.AddRange(registry.Registrations.Select(registration => new BoundConsumer(module, registration)));
            AddServiceClient(services, module.Name);
            if (!module.HasStore) continue;
            services.AddHealthChecks().Add(new(
                $"database-{module.Name}", provider => new DatabaseCheck(module.ResolveDatabase(provider)), failureStatus: null, tags: ["ready"]));
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, AddressedService>());
        services.AddMeshBus(options, consumers);
        services.AddHostedService<InboxCleaner>();
        services.AddOpenApi("v1", OpenApiDocument.Configure);
    }

    /// <summary>Lets a process without a store of its own, such as the gateway, call services and hear events.</summary>
    public static void AddServiceClient(this IServiceCollection services, string self)
    {
        services.TryAddKeyedSingleton(ServiceHttp.Key, (_, _) => ServiceHttp.Create());
        services.AddKeyedSingleton(self, (provider, _) => new ServiceClient(
            self, provider.GetRequiredKeyedService<HttpClient>(ServiceHttp.Key), provider.GetRequiredService<MeshOptions>(), provider.GetRequiredService<IdentityTokens>()));
    }

    private static void AddMeshBus(this IServiceCollection services, MeshOptions options, IReadOnlyList<BoundConsumer> consumers)
    {
        services.AddSingleton(new BusTopology(consumers));
        services.AddSingleton<ConsumerDispatcher>();
        if (options.RabbitMq is { } address) services.AddRabbitMqBus(address, TimeSpan.FromSeconds(options.DrainSeconds));
        else services.AddSingleton<IEventBus, InProcessBus>();
    }

    /// <summary>Makes the databases and purpose-built tables. Call before the host starts. Waits up to a minute for PostgreSQL.</summary>
    public static async Task PrepareMeshAsync(this WebApplication app, CancellationToken ct = default)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Mesh.Hosting.Start");
        foreach (var module in app.Services.GetServices<ServiceModule>().Where(module => module.HasStore))
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await DatabaseSchema.PrepareAsync(module.ResolveDatabase(app.Services), module.Schema, ct);
                    break;
                }
                catch (NpgsqlException e) when (DatabaseOutage.Is(e) && attempt < 60)
                {
                    if (attempt == 1) log.LogWarning("PostgreSQL does not answer yet: {Reason}", e.Message);
                    await Task.Delay(TimeSpan.FromSeconds(1), ct);
                }
            }
        }
    }

    /// <summary>The pipeline of a service: faults become problems, identities are checked, endpoints of all modules are mapped.</summary>
    /// <param name="front">What a request passes before it is routed, such as the gateway's front door; what is thrown there becomes a problem too.</param>
    public static void UseMeshModules(this WebApplication app, Action<IApplicationBuilder>? front = null)
    {
        app.UseMiddleware<FaultBarrier>();
        front?.Invoke(app);
        app.UseRouting();
        app.Use((HttpContext context, RequestDelegate next) => BodyLimit.ApplyAsync(context, next));
        app.UseMiddleware<IdentityCheck>();
        app.MapMeshHealth();
        app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymousCaller();
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymousCaller();
        var api = app.MapGroup("").CheckBodies();
        var inside = app.MapGroup("/internal").CheckBodies().WithMetadata(new ServicesOnly()).ExcludeFromDescription();
        api.MapBusErrors();
        inside.MapInbox();
        foreach (var module in app.Services.GetServices<ServiceModule>())
        {
            module.MapEndpoints(api);
            module.MapInternal(inside.MapGroup("").WithMetadata(new ServedBy(module.Name)));
        }

        // Named, so that a host that embeds this pipeline need not add it behind our back.
        app.UseEndpoints(_ => { });
    }
}
