using Mesh.Gateway.Docs;
using Mesh.Gateway.Proxy;
using Mesh.Hosting;
using Mesh.Hosting.Telemetry;

namespace Mesh.Gateway;

/// <summary>Runs the gateway as a process of its own, before services that run elsewhere.</summary>
public static class GatewayHost
{
    /// <summary>Reads the configuration, serves until SIGTERM, drains.</summary>
    /// <exception cref="InvalidOperationException">The configuration is not usable; the message names the keys.</exception>
    public static async Task RunAsync(string[] args)
    {
        CompleteOnThePollingThread();
        var builder = WebApplication.CreateSlimBuilder(args);
        // A gateway that is told nothing about its address takes the public one.
        if (string.IsNullOrEmpty(builder.Configuration["Mesh:Listen"])) builder.Configuration["Mesh:Listen"] = "http://127.0.0.1:7070";
        await using var app = Build(builder, MeshOptions.Read(builder.Configuration, store: false));
        await app.RunAsync();
    }

    /// <summary>Composes the process: front door, pages, proxy.</summary>
    internal static WebApplication Build(WebApplicationBuilder builder, MeshOptions options)
    {
        if (options.AddressesOf("projects").Count == 0)
            throw new InvalidOperationException("The configuration is not usable. Mesh:Services:projects: the gateway needs the address of the projects service.");
        builder.AddMeshProcess(GatewayModule.ServiceName, options);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.AddMeshModules(options, new GatewayModule());
        builder.Services.AddMeshProxy(options, GatewayOptions.Read(builder.Configuration), TelemetryRegistration.IsExported(builder.Configuration));
        // Every request and probe that fails would be a warning with a stack: outages are told once, by us.
        builder.Logging.AddFilter("Yarp.ReverseProxy", LogLevel.Error);
        builder.Services.AddSingleton<MergedOpenApi>();
        builder.Services.AddHealthChecks().AddCheck<ProjectsCheck>("projects", tags: ["ready"]);
        var app = builder.Build();
        app.UseMeshModules(front => front.UseMeshGateway());
        app.MapMergedOpenApi();
        app.MapMeshProxy(options);
        return app;
    }

    /// <summary>
    /// What a socket brings is handled by the thread that polled it, which saves a hand-over to another thread for each read and write on both sides of the
    /// proxy. It is for processes that never block a thread, as this one: all it does is forward, and look into memory. The runtime then polls with a
    /// thread per core; it reads the setting from the environment alone, once, before the first socket.
    /// </summary>
    private static void CompleteOnThePollingThread()
    {
        const string Setting = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (Environment.GetEnvironmentVariable(Setting) is null) Environment.SetEnvironmentVariable(Setting, "1");
    }
}
