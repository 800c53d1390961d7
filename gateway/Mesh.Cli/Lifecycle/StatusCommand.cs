using System.CommandLine;
using Mesh.Cli.Terminal;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh status</c>: what runs, where, and whether it is ready. Exit code 3 when nothing runs, 1 when what runs is not ready.</summary>
internal static class StatusCommand
{
    public static Command Create() => Verb.Of("status", "Show whether the mesh runs and is ready.", [], async context =>
    {
        var data = Settings.DataFolder(context.Parse);
        var ready = await context.Mesh.IsReadyAsync(context.Ct);
        if (RunningMesh.Read(data) is not { } mesh)
        {
            context.Output.Object(
                new { running = false, ready, address = context.Mesh.Options.Api }, ("address", context.Mesh.Options.Api),
                ("state", ready ? "ready (not started from this data folder)" : $"not running; start it with: mesh up"));
            return ready ? ExitCode.Success : ExitCode.Unreachable;
        }

        var code = ready ? ExitCode.Success : ExitCode.Failed;
        var processes = mesh.Processes.Select(p => new { p.Name, p.Pid, p.Address, Alive = p.IsAlive(), Memory = p.Memory(), p.Log }).ToList();
        if (context.Output.Json)
        {
            context.Output.Object(new { running = true, ready, mesh.Address, mesh.Shape, mesh.StartedAt, mesh.PostgresPort, processes });
            return code;
        }

        context.Output.Object(
            mesh, ("address", mesh.Address), ("state", ready ? "ready" : "not ready"), ("shape", mesh.Shape),
            ("up for", TimeProvider.System.GetUtcNow() - mesh.StartedAt), ("data", data), ("postgres", $"127.0.0.1:{mesh.PostgresPort}"));
        await context.Output.TableAsync(
            processes.ToAsyncEnumerable(), "No processes.", ["process", "#pid", "address", "state", "#memory"],
            p => [p.Name, p.Pid, p.Address, p.Alive ? "running" : "restarting", Figures.Size(p.Memory)], ct: context.Ct);
        if (!ready) context.Output.Note("The mesh runs but is not ready: it is starting, or one of its parts is down. See `mesh logs`.");
        return code;
    });
}
