using System.Diagnostics;
using System.Globalization;
using Mesh.Client;
using Mesh.Testing;

namespace Mesh.Benchmarks.Load;

/// <summary>A mesh that <c>mesh up --detach</c> started; <c>mesh down</c> ends it with this object.</summary>
internal sealed class DetachedMesh : IAsyncDisposable
{
    private readonly Launcher _launcher;
    private readonly string _data;

    private DetachedMesh(Launcher launcher, string data) => (_launcher, _data) = (launcher, data);

    /// <summary>From the call of the command to the first 200 through the gateway.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>Starts one on a data folder.</summary>
    public static async Task<DetachedMesh> UpAsync(Launcher launcher, string data)
    {
        var mesh = new DetachedMesh(launcher, data);
        try
        {
            await mesh.UpAsync();
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _launcher.RunAsync("down", "--data", _data);

    private async Task UpAsync()
    {
        var port = FreePorts.OfMesh().ToString(CultureInfo.InvariantCulture);
        var started = Stopwatch.GetTimestamp();
        await _launcher.RunAsync("up", "--detach", "--data", _data, "--port", port);
        using var client = new MeshClient(new Uri($"http://127.0.0.1:{port}"), (await File.ReadAllTextAsync(Path.Combine(_data, "admin.token"))).Trim());
        await client.MeAsync();
        Took = Stopwatch.GetElapsedTime(started);
    }
}
