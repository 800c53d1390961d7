using System.CommandLine;
using System.Globalization;
using Mesh.Client;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh up</c>: starts the mesh, in the foreground or detached.</summary>
internal static class UpCommand
{
    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Return when it is ready and leave it running." };
    private static readonly Option<int> Port = new("--port") { Description = "Port of the gateway; separate services get the ports after it.", DefaultValueFactory = _ => 7070, HelpName = "port" };
    private static readonly Option<string> Listen = new("--listen") { Description = "IP address to bind. Anything but loopback opens the mesh to the network.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "address" };
    private static readonly Option<string?> Postgres = new("--postgres") { Description = "Connection string of a PostgreSQL 14 or newer, instead of the embedded one.", HelpName = "connection" };
    private static readonly Option<string?> RabbitMq = new("--rabbitmq") { Description = "AMQP address, for --separate.", HelpName = "uri" };
    private static readonly Option<bool> Separate = new("--separate") { Description = "Run each service as its own process, on PostgreSQL and RabbitMQ." };

    public static Command Create()
    {
        Port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 65_000) result.AddError("--port must be 1 to 65000.");
        });
        return Verb.Of("up", "Start the mesh on this machine.", [Detach, Port, Listen, Postgres, RabbitMq, Separate], RunAsync);
    }

    private static async Task<int> RunAsync(Context context)
    {
        var data = Settings.DataFolder(context.Parse);
        if (RunningMesh.Read(data) is { } running)
        {
            context.Output.Note($"A mesh is running already, at {running.Address}.");
            return await PrintAsync(context, running);
        }

        var start = new MeshStart(data, Arguments(context, data));
        if (!context.Get(Detach)) return await start.ForegroundAsync(context.Output.Json ? line => context.Output.Piece(new LogLine("mesh", line), line) : null, context.Ct);
        var mesh = await context.Output.WorkingAsync("Starting the mesh", progress => start.DetachedAsync(progress, context.Ct));
        return await PrintAsync(context, mesh);
    }

    private static List<string> Arguments(Context context, string data)
    {
        List<string> arguments =
            ["--data", data, "--port", context.Get(Port).ToString(CultureInfo.InvariantCulture), "--listen", context.Get(Listen)];
        if (context.Get(Postgres) is { } postgres) arguments.AddRange(["--postgres", postgres]);
        if (context.Get(RabbitMq) is { } rabbitMq) arguments.AddRange(["--rabbitmq", rabbitMq]);
        if (context.Get(Separate)) arguments.Add("--separate");
        return arguments;
    }

    private static async Task<int> PrintAsync(Context context, RunningMesh mesh)
    {
        var portal = context.Output.Json ? "" : await PortalAsync(context, mesh);
        context.Output.Object(
            mesh, ("address", mesh.Address), ("portal", portal), ("API docs", $"{mesh.Address}/docs"), ("data", Settings.DataFolder(context.Parse)),
            ("next", "mesh demo | mesh status | mesh logs -f | mesh login | mesh down"));
        return ExitCode.Success;
    }

    // A link that signs a browser in, where the token of this machine's administrator is at hand.
    private static async Task<string> PortalAsync(Context context, RunningMesh mesh)
    {
        try
        {
            using var client = Settings.Client(context.Parse);
            return $"{new Uri(new Uri(mesh.Address), (await client.CreateLoginLinkAsync(context.Ct)).Path)} (good once, for five minutes)";
        }
        catch (MeshException)
        {
            return mesh.Address;
        }
    }
}
