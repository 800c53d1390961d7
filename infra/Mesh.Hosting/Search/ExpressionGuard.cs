using Mesh.Hosting.Http;
using Mesh.Hosting.Mlflow;
using Npgsql;

namespace Mesh.Hosting.Search;

/// <summary>Runs searches by regular expressions: one may be written so that it takes for ever, and the database must not.</summary>
public static class ExpressionGuard
{
    /// <summary>Seconds that such a search may take.</summary>
    public const int Seconds = 5;

    /// <summary>Runs a search in a transaction whose statements have a limit of time.</summary>
    /// <exception cref="RejectedException">The expression is none, or it took too long.</exception>
    public static async Task<T> RunAsync<T>(NpgsqlConnection connection, Func<Task<T>> search, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var limit = new NpgsqlCommand("select set_config('statement_timeout', $1, true)", connection) { Parameters = { new() { Value = $"{Seconds}s" } } })
            await limit.ExecuteNonQueryAsync(ct);
        try
        {
            return await search();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidRegularExpression)
        {
            throw MlflowRefusal.Invalid($"Invalid filter: {e.MessageText}.");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            throw MlflowRefusal.Invalid($"The search took more than {Seconds} s and was given up: use a simpler regular expression, or narrow the search by other comparisons.");
        }
    }
}
