using System.Diagnostics;
using System.Text;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Running;

/// <summary>Another process of the functions service beside the one of a mesh: on its database and its folder, a worker under a name of its own.</summary>
public sealed class ExtraWorker : IAsyncDisposable
{
    private readonly Process _process;

    private ExtraWorker(Process process) => _process = process;

    /// <summary>Starts it with the settings of the mesh's own functions service, as its process has them, and waits until it is ready.</summary>
    public static async Task<ExtraWorker> StartAsync(MeshUnderTest mesh)
    {
        var address = new Uri($"http://127.0.0.1:{FreePorts.OfMesh()}");
        var start = new ProcessStartInfo("dotnet", [MeshUnderTest.Binary("Mesh.Functions")]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var variable in Encoding.UTF8.GetString(await File.ReadAllBytesAsync($"/proc/{mesh.PidOf("functions")}/environ")).Split('\0', StringSplitOptions.RemoveEmptyEntries))
            start.Environment[variable[..variable.IndexOf('=', StringComparison.Ordinal)]] = variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..];
        start.Environment["Mesh__Listen"] = address.ToString().TrimEnd('/');
        start.Environment["Functions__WorkerName"] = $"extra-{Guid.CreateVersion7():N}";
        var process = Process.Start(start)!;
        // It ends when its input does, as whoever is kept.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var worker = new ExtraWorker(process);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.Holds(async () => (await http.GetAsync(new Uri(address, "/health/ready"))).EnsureSuccessStatusCode(), TimeSpan.FromMinutes(1));
        return worker;
    }

    /// <summary>Kills it with SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }
}
