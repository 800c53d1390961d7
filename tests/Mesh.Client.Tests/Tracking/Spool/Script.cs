using System.Diagnostics;
using System.Globalization;

namespace Mesh.Client.Tests.Tracking.Spool;

/// <summary>The script of <c>Mesh.Client.Script</c> as a process of its own.</summary>
internal sealed class Script : IAsyncDisposable
{
    private readonly Process _process;

    private Script(Process process) => _process = process;

    /// <summary>Starts it and waits until it has logged.</summary>
    public static async Task<Script> StartAsync(int count, string then, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Client.Script.Program).Assembly.Location, count.ToString(CultureInfo.InvariantCulture), then])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var script = new Script(Process.Start(start)!);
        var said = await script._process.StandardOutput.ReadLineAsync();
        said.ShouldBe("logged", said is null ? await script._process.StandardError.ReadToEndAsync() : null);
        _ = script._process.StandardError.ReadToEndAsync();
        return script;
    }

    /// <summary>Ends it with no chance to do anything.</summary>
    public Task KillAsync() => SignalAsync("-KILL");

    public async Task SignalAsync(string signal)
    {
        using (var kill = Process.Start("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        await EndAsync();
    }

    /// <summary>Waits for its end; returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return _process.ExitCode;
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }
}
