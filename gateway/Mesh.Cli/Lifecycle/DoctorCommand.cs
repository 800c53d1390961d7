using System.CommandLine;
using System.Diagnostics;
using Mesh.Cli.Terminal;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh doctor</c>: what is missing on this machine, and how to get it.</summary>
internal static class DoctorCommand
{
    private sealed record Finding(string What, bool Ok, bool Needed, string Found, string? Remedy);

    public static Command Create() => Verb.Of("doctor", "Say what is missing on this machine and how to get it.", [], async context =>
    {
        List<Finding> findings =
        [
            await ProgramAsync(".NET SDK 10", "dotnet", "--version", true, "Install the .NET 10 SDK, e.g. Debian: apt-get install dotnet-sdk-10.0 (Microsoft's feed)."),
            await ProgramAsync("Node 20 or newer", "node", "--version", true, "Install Node.js 20 or newer; it brings the embedded PostgreSQL."),
            await ProgramAsync("npm", "npm", "--version", true, "npm comes with Node.js."),
            await ProgramAsync("Python 3", "python3", "--version", false, "Needed only for Python jobs: apt-get install python3."),
            await ProgramAsync("RabbitMQ", "rabbitmqctl", "version", false, "Needed only for `mesh up --separate` without --rabbitmq: apt-get install rabbitmq-server."),
            Space(Settings.DataFolder(context.Parse)),
            await PortAsync(context),
        ];
        if (context.Output.Json) context.Output.Object(findings);
        else
        {
            await context.Output.TableAsync(
                findings.ToAsyncEnumerable(), "", ["", "what", "found", "how to get it"],
                f => [f.Ok ? "✓" : f.Needed ? "✗" : "–", f.What, f.Found, f.Ok ? "" : f.Remedy], ct: context.Ct);
        }

        return findings.Exists(f => f.Needed && !f.Ok) ? ExitCode.Failed : ExitCode.Success;
    });

    private static async Task<Finding> ProgramAsync(string what, string program, string argument, bool needed, string remedy)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = (await process.StandardOutput.ReadToEndAsync()).Trim().Split('\n')[0];
            await process.WaitForExitAsync();
            return new Finding(what, process.ExitCode == 0, needed, text, remedy);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return new Finding(what, false, needed, "not found", remedy);
        }
    }

    private static Finding Space(string data)
    {
        var existing = data;
        while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing) ?? "/";
        var free = new DriveInfo(existing).AvailableFreeSpace;
        return new Finding("2 GiB of disk", free > 2L << 30, true, $"{Figures.Size(free)} free for {data}", "Free some space, or give another folder by --data.");
    }

    private static async Task<Finding> PortAsync(Context context)
    {
        var api = context.Mesh.Options.Api;
        if (RunningMesh.Read(Settings.DataFolder(context.Parse)) is { } mesh) return new Finding("the mesh", true, false, $"running at {mesh.Address}", null);
        try
        {
            using var socket = new System.Net.Sockets.TcpClient();
            await socket.ConnectAsync(api.Host, api.Port, context.Ct);
            return new Finding("a free port", false, false, $"something listens at {api.Authority}", "Give another port: mesh up --port 7171.");
        }
        catch (System.Net.Sockets.SocketException)
        {
            return new Finding("a free port", true, false, $"{api.Port} is free", null);
        }
    }
}
