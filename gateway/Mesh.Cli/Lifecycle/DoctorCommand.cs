using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Mesh.Cli.Terminal;
using Mesh.Postgres;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh doctor</c>: what is missing on this machine, and how to get it. Exit code 1 when the mesh cannot start without it.</summary>
internal static class DoctorCommand
{
    public static Command Create() => Verb.Of("doctor", "Say what is missing on this machine and how to get it.", [], async context =>
    {
        var data = Settings.DataFolder(context.Parse);
        var machine = new Machine(
            await AskAsync("dotnet", "--list-sdks"), await PostgresAsync(data, context.Ct), await AskAsync("node", "--version"), await AskAsync("npm", "--version"),
            await AskAsync("python3", "--version"), await AskAsync("rabbitmqctl", "version"));
        List<Finding> findings = [.. machine.Judge(), Portal(), Space(data), await PortAsync(context)];
        if (context.Output.Json) context.Output.Object(findings);
        else
        {
            await context.Output.TableAsync(
                findings.ToAsyncEnumerable(), "", ["", "what", "found", "how to get it"],
                f => [f.Ok ? "✓" : f.Needed ? "✗" : "–", f.What, f.Found, f.Ok ? "" : f.Remedy], ct: context.Ct);
        }

        return findings.Exists(f => f.Needed && !f.Ok) ? ExitCode.Failed : ExitCode.Success;
    });

    // Null where the program is missing or does not work.
    private static async Task<string?> AskAsync(string program, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var text = (await process.StandardOutput.ReadToEndAsync()).Trim();
            await error;
            await process.WaitForExitAsync();
            return process.ExitCode == 0 && text.Length > 0 ? text : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static async Task<string?> PostgresAsync(string data, CancellationToken ct) =>
        (await PostgresBinaries.FindInstalledAsync(new PostgresOptions { DataDirectory = Path.Combine(data, "postgres") }, ct))?.Version.ToString();

    // Where the launcher builds it, three folders above artifacts/bin/{project}/release.
    private static Finding Portal()
    {
        var artifacts = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));
        var there = File.Exists(Path.Combine(artifacts, "portal", "index.html"));
        return new Finding("the portal, built", there, false, there ? "built" : "not built", $"mesh up builds it, by npm; what that said is in {Path.Combine(artifacts, "portal-build.log")}.");
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
