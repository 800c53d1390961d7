using System.Globalization;
using Mesh.Client;
using Mesh.Testing;

namespace Mesh.Benchmarks.Load;

/// <summary>A mesh on a data folder of the benchmark.</summary>
internal sealed class BenchmarkMesh(string data, int port, Child child) : IAsyncDisposable
{
    /// <summary>Address of its gateway.</summary>
    public Uri Address { get; } = new($"http://127.0.0.1:{port}");

    /// <summary>The first administrator's token.</summary>
    public string Token { get; } = File.ReadAllText(Path.Combine(data, "admin.token")).Trim();

    /// <summary>Starts it in one process, or separately where an AMQP address is given; on a PostgreSQL of its own, or on the one that is given.</summary>
    public static async Task<BenchmarkMesh> StartAsync(string data, string? rabbitMq = null, string? postgres = null)
    {
        var port = FreePorts.OfMesh();
        List<string> arguments = ["--data", data, "--port", port.ToString(CultureInfo.InvariantCulture)];
        if (rabbitMq is not null) arguments.AddRange(["--separate", "--rabbitmq", rabbitMq]);
        if (postgres is not null) arguments.AddRange(["--postgres", postgres]);
        return new BenchmarkMesh(data, port, await Child.StartAsync(new Uri($"http://127.0.0.1:{port}/health/ready"), Child.Program("Mesh.Local"), [.. arguments]));
    }

    /// <summary>A client with that token.</summary>
    public MeshClient Client() => new(Address, Token);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => child.DisposeAsync();
}
