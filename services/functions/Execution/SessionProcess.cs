using System.ComponentModel;
using System.Diagnostics;

namespace Mesh.Functions.Execution;

/// <summary>
/// A running program of a job: started without a shell, in a session of its own, as the job's user, with no environment but its own. What it prints is
/// passed on by lines, without the values of secrets.
/// </summary>
internal sealed class SessionProcess : IDisposable
{
    private static readonly TimeSpan StreamsClose = TimeSpan.FromSeconds(5);

    // Puts the command into a session of its own and becomes it, so that the process id stays.
    private static readonly string? NewSession = OperatingSystem.IsLinux()
        ? Programs.Find("setsid", Environment.GetEnvironmentVariable("PATH") + ":/usr/bin:/bin", "/").Path
        : null;

    private readonly Process _process;
    private readonly CancellationTokenSource _streams = new();
    private readonly LineReader _errors;
    private readonly Task _reading;

    private SessionProcess(Process process, Action<string> write, SecretMask mask)
    {
        _process = process;
        _errors = new LineReader(process.StandardError.BaseStream, write, mask);
        _reading = Task.WhenAll(new LineReader(process.StandardOutput.BaseStream, write, mask).RunAsync(_streams.Token), _errors.RunAsync(_streams.Token));
        process.StandardInput.Close();
    }

    /// <summary>Its session; null where there are none.</summary>
    public int? Session => NewSession is null ? null : _process.Id;

    /// <summary>Its exit code, once it has ended; 128 and the number of a signal that ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The last line of stderr that was not blank; null if there was none.</summary>
    public string? LastErrorLine => _errors.LastLine;

    /// <summary>Starts a program.</summary>
    /// <param name="command">The program, by name or path, and its arguments.</param>
    /// <param name="environment">All of its environment.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="user">Whom it runs as; the service's own user when null.</param>
    /// <param name="write">Takes what it prints, at most one line at a time.</param>
    /// <param name="mask">Blots out secrets.</param>
    /// <returns>The process, or the reason why it could not be started.</returns>
    public static (SessionProcess? Process, string? Fault) Start(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder, JobUser? user, Action<string> write, SecretMask mask)
    {
        var (program, fault) = Programs.Find(command[0], environment.GetValueOrDefault("PATH"), folder);
        if (program is null) return (null, fault);
        var process = new Process { StartInfo = Describe([program, .. command.Skip(1)], environment, folder, user) };
        try
        {
            process.Start();
            return (new SessionProcess(process, write, mask), null);
        }
        catch (Win32Exception e)
        {
            process.Dispose();
            return (null, $"The program '{command[0]}' could not be started: {e.Message}.");
        }
    }

    /// <summary>Waits until it has ended.</summary>
    public Task WaitAsync(CancellationToken ct) => _process.WaitForExitAsync(ct);

    /// <summary>Ends it if nothing else has, and reads what it printed to the end, unless something that outlived it holds the streams open.</summary>
    public async Task CloseAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        if (await Task.WhenAny(_reading, Task.Delay(StreamsClose, CancellationToken.None)) != _reading) await _streams.CancelAsync();
        await Task.WhenAny(_reading, Task.Delay(StreamsClose, CancellationToken.None));
    }

    public void Dispose()
    {
        _process.Dispose();
        _streams.Dispose();
    }

    private static ProcessStartInfo Describe(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder, JobUser? user)
    {
        if (user is not null) (command, environment) = user.Wrap(command, environment);
        if (NewSession is not null) command = [NewSession, .. command];
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Clear();
        foreach (var (name, value) in environment) info.Environment[name] = value;
        return info;
    }
}
