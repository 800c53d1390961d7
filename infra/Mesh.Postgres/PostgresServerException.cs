namespace Mesh.Postgres;

/// <summary>PostgreSQL could not be found, initialized, started or stopped. The message says what is wrong and what to do about it.</summary>
public sealed class PostgresServerException : Exception
{
    /// <summary>An error with a sentence for people.</summary>
    public PostgresServerException(string message) : base(message) { }

    /// <summary>An error with a sentence for people and its cause.</summary>
    public PostgresServerException(string message, Exception inner) : base(message, inner) { }
}
