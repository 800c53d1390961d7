using System.Diagnostics;
using Mesh.Hosting;

namespace Mesh.Local;

/// <summary>A child process that is started again when it dies, with its output in a log file.</summary>
internal sealed class KeptProcess : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly string _name;
    private readonly string _address;
    private readonly string _assembly;
    private readonly string _log;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly SemaphoreSlim _writing = new(1);
    private volatile int _pid;

    private KeptProcess(string name, string address, string assembly, string log, IReadOnlyDictionary<string, string> settings) =>
        (_name, _address, _assembly, _log, _settings) = (name, address, assembly, log, settings);

    /// <summary>The process of a service, or of the gateway.</summary>
    public static KeptProcess For(string name, string address, LocalOptions local, IReadOnlyDictionary<string, string> settings)
    {
        var own = new Dictionary<string, string>(settings) { [$"{MeshOptions.Section}__{nameof(MeshOptions.Listen)}"] = address };
        return new KeptProcess(name, address, AssemblyOf(name), Path.Combine(local.Logs, $"{name}.log"), own);
    }

    /// <summary>What <c>mesh status</c> shows.</summary>
    public MeshProcess Describe() => new(_name, _pid, _address, _log);

    /// <summary>Keeps it running until asked to stop, then ends it: SIGTERM, and SIGKILL if it does not drain in time.</summary>
    public async Task KeepAsync(Action changed, CancellationToken stopping)
    {
        var pause = TimeSpan.FromMilliseconds(200);
        while (!stopping.IsCancellationRequested)
        {
            using var process = Start();
            _pid = process.Id;
            changed();
            var started = Stopwatch.GetTimestamp();
            var output = Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));
            try
            {
                await process.WaitForExitAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                await EndAsync(process);
                await output;
                return;
            }

            await output;
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(30)) pause = TimeSpan.FromMilliseconds(200);
            Console.WriteLine($"{_name} ended with code {process.ExitCode} and is started again");
            await Task.Delay(pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();

    private Process Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(_assembly),
        };
        start.ArgumentList.Add(_assembly);
        foreach (var (key, value) in _settings) start.Environment[key] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{_assembly} could not be started.");
    }

    private async Task CopyAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            await _writing.WaitAsync();
            try
            {
                await File.AppendAllTextAsync(_log, line + Environment.NewLine);
            }
            finally
            {
                _writing.Release();
            }
        }
    }

    private static async Task EndAsync(Process process)
    {
        if (process.HasExited) return;
        Terminate(process.Id);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static void Terminate(int pid)
    {
        using var kill = Process.Start("kill", ["-TERM", pid.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static string AssemblyOf(string name)
    {
        var project = $"Mesh.{char.ToUpperInvariant(name[0])}{name[1..]}";
        var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(bin.Parent!.Parent!.FullName, project, bin.Name, $"{project}.dll");
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing. Build it: dotnet build.");
    }
}
