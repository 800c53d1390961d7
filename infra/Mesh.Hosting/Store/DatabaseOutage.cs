using Npgsql;

namespace Mesh.Hosting.Store;

/// <summary>Tells a database that is away from a statement that is wrong.</summary>
public static class DatabaseOutage
{
    /// <summary>
    /// Whether the same call may succeed once the database is back: the connection failed or was cut, the server stops, crashed or starts
    /// (SQLSTATE 57P01 to 57P03), or it was at odds with another transaction.
    /// </summary>
    public static bool Is(Exception? fault) => fault switch
    {
        null => false,
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } => true,
        NpgsqlException { IsTransient: true } => true,
        _ => Is(fault.InnerException),
    };

    /// <summary>Whether the server took a statement and did not finish it in time, which may be the statement's own fault.</summary>
    public static bool IsStatementTimeout(Exception? fault) => fault switch
    {
        null => false,
        // Npgsql tells this timeout from those of connecting by the words alone.
        NpgsqlException { InnerException: TimeoutException { Message: "Timeout during reading attempt" } } => true,
        _ => IsStatementTimeout(fault.InnerException),
    };
}
