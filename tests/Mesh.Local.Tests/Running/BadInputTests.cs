using Mesh.Testing;
using Npgsql;

namespace Mesh.Local.Tests.Running;

/// <summary>What the mesh is given wrongly at its start: one sentence and an exit code, and nothing is started.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _data = LocalRun.NewData();

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData("--postgres takes a connection string", "--postgres", "garbage")]
    [InlineData("--postgres takes a connection string", "--postgres", "postgres://ada@db/mesh")]
    [InlineData("names no Host", "--postgres", "Username=ada")]
    [InlineData("--listen takes an IP address", "--listen", "127.0.0.l")]
    [InlineData("--listen takes an IP address", "--listen", "*")]
    [InlineData("--data takes a folder", "--data", "")]
    [InlineData("--port takes a number", "--port", "70000")]
    [InlineData("--rabbitmq is for separate services", "--rabbitmq", "amqp://guest:guest@127.0.0.1:5672")]
    [InlineData("--rabbitmq takes an address", "--rabbitmq", "127.0.0.1:5672", "--separate")]
    [InlineData("--separate needs RabbitMQ", "--separate")]
    [InlineData("needs a value", "--postgres")]
    [InlineData("is not understood", "--prot", "7070")]
    public async Task A_wrong_argument_exits_with_2_and_says_what_would_be_right(string sentence, params string[] arguments)
    {
        var (code, output, error) = await LocalRun.ToEndAsync(["--data", _data, .. arguments]);

        error.Trim().ShouldContain(sentence);
        error.Trim().ShouldNotContain('\n');
        (code, output).ShouldBe((2, ""));
        Directory.EnumerateFileSystemEntries(_data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_PostgreSQL_that_nobody_runs_is_named()
    {
        var port = FreePorts.One();

        await IsRefusedAsync($"127.0.0.1:{port}", "Connection refused", "--postgres", $"Host=127.0.0.1;Port={port};Username=mesh;Password=x");
    }

    [Fact]
    public async Task A_PostgreSQL_that_refuses_the_password_is_named()
    {
        var wrong = new NpgsqlConnectionStringBuilder(await PostgresFixture.ServerConnectionStringAsync()) { Password = "guess" };

        await IsRefusedAsync($"{wrong.Host}:{wrong.Port}", "password authentication failed", "--postgres", wrong.ConnectionString);
    }

    [Fact]
    public Task An_address_of_another_machine_is_named() => IsRefusedAsync("192.0.2.1", "--listen", "--listen", "192.0.2.1");

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        await IsRefusedAsync($"port {port}", "--port", "--port", $"{port}");
    }

    private async Task IsRefusedAsync(string where, string why, params string[] arguments)
    {
        var (code, _, error) = await LocalRun.ToEndAsync(["--data", _data, "--port", $"{FreePorts.OfMesh()}", .. arguments]);

        error.ShouldContain(where);
        error.ShouldContain(why);
        error.Trim().ShouldNotContain('\n');
        code.ShouldBe(1);
        File.Exists(Path.Combine(_data, "mesh.json")).ShouldBeFalse();
    }
}
