using System.Net;
using System.Net.Sockets;
using Mesh.Contracts;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Store;
using Mesh.Testing;
using Npgsql;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>What a consumer waits out, and what counts against the event.</summary>
public sealed class OutageTests
{
    [Theory]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, false)]
    [InlineData(501, false)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(404, false)]
    [InlineData(409, false)]
    public void An_answer_that_says_not_now_is_an_outage_and_any_other_is_not(int status, bool outage)
    {
        Outage.Is(Answer(status)).ShouldBe(outage);
        Outage.Is(new InvalidOperationException("around", Answer(status))).ShouldBe(outage);
        Outage.Is(new HttpRequestException("answered", null, (HttpStatusCode)status)).ShouldBe(outage);
    }

    [Fact]
    public void A_connection_that_fails_is_an_outage()
    {
        Outage.Is(new HttpRequestException(HttpRequestError.ConnectionError)).ShouldBeTrue();
        Outage.Is(new SocketException((int)SocketError.ConnectionRefused)).ShouldBeTrue();
        Outage.Is(new NpgsqlException("cut", new IOException("reset"))).ShouldBeTrue();
        Outage.Is(new TimeoutException("waited in vain")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_none_and_a_database_that_is_not_there_is_one()
    {
        var server = await PostgresFixture.ServerConnectionStringAsync();
        await using (var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString))
        {
            await connection.OpenAsync();
            await using var slow = new NpgsqlCommand("select pg_sleep(60)", connection) { CommandTimeout = 1 };
            var fault = await Should.ThrowAsync<NpgsqlException>(slow.ExecuteNonQueryAsync());
            DatabaseOutage.IsStatementTimeout(fault).ShouldBeTrue();
            Outage.Is(new InvalidOperationException("around", fault)).ShouldBeFalse();
        }

        await using var nobody = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server) { Host = "127.0.0.1", Port = ServiceHost.FreePort(), Pooling = false }.ConnectionString);
        Outage.Is(await Should.ThrowAsync<NpgsqlException>(nobody.OpenAsync())).ShouldBeTrue();
    }

    internal static ServiceCallException Answer(int status) => new("tracking", new Problem { Type = "t", Title = "t", Status = status, Code = "c" });
}
