using System.Diagnostics;
using Mesh.Testing;

namespace Mesh.Benchmarks.Load;

/// <summary>A process of the benchmark: a baseline, or the mesh itself. Ends with this object.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    /// <summary>Starts a program of the mesh and waits until it is ready.</summary>
    public static async Task<Child> StartAsync(Uri ready, string assembly, params string[] arguments)
    {
        var child = new Child(Process.Start(new ProcessStartInfo("dotnet", [assembly, .. arguments]) { RedirectStandardOutput = true })!);
        _ = child._process.StandardOutput.ReadToEndAsync();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.Holds(async () =>
        {
            if (child._process.HasExited) throw new InvalidOperationException($"{Path.GetFileName(assembly)} ended.");
            (await http.GetAsync(ready)).EnsureSuccessStatusCode();
        }, TimeSpan.FromMinutes(2));
        return child;
    }

    /// <summary>Path of a program of the same build.</summary>
    public static string Program(string project)
    {
        var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(bin.Parent!.Parent!.FullName, project, bin.Name, $"{project}.dll");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(45));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }
}
