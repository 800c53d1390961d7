using System.Diagnostics;
using System.Globalization;
using Mesh.Artifacts.Blobs.S3;
using Mesh.Artifacts.Tests.Blobs;
using Mesh.Testing;

[assembly: AssemblyFixture(typeof(S3Server))]

namespace Mesh.Artifacts.Tests.Blobs;

/// <summary>
/// A server of the S3 protocol: the npm package s3rver, which keeps objects in a folder, checks signatures, and knows multipart uploads, copies and ranges.
/// It stands in for a real store only so far: it is one process, lets anybody read who does not sign, and knows neither the abortion and listing of multipart
/// uploads nor copies by ranges.
/// </summary>
public sealed class S3Server : IAsyncLifetime
{
    private const string Package = "s3rver@3.7.1";

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-s3-").FullName;
    private readonly SemaphoreSlim _one = new(1, 1);
    private Process? _server;
    private int _port;

    /// <summary>Settings of a store whose keys begin with a prefix of their own. Starts the server when it is first asked for.</summary>
    internal async Task<S3Options> OptionsAsync()
    {
        await _one.WaitAsync();
        try
        {
            if (_server is null) await StartAsync();
        }
        finally
        {
            _one.Release();
        }

        return new S3Options
        {
            Endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"),
            Bucket = "mesh",
            Prefix = $"{Guid.CreateVersion7():N}/",
            AccessKey = "S3RVER",
            SecretKey = "S3RVER",
        };
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            _server.Kill();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        _one.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        using (var install = Run("npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", _folder, Package))
        {
            await install.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(4));
            install.ExitCode.ShouldBe(0, "npm install s3rver");
        }

        // It does not decode the slashes of what is to be copied, as Amazon's does.
        var copying = Path.Combine(_folder, "node_modules", "s3rver", "lib", "controllers", "object.js");
        await File.WriteAllTextAsync(copying, (await File.ReadAllTextAsync(copying)).Replace("decodeURI(ctx.headers", "decodeURIComponent(ctx.headers", StringComparison.Ordinal));
        _port = FreePorts.One();
        _server = Run(
            "node", Path.Combine(_folder, "node_modules", "s3rver", "bin", "s3rver.js"), "--silent", "--directory", Path.Combine(_folder, "data"), "--address", "127.0.0.1",
            "--port", _port.ToString(CultureInfo.InvariantCulture), "--configure-bucket", "mesh");
        using var http = new HttpClient();
        await Eventually.Holds(async () => await http.GetAsync(new Uri($"http://127.0.0.1:{_port}/mesh")), TimeSpan.FromSeconds(60));
    }

    private static Process Run(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments))!;
}
