using System.Globalization;
using Mesh.Client;
using Mesh.Testing;

namespace Mesh.Benchmarks.Load;

/// <summary>A mesh on a data folder of the benchmark.</summary>
internal sealed class BenchmarkMesh(string data, int port, Child child) : IAsyncDisposable
{
    /// <summary>Address of its gateway.</summary>
    public Uri Address { get; } = new($"http://127.0.0.1:{port}");

    /// <summary>Process id of its main process.</summary>
    public int Pid => child.Pid;

    /// <summary>The first administrator's token.</summary>
    public string Token { get; } = File.ReadAllText(Path.Combine(data, "admin.token")).Trim();

    /// <summary>Starts it in one process, or separately where an AMQP address is given.</summary>
    public static async Task<BenchmarkMesh> StartAsync(string data, string? rabbitMq = null)
    {
        var port = FreeBlock();
        List<string> arguments = ["--data", data, "--port", port.ToString(CultureInfo.InvariantCulture)];
        if (rabbitMq is not null) arguments.AddRange(["--separate", "--rabbitmq", rabbitMq]);
        return new BenchmarkMesh(data, port, await Child.StartAsync(new Uri($"http://127.0.0.1:{port}/health/ready"), Child.Program("Mesh.Local"), [.. arguments]));
    }

    /// <summary>A client with that token.</summary>
    public MeshClient Client() => new(Address, Token);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => child.DisposeAsync();

    private static int FreeBlock()
    {
        while (true)
        {
            var port = ServiceHost.FreePort();
            if (port < 60_000 && Enumerable.Range(port, 8).All(IsFree)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
