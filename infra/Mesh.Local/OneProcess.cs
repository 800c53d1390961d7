using System.Diagnostics;
using System.Globalization;
using Mesh.Gateway;
using Mesh.Hosting;
using Npgsql;

namespace Mesh.Local;

/// <summary>
/// The laptop: all modules and the gateway in one process. The gateway's front door stands before the public port; a second loopback port is what
/// separate services would listen on, for calls between them.
/// </summary>
internal static class OneProcess
{
    private const string Database = "mesh";

    public static async Task RunAsync(LocalOptions local, string postgres, CancellationToken stopping)
    {
        // Settings of a project that happens to be in the caller's folder are not ours.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        if (builder.Configuration[Key(LocalOptions.LoopbackWebhooks)] is null) builder.Configuration[Key(LocalOptions.LoopbackWebhooks)] = "true";
        builder.Configuration.AddInMemoryCollection(Settings(local, postgres));
        var options = MeshOptions.Read(builder.Configuration);
        builder.AddMeshProcess("local", options);
        builder.AddMeshModules(options, [.. AllModules.Create(), new GatewayModule()]);
        await using var app = builder.Build();
        app.UseMeshModules(front => front.UseWhen(context => context.Connection.LocalPort == local.Port, door => door.UseMeshGateway()));
        await app.PrepareMeshAsync(stopping);
        await app.StartAsync(stopping);
        State(local, postgres).Write(local.Data);
        Terminal.Say($"Mesh is ready at {local.Gateway}");
        Terminal.Say("Open it in a browser by the link that `mesh login` prints.");
        await app.WaitForShutdownAsync(CancellationToken.None);
    }

    private static Dictionary<string, string?> Settings(LocalOptions local, string postgres)
    {
        var inside = $"http://127.0.0.1:{MeshPorts.FreeBeside(local.Port)}";
        var settings = new Dictionary<string, string?>
        {
            [Key(nameof(MeshOptions.Postgres))] = postgres,
            [Key(nameof(MeshOptions.Database))] = Database,
            // Whatever the environment says: events stay in this process.
            [Key(nameof(MeshOptions.RabbitMq))] = null,
            [Key(nameof(MeshOptions.KeyPath))] = local.Keys,
            [Key(nameof(MeshOptions.DataPath))] = local.Files,
            [Key(nameof(MeshOptions.Daemon))] = nameof(DaemonLeadership.Solo),
            [Key(nameof(MeshOptions.Gateway))] = local.Gateway,
            [Key(nameof(MeshOptions.Listen))] = $"{inside};{local.GatewayListen}",
            [Key("AdminTokenPath")] = local.AdminToken,
        };
        foreach (var module in AllModules.Create()) settings[Key($"{nameof(MeshOptions.Services)}:{module.Name}")] = inside;
        return settings;
    }

    private static MeshState State(LocalOptions local, string postgres)
    {
        using var self = Process.GetCurrentProcess();
        return new(
            self.Id, local.Gateway, "one-process", new NpgsqlConnectionStringBuilder(postgres).Port.ToString(CultureInfo.InvariantCulture), self.StartTime, Ready: true,
            [new MeshProcess("mesh", self.Id, local.Gateway, Path.Combine(local.Logs, "mesh.log"))]);
    }

    private static string Key(string name) => $"{MeshOptions.Section}:{name}";
}
