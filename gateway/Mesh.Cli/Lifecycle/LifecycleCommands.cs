using System.CommandLine;

namespace Mesh.Cli.Lifecycle;

/// <summary>The commands that start, stop and inspect the mesh of this machine.</summary>
internal static class LifecycleCommands
{
    public static IEnumerable<Command> All() =>
    [
        UpCommand.Create(), DownCommand.Create(), StatusCommand.Create(), LogsCommand.Create(), DoctorCommand.Create(),
        TokenCommand.Create(), LoginCommand.Create(), CompletionCommand.Create(),
    ];
}
