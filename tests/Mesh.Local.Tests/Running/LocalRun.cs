using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mesh.Testing;

namespace Mesh.Local.Tests.Running;

/// <summary>The program that is the mesh of this machine, as a process on a data folder of the test.</summary>
internal sealed class LocalRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private LocalRun(Process process) =>
        (_process, _output, _error) = (process, process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>A new data folder that PostgreSQL's user may pass through.</summary>
    public static string NewData()
    {
        var data = Directory.CreateTempSubdirectory("mesh-local-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(data, (UnixFileMode)0b111_001_001);
        return data;
    }

    public static LocalRun Start(params IEnumerable<string> arguments) => StartProgram("Mesh.Local", "Mesh.Local.dll", arguments);

    /// <summary>The command that people type instead.</summary>
    public static LocalRun Command(params IEnumerable<string> arguments) => StartProgram("Mesh.Cli", "mesh.dll", arguments);

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Output, string Error)> ToEndAsync(params IEnumerable<string> arguments)
    {
        await using var run = Start(arguments);
        return await run.EndAsync();
    }

    /// <summary>What its state file says.</summary>
    public static JsonElement State(string data)
    {
        using var state = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "mesh.json")));
        return state.RootElement.Clone();
    }

    /// <summary>Waits until its state file says that it is ready.</summary>
    public async Task ReadyAsync(string data)
    {
        await Eventually.Holds(() => (HasExited || State(data).GetProperty("pid").GetInt32() == Pid && State(data).GetProperty("ready").GetBoolean()).ShouldBeTrue(), Patience);
        if (HasExited) throw new InvalidOperationException($"It ended with code {_process.ExitCode}: {await _output}{await _error}");
    }

    /// <summary>Sends a signal.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<(int Code, string Output, string Error)> EndAsync()
    {
        using var limited = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(limited.Token);
        return (_process.ExitCode, await _output, await _error);
    }

    private static LocalRun StartProgram(string project, string file, IEnumerable<string> arguments)
    {
        var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(bin.Parent!.Parent!.FullName, project, bin.Name, file);
        return new LocalRun(Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            await EndAsync();
        }

        _process.Dispose();
    }
}
