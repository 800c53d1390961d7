namespace Mesh.Functions.Execution;

/// <summary>Finds the program of a command as a shell would, so that a missing one is told by name and not by what a launcher makes of it.</summary>
internal static class Programs
{
    /// <summary>Finds a program.</summary>
    /// <param name="name">A name to look for on the path, or a path (with a '/'), which counts from the working folder.</param>
    /// <param name="path">The job's <c>PATH</c>.</param>
    /// <param name="folder">The working folder.</param>
    /// <returns>Its path, or the reason why it cannot run.</returns>
    public static (string? Path, string? Fault) Find(string name, string? path, string folder)
    {
        if (string.IsNullOrWhiteSpace(name)) return (null, "The command names no program.");
        if (name.Contains('/', StringComparison.Ordinal) || Path.IsPathRooted(name))
        {
            var file = Path.GetFullPath(Path.Combine(folder, name));
            if (Directory.Exists(file)) return (null, $"The program '{name}' is a folder.");
            if (!File.Exists(file)) return (null, $"The program '{name}' was not found.");
            return IsExecutable(file) ? (file, null) : (null, $"The program '{name}' is not executable.");
        }

        foreach (var part in (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var file = Path.Combine(part, name);
            if (File.Exists(file) && IsExecutable(file)) return (file, null);
        }

        return (null, $"The program '{name}' was not found on the PATH of the worker.");
    }

    private static bool IsExecutable(string file) =>
        OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
