using System.Diagnostics;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting;
using Mesh.Testing;
using Mesh.Tracking.Experiments.Live;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Mesh.Tracking.Tests.Experiments;

/// <summary>Followers of tables on services of their own: several replicas, an outage, a stop, the load that they make.</summary>
public sealed class ExperimentFollowHostTests
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public Task What_another_replica_changes_comes_and_a_follower_may_change_over_to_it() => WithHostAsync(null, async (server, host) =>
    {
        await using var other = await ServiceHost.StartAsync(server, [new TrackingService()], host.Options.Database, FolderOf(host), daemon: DaemonLeadership.HotCold);
        var (here, there) = (Ada(host), Ada(other));
        var run = await here.StartedAsync();
        await using var follower = await TableFollower.StartAsync(here, 0);
        await there.LogAsync(run.Id, new MetricPoint("loss", 1, 1, T0));
        await follower.UntilAsync(run.Id, row => row.Metrics["loss"].Last == 1);
        await there.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        await follower.UntilAsync(run.Id, row => row.Status == RunStatus.Completed);
        var tagged = await here.CreateAsync();
        await using var moved = await TableFollower.StartAsync(there, 0, "", follower.Id, rows: true);
        moved.Table.Keys.ShouldBe([tagged.Id]);
    });

    [Fact]
    public Task A_stream_ends_after_a_while_and_is_taken_up_again() => WithHostAsync(new() { ["Tracking:MetricStreamSeconds"] = "1" }, async (_, host) =>
    {
        var ada = Ada(host);
        var run = await ada.StartedAsync();
        await using var follower = await TableFollower.StartAsync(ada, 0);
        await follower.EndsAsync();
        follower.Events.ShouldBeEmpty();
        await ada.LogAsync(run.Id, new MetricPoint("loss", 1, 1, T0));
        await using var next = await TableFollower.StartAsync(ada, 0, "", follower.Id, rows: true);
        next.Table.Keys.ShouldBe([run.Id]);
    });

    [Fact]
    public Task A_stopping_service_lets_its_followers_go() => WithHostAsync(null, async (_, host) =>
    {
        await using var follower = await TableFollower.StartAsync(Ada(host), 0);
        host.Service<IHostApplicationLifetime>().StopApplication();
        await follower.EndsAsync();
    });

    [Fact]
    public Task A_follower_that_is_cut_off_with_the_database_comes_again_and_misses_nothing() => WithHostAsync(null, async (server, host) =>
    {
        var ada = Ada(host);
        var run = await ada.StartedAsync();
        var follower = await TableFollower.StartAsync(ada, 0);
        for (var round = 1; round <= 3; round++)
        {
            await ada.LogAsync(run.Id, new MetricPoint("loss", round, round, T0));
            await follower.UntilAsync(run.Id, row => row.Metrics["loss"].Last == round);
            await CutWhileAsync(server, host, () => follower.EndsAsync());
            var id = follower.Id;
            await follower.DisposeAsync();
            var meanwhile = await Eventually.Answers<RunInfo>(async () => await ada.CreateAsync(new CreateRun($"round {round}")));
            follower = await Eventually.Answers<TableFollower>(async () => await TableFollower.StartAsync(ada, 0, "", id, rows: true));
            follower.Table.Keys.ShouldBe([meanwhile.Id]);
        }

        await follower.DisposeAsync();
        host.Logs.ErrorsAbout("table of runs").ShouldBeEmpty();
    });

    [Fact]
    public Task Many_followers_of_a_table_make_the_load_of_one() => WithHostAsync(null, async (_, host) =>
    {
        var ada = Ada(host);
        var run = await ada.StartedAsync();
        var followers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => TableFollower.StartAsync(ada, 0)));
        var looks = 0;
        using (var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                var tags = activity.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value as string);
                if (tags.ContainsValue(host.Options.Database) && tags.Values.Any(text => text?.Contains("from run_change c", StringComparison.Ordinal) == true)) Interlocked.Increment(ref looks);
            },
        })
        {
            ActivitySource.AddActivityListener(listener);
            var began = Stopwatch.GetTimestamp();
            for (var i = 1; i <= 4; i++)
            {
                await ada.LogAsync(run.Id, new MetricPoint("loss", i, i, T0));
                await Task.WhenAll(followers.Select(follower => follower.UntilAsync(run.Id, row => row.Metrics["loss"].Last == i)));
            }

            Volatile.Read(ref looks).ShouldBeInRange(4, (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * 2) + 2);
        }

        // With the last of them the looking ends.
        foreach (var follower in followers) await follower.DisposeAsync();
        var feed = host.Service<TableFeed>();
        await Eventually.Holds(() => feed.Watched.ShouldBe(0));
    });

    private static ProjectUser Ada(ServiceHost host) => new(host, "p", host.ClientFor("ada", Role.Editor, "p"));

    private static string FolderOf(ServiceHost host) => Path.GetDirectoryName(host.Options.KeyPath)!;

    private static async Task WithHostAsync(Dictionary<string, string?>? settings, Func<string, ServiceHost, Task> test)
    {
        var server = await PostgresFixture.ServerConnectionStringAsync();
        var host = await ServiceHost.StartAsync(server, [new TrackingService()], settings: settings, daemon: DaemonLeadership.HotCold);
        await using (host) await test(server, host);
        await ServiceHost.DropAsync(server, host.Options.Database!);
    }

    // Away for longer than the watch may fail to look once.
    private static async Task CutWhileAsync(string server, ServiceHost host, Func<Task> work)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await ExecuteAsync($"alter database \"{host.Options.Database}\" with allow_connections false");
        await ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{host.Options.Database}'");
        await work();
        await ExecuteAsync($"alter database \"{host.Options.Database}\" with allow_connections true");

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
