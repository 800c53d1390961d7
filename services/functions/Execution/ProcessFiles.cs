using System.Globalization;

namespace Mesh.Functions.Execution;

/// <summary>
/// What a process shares with whoever follows it, beside its working folder: named pipes for its two streams, one that announces its end, and small files
/// with its exit code, the id of its keeper and the last line of its stderr.
/// </summary>
/// <param name="prefix">Path without an ending, such as <c>…/jobs/demo/{job}/1</c>.</param>
internal sealed class ProcessFiles(string prefix)
{
    /// <summary>Pipe of stdout.</summary>
    public string Out { get; } = prefix + ".out";

    /// <summary>Pipe of stderr.</summary>
    public string Errors { get; } = prefix + ".err";

    /// <summary>Pipe that is opened for writing when the process has ended.</summary>
    public string End { get; } = prefix + ".end";

    /// <summary>The exit code, once there is one; written at the end of the process.</summary>
    public string Exit { get; } = prefix + ".exit";

    /// <summary>The keeper's process id.</summary>
    public string Keeper { get; } = prefix + ".pid";

    /// <summary>The last line of stderr that was passed on.</summary>
    public string LastError { get; } = prefix + ".last";

    /// <summary>Makes the pipes, for this user alone; what an earlier process left is removed.</summary>
    /// <exception cref="IOException">A pipe cannot be made.</exception>
    public void Make()
    {
        Remove();
        foreach (var pipe in (string[])[Out, Errors, End]) Native.MakePipe(pipe);
    }

    /// <summary>The exit code; null if the process has not ended, or nobody was there to write it.</summary>
    public int? ReadExit() => ReadNumber(Exit);

    /// <summary>The keeper's process id, if it came to write it.</summary>
    public int? ReadKeeper() => ReadNumber(Keeper);

    /// <summary>When the keeper began, if it came to write its process id.</summary>
    public DateTimeOffset? ReadBegun() => File.Exists(Keeper) ? File.GetLastWriteTimeUtc(Keeper) : null;

    /// <summary>Removes them all.</summary>
    public void Remove()
    {
        foreach (var file in (string[])[Out, Errors, End, Exit, Keeper, LastError]) File.Delete(file);
    }

    // A file without its newline is still being written.
    private static int? ReadNumber(string path) => File.Exists(path) && File.ReadAllText(path) is [.. var digits, '\n']
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
