using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Lifecycle;
using Mesh.Client;

namespace Mesh.Cli.Demo;

/// <summary><c>mesh demo</c>: real data becomes a monitored model in production, drifts and is retrained.</summary>
internal static class DemoCommand
{
    private static readonly Option<bool> Keep = new("--keep") { Description = "Leave the mesh running afterwards." };
    private static readonly Option<int> Port = new("--port") { Description = "Port of the gateway, when the demo starts the mesh.", DefaultValueFactory = _ => 7070, HelpName = "port" };

    public static Command Create() => Verb.Of(
        "demo", "Take a real data set to a monitored model in production, let it drift, and see it retrained.", [Keep, Port], RunAsync);

    private static async Task<int> RunAsync(Context context)
    {
        var data = Settings.DataFolder(context.Parse);
        var running = RunningMesh.Read(data);
        var ours = running is null && context.Parse.GetValue(Settings.Api) is null && Environment.GetEnvironmentVariable("MESH_API") is null;
        var pen = new DemoPen(context.Output);
        if (ours)
        {
            var start = new MeshStart(data, ["--data", data, "--port", context.Get(Port).ToString(CultureInfo.InvariantCulture)]);
            running = await pen.StepAsync("Start the mesh", async say =>
            {
                var mesh = await start.DetachedAsync(say, context.Ct);
                return (mesh, $"ready at {mesh.Address}");
            }, _ => ["mesh up --detach"]);
        }

        try
        {
            // The client of the command line was made before the mesh ran: only now is there an address and a token.
            Environment.SetEnvironmentVariable("MESH_DATA", data);
            if (running is not null && ours) Environment.SetEnvironmentVariable("MESH_API", running.Address);
            using var mesh = ours ? MeshClient.FromEnvironment() : Settings.Client(context.Parse);
            await new DemoScript(mesh, pen, Path.Combine(data, "demo")).RunAsync(context.Ct);
            var kept = !ours || context.Get(Keep);
            pen.Closing(mesh.Options.Api, kept);
        }
        finally
        {
            if (ours && !context.Get(Keep) && running is not null) await Stopping.EndAsync(running.Pid, TimeSpan.FromSeconds(60));
        }

        return ExitCode.Success;
    }
}
