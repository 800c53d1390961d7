using System.CommandLine;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh down</c>: drains and stops the mesh; what it holds stays.</summary>
internal static class DownCommand
{
    public static Command Create() => Verb.Of("down", "Stop the mesh on this machine; its data stays.", [], async context =>
    {
        var data = Settings.DataFolder(context.Parse);
        if (RunningMesh.Read(data) is not { } mesh)
        {
            context.Output.Note($"No mesh is running on {data}.");
            if (context.Output.Json) context.Output.Object(new { running = false });
            return;
        }

        var drained = await context.Output.WorkingAsync("Stopping the mesh", _ => Stopping.EndAsync(mesh.Pid, TimeSpan.FromSeconds(60)));
        context.Output.Done(
            new { stopped = mesh.Address, drained },
            drained ? $"Stopped. The data stays in {data}." : "It did not stop in time and was killed; nothing acknowledged is lost.");
    });
}
