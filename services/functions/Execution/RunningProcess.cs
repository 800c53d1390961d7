using System.ComponentModel;
using System.Diagnostics;

namespace Mesh.Functions.Execution;

/// <summary>A running program of a job: started without a shell of the job's, in a session of its own, as the job's user, with no environment but its own.</summary>
internal abstract class RunningProcess : IDisposable
{
    // E2BIG
    private const int TooLarge = 7;

    /// <summary>Its session; null where there are none.</summary>
    public abstract int? Session { get; }

    /// <summary>Who keeps its exit code, and ends after it; null where nobody does.</summary>
    public virtual int? Keeper => null;

    /// <summary>The last line of stderr that was not blank, masked; null if there was none.</summary>
    public abstract string? LastErrorLine { get; }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code; 128 and the number of a signal that ended it.</returns>
    public abstract Task<int> WaitAsync(CancellationToken ct);

    /// <summary>Ends it if nothing else has, and takes in what it has printed. All around it has ended.</summary>
    public abstract Task CloseAsync();

    public abstract void Dispose();

    /// <summary>Starts a program behind others that become it.</summary>
    /// <param name="launcher">Those that come before it on the command line.</param>
    /// <param name="command">The program, by name or path, and its arguments.</param>
    /// <param name="environment">All of its environment.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="user">Whom it runs as; the service's own user when null.</param>
    /// <param name="redirects">Whether its output is read from the process.</param>
    /// <returns>The process, or the reason why it could not be started.</returns>
    protected static (Process? Process, string? Fault) Launch(
        IReadOnlyList<string> launcher, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder, JobUser? user, bool redirects)
    {
        var (program, fault) = Programs.Find(command[0], environment.GetValueOrDefault("PATH"), folder);
        if (program is null) return (null, fault);
        IReadOnlyList<string> line = [program, .. command.Skip(1)];
        if (user is not null) (line, environment) = user.Wrap(line, environment);
        line = [.. launcher, .. line];
        var info = new ProcessStartInfo(line[0], line.Skip(1))
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = redirects,
            RedirectStandardError = redirects,
        };
        info.Environment.Clear();
        foreach (var (name, value) in environment) info.Environment[name] = value;
        var process = new Process { StartInfo = info };
        try
        {
            process.Start();
            process.StandardInput.Close();
            return (process, null);
        }
        catch (Win32Exception e)
        {
            process.Dispose();
            if (e.NativeErrorCode == TooLarge)
                return (null, $"The program '{command[0]}' could not be started: its arguments and variables are larger than the kernel takes: 128 KiB each, and some megabytes in all.");
            return (null, $"The program '{command[0]}' could not be started: {e.Message}.");
        }
    }
}
