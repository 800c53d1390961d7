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
            if (!IsExecutable(file)) return (null, $"The program '{name}' is not executable.");
            return InterpreterFault(name, file) is { } fault ? (null, fault) : (file, null);
        }

        foreach (var part in (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var file = Path.Combine(part, name);
            if (File.Exists(file) && IsExecutable(file)) return (file, null);
        }

        return (null, $"The program '{name}' was not found on the PATH of the worker.");
    }

    /// <summary>Why the interpreter that the first line of a script names cannot run; null for none. A shell would say that it has not found the script.</summary>
    private static string? InterpreterFault(string name, string file)
    {
        if (OperatingSystem.IsWindows() || FirstLineOf(file) is not { } line) return null;
        var interpreter = line[2..].Trim(' ', '\t').Split(' ', '\t')[0];
        if (File.Exists(interpreter)) return IsExecutable(interpreter) ? null : $"The program '{name}' needs '{interpreter}', which is not executable.";
        return interpreter.TrimEnd('\r') is var unix && File.Exists(unix)
            ? $"The program '{name}' has the line ends of Windows, with which '{unix}' is not found: save it with those of Unix."
            : $"The program '{name}' needs '{unix}', which was not found.";
    }

    private static string? FirstLineOf(string script)
    {
        try
        {
            using var file = new FileStream(script, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
            var bytes = new byte[256];
            var text = System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)));
            return text.StartsWith("#!/", StringComparison.Ordinal) || text.StartsWith("#! ", StringComparison.Ordinal) ? text.Split('\n')[0] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // One that may be run and not read.
            return null;
        }
    }

    private static bool IsExecutable(string file) =>
        OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
