using System.Net.Sockets;
using Mesh.Postgres;
using Npgsql;

namespace Mesh.Local;

/// <summary>A PostgreSQL that somebody else runs.</summary>
internal static class GivenPostgres
{
    /// <summary>Asks it once, before anything is started on it.</summary>
    /// <exception cref="PostgresServerException">It cannot be used; the message says which server, and why.</exception>
    public static async Task CheckAsync(string connectionString, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false };
        var server = $"The PostgreSQL at {settings.Host}:{settings.Port}, given by --postgres,";
        try
        {
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(ct);
            if (connection.PostgreSqlVersion.Major < PostgresBinaries.OldestMajor)
                throw new PostgresServerException($"{server} is version {connection.PostgreSqlVersion}. Mesh needs {PostgresBinaries.OldestMajor} or newer.");
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            throw new PostgresServerException($"{server} cannot be used: {Reason(e)}", e);
        }
    }

    private static string Reason(Exception fault) => fault.InnerException is SocketException socket ? $"{fault.Message} ({socket.Message})" : fault.Message;
}
