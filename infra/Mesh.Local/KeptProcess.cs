using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Mesh.Hosting;

namespace Mesh.Local;

/// <summary>A child process that is started again when it dies, with its output in a log file. It ends when we do, however we end.</summary>
internal sealed class KeptProcess
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly string _name;
    private readonly string _address;
    private readonly string _assembly;
    private readonly string _log;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private volatile int _pid;

    private KeptProcess(string name, string address, string assembly, string log, IReadOnlyDictionary<string, string> settings) =>
        (_name, _address, _assembly, _log, _settings) = (name, address, assembly, log, settings);

    /// <summary>The process of a service, or of the gateway.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="address">Address by which it is reached.</param>
    /// <param name="listen">Addresses that it binds.</param>
    /// <param name="local">How the mesh runs.</param>
    /// <param name="settings">What all processes are told.</param>
    public static KeptProcess For(string name, string address, string listen, LocalOptions local, IReadOnlyDictionary<string, string> settings)
    {
        var own = new Dictionary<string, string>(settings)
        {
            [$"{MeshOptions.Section}__{nameof(MeshOptions.Listen)}"] = listen,
            [KeeperWatch.Setting.Replace(":", "__", StringComparison.Ordinal)] = "true",
        };
        return new KeptProcess(name, address, AssemblyOf(name), Path.Combine(local.Logs, $"{name}.log"), own);
    }

    /// <summary>What <c>mesh status</c> shows.</summary>
    public MeshProcess Describe() => new(_name, _pid, _address, _log);

    /// <summary>Keeps it running until asked to stop, then ends it: SIGTERM, and SIGKILL if it does not drain in time.</summary>
    public async Task KeepAsync(Action changed, CancellationToken stopping)
    {
        using var log = new LogFile(_log);
        var pause = ShortestPause;
        while (!stopping.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            var end = await RunAsync(log, changed, stopping);
            if (stopping.IsCancellationRequested) return;
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(30)) pause = ShortestPause;
            Terminal.Say($"{_name} {end} and is started again");
            await Task.Delay(pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // How it ended, in words.
    private async Task<string> RunAsync(LogFile log, Action changed, CancellationToken stopping)
    {
        using var process = new Process { StartInfo = Describe(_assembly) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            // No processes or no memory left, for the moment.
            return $"could not be started ({e.Message})";
        }

        _pid = process.Id;
        changed();
        var output = Task.WhenAll(log.TakeAsync(process.StandardOutput), log.TakeAsync(process.StandardError));
        try
        {
            await process.WaitForExitAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process);
        }

        await output;
        return $"ended with code {process.ExitCode}";
    }

    private ProcessStartInfo Describe(string assembly)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath ?? "dotnet", [assembly])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(assembly),
        };
        foreach (var (key, value) in _settings) start.Environment[key] = value;
        return start;
    }

    private static async Task EndAsync(Process process)
    {
        if (process.HasExited) return;
        await TerminateAsync(process.Id);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task TerminateAsync(int pid)
    {
        // One that has just ended by itself is no error, and nothing to say.
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", pid.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        await kill.WaitForExitAsync();
    }

    private static string AssemblyOf(string name)
    {
        var project = $"Mesh.{char.ToUpperInvariant(name[0])}{name[1..]}";
        var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(bin.Parent!.Parent!.FullName, project, bin.Name, $"{project}.dll");
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing. Build it: dotnet build.");
    }
}
