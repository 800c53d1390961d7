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

    public static async Task RunAsync(LocalOptions local, string postgres)
    {
        var inside = $"http://127.0.0.1:{LoopbackPort.Free()}";
        var options = Options(local, postgres, inside);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new($"{MeshOptions.Section}:AdminTokenPath", local.AdminToken)]);
        builder.AddMeshProcess("local", options);
        builder.AddMeshModules(options, [.. AllModules.Create(), new GatewayModule()]);
        await using var app = builder.Build();
        app.UseWhen(context => context.Connection.LocalPort == local.Port, front => front.UseMeshGateway());
        app.UseMeshModules();
        await app.PrepareMeshAsync();
        await app.StartAsync();
        State(local, postgres).Write(local.Data);
        Console.WriteLine($"Mesh is ready at {local.Gateway}");
        await app.WaitForShutdownAsync();
    }

    private static MeshOptions Options(LocalOptions local, string postgres, string inside)
    {
        var options = new MeshOptions
        {
            Postgres = postgres,
            Database = Database,
            KeyPath = local.Keys,
            DataPath = local.Files,
            Daemon = DaemonLeadership.Solo,
            Gateway = local.Gateway,
            Listen = $"{inside};{local.Gateway}",
        };
        foreach (var module in AllModules.Create()) options.Services[module.Name] = inside;
        return options;
    }

    private static MeshState State(LocalOptions local, string postgres) => new(
        Environment.ProcessId, local.Gateway, "one-process", new NpgsqlConnectionStringBuilder(postgres).Port.ToString(CultureInfo.InvariantCulture),
        Process.GetCurrentProcess().StartTime, Ready: true, [new MeshProcess("mesh", Environment.ProcessId, local.Gateway, Path.Combine(local.Logs, "mesh.log"))]);
}
