using Mesh.Hosting.Store;
using Mesh.Hosting.Tests.Notes;
using Npgsql;

namespace Mesh.Hosting.Tests.Store;

/// <summary>A statement that fails leaves its connection as it was for whoever gets it next: the same statement, too.</summary>
public sealed class FailedStatementTests(NotesHost notes) : IClassFixture<NotesHost>
{
    [Fact]
    public async Task A_statement_that_failed_before_works_on_the_same_connection()
    {
        var source = notes.Host.Service<ServiceDatabase<INotesStore>>().DataSource;
        for (var failsAt = 1; failsAt <= 10; failsAt++)
        {
            var statement = $"select 10 / $1 /* {failsAt} */";
            for (var i = 1; i <= 12; i++)
            {
                await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
                await using var command = new NpgsqlCommand(statement, connection) { Parameters = { new() { Value = i == failsAt ? 0 : 5 } } };
                if (i == failsAt) (await Should.ThrowAsync<PostgresException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken))).SqlState.ShouldBe(PostgresErrorCodes.DivisionByZero);
                else (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(2);
            }
        }
    }
}
