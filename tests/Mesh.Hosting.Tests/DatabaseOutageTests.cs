using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Hosting.Tests;

/// <summary>What is waited out, and what is not.</summary>
public sealed class DatabaseOutageTests
{
    [Theory]
    [InlineData("57P01", true)]
    [InlineData("57P02", true)]
    [InlineData("57P03", true)]
    [InlineData("08006", true)]
    [InlineData("40001", true)]
    [InlineData("23505", false)]
    [InlineData("42703", false)]
    public void A_server_that_stops_or_starts_is_an_outage_and_a_wrong_statement_is_not(string state, bool outage)
    {
        var fault = new PostgresException("said", "ERROR", "ERROR", state);
        DatabaseOutage.Is(fault).ShouldBe(outage);
        DatabaseOutage.Is(new InvalidOperationException("around", fault)).ShouldBe(outage);
    }

    [Fact]
    public void A_cut_connection_is_an_outage() => DatabaseOutage.Is(new NpgsqlException("cut", new IOException("reset"))).ShouldBeTrue();
}
