using System.Diagnostics;

namespace Mesh.Functions.Execution;

/// <summary>A program as a child of this service, which passes on what it prints by lines, without the values of secrets.</summary>
internal sealed class SessionProcess : RunningProcess
{
    private static readonly TimeSpan StreamsClose = TimeSpan.FromSeconds(5);
    private readonly Process _process;
    private readonly CancellationTokenSource _streams = new();
    private readonly LineReader _errors;
    private readonly Task _reading;

    private SessionProcess(Process process, Action<string> write, SecretMask mask)
    {
        _process = process;
        _errors = new LineReader(process.StandardError.BaseStream, write, mask);
        _reading = Task.WhenAll(new LineReader(process.StandardOutput.BaseStream, write, mask).RunAsync(_streams.Token), _errors.RunAsync(_streams.Token));
    }

    public override int? Session => Launcher is null ? null : _process.Id;

    public override string? LastErrorLine => _errors.LastLine;

    /// <summary>Puts a command into a session of its own and becomes it, so that the process id stays; null where there is none such.</summary>
    internal static string? Launcher { get; } = OperatingSystem.IsLinux()
        ? Programs.Find("setsid", Environment.GetEnvironmentVariable("PATH") + ":/usr/bin:/bin", "/").Path
        : null;

    /// <summary>Starts a program.</summary>
    /// <param name="command">The program, by name or path, and its arguments.</param>
    /// <param name="environment">All of its environment.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="user">Whom it runs as; the service's own user when null.</param>
    /// <param name="write">Takes what it prints.</param>
    /// <param name="mask">Blots out secrets.</param>
    /// <returns>The process, or the reason why it could not be started.</returns>
    public static (SessionProcess? Process, string? Fault) Start(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder, JobUser? user, Action<string> write, SecretMask mask)
    {
        var (process, fault) = Launch(Launcher is null ? [] : [Launcher], command, environment, folder, user, redirects: true);
        return (process is null ? null : new SessionProcess(process, write, mask), fault);
    }

    public override async Task<int> WaitAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        return _process.ExitCode;
    }

    public override async Task CloseAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        if (await Task.WhenAny(_reading, Task.Delay(StreamsClose, CancellationToken.None)) != _reading) await _streams.CancelAsync();
        await Task.WhenAny(_reading, Task.Delay(StreamsClose, CancellationToken.None));
    }

    public override void Dispose()
    {
        _process.Dispose();
        _streams.Dispose();
    }
}
