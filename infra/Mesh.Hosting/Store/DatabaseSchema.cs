using Npgsql;

namespace Mesh.Hosting.Store;

/// <summary>Makes a service's database, schema and purpose-built tables. Safe to run from several replicas at once.</summary>
internal static class DatabaseSchema
{
    private const int Lock = 0x4D657368; // "Mesh" in ASCII

    public static async Task PrepareAsync(ServiceDatabase database, IReadOnlyList<string> scripts, CancellationToken ct)
    {
        await CreateDatabaseAsync(database.ConnectionString, ct);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({Lock}, hashtext('{database.Schema}'))", ct);
        await ExecuteAsync(connection, $"create schema if not exists {database.Schema}", ct);
        await ExecuteAsync(connection, "create table if not exists schema_scripts (number int primary key, applied_at timestamptz not null default now())", ct);
        var applied = Convert.ToInt32(await ScalarAsync(connection, "select coalesce(max(number), 0) from schema_scripts", ct), null);
        for (var i = applied; i < scripts.Count; i++)
        {
            await ExecuteAsync(connection, scripts[i], ct);
            await ExecuteAsync(connection, $"insert into schema_scripts (number) values ({i + 1})", ct);
        }

        await transaction.CommitAsync(ct);
    }

    private static async Task CreateDatabaseAsync(string connectionString, CancellationToken ct)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        var name = target.Database!;
        var maintenance = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false, SearchPath = null };
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync(ct);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(ct) is not null) return;
        try
        {
            await ExecuteAsync(connection, $"create database \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another replica was faster.
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct);
    }
}
