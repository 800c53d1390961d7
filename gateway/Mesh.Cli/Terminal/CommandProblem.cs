using Mesh.Contracts;

namespace Mesh.Cli.Terminal;

/// <summary>Errors that the command itself finds, in the form in which the mesh answers its own.</summary>
internal static class CommandProblem
{
    /// <summary>The command line is wrong.</summary>
    public static Problem Usage(string sentence) => Of("command.usage", "Wrong usage", sentence);

    /// <summary>Something on this machine went wrong or is missing.</summary>
    public static Problem Failed(string sentence) => Of("command.failed", "Command failed", sentence);

    private static Problem Of(string code, string title, string sentence) =>
        new() { Type = $"urn:mesh:error:{code}", Title = title, Status = 0, Code = code, Detail = sentence };
}
