using System.Diagnostics;

namespace Mesh.Functions.Execution;

/// <summary>A process that is a mere child of this service, where the machine does not show its processes or has no shell to keep one: it ends with the service's care.</summary>
internal sealed class ChildProcess : RunningProcess
{
    private static readonly TimeSpan StreamsClose = TimeSpan.FromSeconds(5);
    private readonly Process _process;
    private readonly CancellationTokenSource _streams = new();
    private readonly LineReader _errors;
    private readonly Task _reading;

    /// <summary>Starts it.</summary>
    public ChildProcess(ProcessStart start, AttemptOutput output, SecretMask mask)
    {
        var info = new ProcessStartInfo(start.Command[0], start.Command.Skip(1))
        {
            WorkingDirectory = start.Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Clear();
        foreach (var (name, value) in start.Environment) info.Environment[name] = value;
        _process = new Process { StartInfo = info };
        _process.Start();
        _errors = new LineReader(_process.StandardError.BaseStream, output, mask);
        _reading = Task.WhenAll(new LineReader(_process.StandardOutput.BaseStream, output, mask).RunAsync(_streams.Token), _errors.RunAsync(_streams.Token));
        _process.StandardInput.Close();
    }

    public override int? Session => null;

    public override string? LastError => _errors.LastLine;

    public override async Task<int> WaitAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        return _process.ExitCode;
    }

    public override async Task CloseAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        if (await Task.WhenAny(_reading, Task.Delay(StreamsClose)) != _reading) await _streams.CancelAsync();
        await Task.WhenAny(_reading, Task.Delay(StreamsClose));
    }

    public override Task LeaveAsync() => throw new NotSupportedException("A child cannot outlive this service.");

    public override void Dispose()
    {
        _process.Dispose();
        _streams.Dispose();
    }
}
