using Mesh.Postgres;
using Npgsql;
using Xunit;

namespace Mesh.Testing;

/// <summary>
/// A fresh database on a real PostgreSQL, dropped afterwards. All fixtures of a test process share one server: the one that
/// <see cref="TestServers.Postgres"/> names, else an own one that ends with the process.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private string? _connectionString;

    /// <summary>The name of this fixture's database.</summary>
    public string Database { get; } = "test_" + Guid.CreateVersion7().ToString("N");

    /// <summary>Connection string to this fixture's database.</summary>
    public string ConnectionString => _connectionString ?? throw new InvalidOperationException("The fixture has not been initialized.");

    /// <summary>Connection string of a superuser to the server's own database: for tests that make databases of their own.</summary>
    public static async Task<string> ServerConnectionStringAsync() => await SharedServer.Started;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await ExecuteAsync($"CREATE DATABASE \"{Database}\"");
        _connectionString = new NpgsqlConnectionStringBuilder(await SharedServer.Started) { Database = Database }.ConnectionString;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connectionString is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await ExecuteAsync($"DROP DATABASE IF EXISTS \"{Database}\" WITH (FORCE)");
        }
    }

    private static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(await SharedServer.Started) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The process's one server, started when a fixture first asks.</summary>
    private static class SharedServer
    {
        public static readonly Task<string> Started = Task.Run(StartAsync);

        private static async Task<string> StartAsync()
        {
            if (Environment.GetEnvironmentVariable(TestServers.Postgres) is { Length: > 0 } given)
            {
                return given;
            }

            var folder = TestServers.Folder("postgres");
            var server = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = folder, Durable = false, OrphanGrace = TimeSpan.Zero });
            TestServers.AtExit(() => server.StopAsync(), folder);
            return server.ConnectionString;
        }
    }
}
