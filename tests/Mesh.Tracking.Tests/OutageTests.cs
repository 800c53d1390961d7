using System.Net;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Testing;
using Npgsql;

namespace Mesh.Tracking.Tests;

/// <summary>The database goes away and comes back: callers are told so, and nothing has to be started again.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task What_was_acknowledged_is_kept_and_work_goes_on_when_connections_are_cut()
    {
        var server = await PostgresFixture.ServerConnectionStringAsync();
        var host = await ServiceHost.StartAsync(server, [new TrackingService()]);
        await using (host) await WorkThroughCutsAsync(server, host);
        await ServiceHost.DropAsync(server, host.Options.Database!);
    }

    private static async Task WorkThroughCutsAsync(string server, ServiceHost host)
    {
        var ada = new ProjectUser(host, "p", host.ClientFor("ada", Role.Editor, "p"));
        var run = await ada.StartedAsync();
        var (points, bytes, stop) = (0, 0, false);
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var i = 0; !Volatile.Read(ref stop); i++)
            {
                var batch = new LogMetrics([new($"m{writer}", i, i)], null, Guid.CreateVersion7());
                await RepeatAsync(() => ada.PostAsync($"/runs/{run.Id}/metrics", batch), HttpStatusCode.NoContent);
                Interlocked.Increment(ref points);
                if (writer > 0) continue;
                await RepeatAsync(() => ada.PostTextAsync($"/runs/{run.Id}/logs", "line\n", ("Mesh-Log-Offset", $"{bytes}")), HttpStatusCode.OK);
                bytes += 5;
            }
        }));
        for (var cut = 0; cut < 5; cut++)
        {
            var before = Volatile.Read(ref points);
            await Eventually.Holds(() => Volatile.Read(ref points).ShouldBeGreaterThan(before + 20));
            await CutAsync(server, host.Options.Database!);
        }

        Volatile.Write(ref stop, true);
        await writing;
        (await ada.GetAsync(run.Id)).Metrics.Values.Sum(m => m.Count).ShouldBe(points);
        (await ada.GetAsync<LogChunk>($"/runs/{run.Id}/logs?offset={long.MaxValue}")).NextOffset.ShouldBe(bytes);
    }

    // Answers other than success and "try again" are faults of ours.
    private static async Task RepeatAsync(Func<Task<HttpResponseMessage>> send, HttpStatusCode success)
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            using var answer = await send();
            if (answer.StatusCode == success) return;
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, await answer.Content.ReadAsStringAsync());
        }

        Assert.Fail("The service did not come back.");
    }

    private static async Task CutAsync(string server, string database)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", connection)
        {
            Parameters = { new() { Value = database } },
        };
        await command.ExecuteNonQueryAsync();
    }
}
