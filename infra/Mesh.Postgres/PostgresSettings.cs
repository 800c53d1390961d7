using System.Globalization;

namespace Mesh.Postgres;

/// <summary>The server's settings: little memory, a fast start, and no less safety than PostgreSQL's own defaults.</summary>
internal static class PostgresSettings
{
    /// <summary>The text of <c>postgresql.conf</c>, the same for the same input.</summary>
    public static string Render(PostgresOptions options, int majorVersion, int port)
    {
        var lines = new List<string>
        {
            "# Written by Mesh at each start. Your own settings go into custom.conf beside this file; they win.",
            "listen_addresses = '127.0.0.1'",
            "port = " + port.ToString(CultureInfo.InvariantCulture),
            "unix_socket_directories = ''",
            "max_connections = " + options.MaxConnections.ToString(CultureInfo.InvariantCulture),
            "password_encryption = scram-sha-256",
            // A killed service's sessions, and the locks they hold, go within seconds.
            "client_connection_check_interval = 2s",
            "tcp_keepalives_idle = 30",

            "shared_buffers = 48MB",
            "work_mem = 8MB",
            "maintenance_work_mem = 32MB",
            "effective_cache_size = 512MB",
            "huge_pages = off",
            "random_page_cost = 1.1",
            "jit = off",
            // Deleting a project touches every partition of its tables in one transaction.
            "max_locks_per_transaction = 256",

            "max_worker_processes = 4",
            "max_parallel_workers = 2",
            "max_parallel_workers_per_gather = 1",
            "max_parallel_maintenance_workers = 1",
            "autovacuum_max_workers = 2",

            // Nobody replicates from this server.
            "wal_level = minimal",
            "max_wal_senders = 0",
            "max_logical_replication_workers = 0",
            "min_wal_size = 64MB",
            "max_wal_size = 512MB",

            "timezone = 'UTC'",
            "log_timezone = 'UTC'",
            "datestyle = 'iso'",
            "lc_messages = 'C'",
            "log_line_prefix = '%m [%p] %d '",
            "log_checkpoints = off",
            "log_min_messages = warning",
        };
        lines.AddRange(options.Durable
            ? ["fsync = on", "synchronous_commit = on", "full_page_writes = on"]
            : ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]);
        if (majorVersion >= 18)
        {
            lines.Add("io_method = sync");
        }

        lines.Add("include_if_exists = 'custom.conf'");
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>The port a <c>postgresql.conf</c> of ours names, null when there is none.</summary>
    public static int? PortIn(string? settings) =>
        settings?.Split('\n').FirstOrDefault(l => l.StartsWith("port = ", StringComparison.Ordinal)) is { } line
        && int.TryParse(line["port = ".Length..], CultureInfo.InvariantCulture, out var port)
            ? port
            : null;
}
