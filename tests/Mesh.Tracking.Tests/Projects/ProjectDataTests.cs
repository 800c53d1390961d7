using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Testing;
using Mesh.Tracking.Tests.Mlflow;
using Npgsql;

namespace Mesh.Tracking.Tests.Projects;

public sealed class ProjectDataTests(TrackingFixture tracking)
{
    [Fact]
    public async Task A_deleted_project_leaves_nothing_and_others_are_untouched()
    {
        var (ada, bob) = (tracking.NewProject(), tracking.NewProject());
        foreach (var user in (ProjectUser[])[ada, bob])
        {
            var run = await user.StartedAsync();
            await user.PostAsync($"/runs/{run.Id}/metrics", new LogMetrics([new("loss", 1), new("loss", 2, 1)], null, Guid.CreateVersion7()));
            await user.PostTextAsync($"/runs/{run.Id}/logs", "hello\n");
            var traces = new MlflowUser(user, version: "3.0");
            await traces.PostAsync("traces", TraceCallTests.Start("tr-1"));
            await traces.PostAsync("traces/link-to-run", new { run_id = run.Id, trace_ids = new[] { "tr-1" } });
        }

        (await UsageAsync(ada)).Counts.ShouldBe(new Dictionary<string, long> { ["runs"] = 1, ["traces"] = 1 }, ignoreOrder: true);
        var deleted = ada.Event("projects", new ProjectDeleted(ada.Project, true));
        await tracking.Host.Service<IEventBus>().PublishAsync([deleted], default);
        await tracking.Host.Service<IEventBus>().PublishAsync([deleted with { Id = Guid.CreateVersion7() }], default);

        (await UsageAsync(ada)).IsEmpty().ShouldBeTrue();
        (await RowsAsync(ada)).ShouldBe(0);
        (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.ShouldBeEmpty();
        (await UsageAsync(bob)).Counts["runs"].ShouldBe(1);
        (await RowsAsync(bob)).ShouldBe(14);
        (await bob.GetAsync<Page<RunInfo>>("/runs")).Items.ShouldHaveSingleItem().Metrics["loss"].Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("metrics"), InlineData("logs"), InlineData("traces")]
    public async Task Samples_that_meet_the_purge_wait_for_it_and_leave_nothing(string kind)
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await using var purge = await tracking.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.OpenConnectionAsync();
        await using var transaction = await purge.BeginTransactionAsync();
        await ExecuteAsync(purge, "delete from mt_doc_run where tenant_id = $1", ada.Project);
        await ExecuteAsync(purge, "delete from mt_doc_experiment where tenant_id = $1", ada.Project);
        await ExecuteAsync(purge, "delete from mt_events where tenant_id = $1", ada.Project);
        await ExecuteAsync(purge, "delete from mt_streams where tenant_id = $1", ada.Project);
        await ExecuteAsync(purge, "delete from run_change where project = $1", ada.Project);

        var late = kind switch
        {
            "metrics" => ada.PostAsync($"/runs/{run.Id}/metrics", new LogMetrics([new("loss", 1)])),
            "logs" => ada.PostTextAsync($"/runs/{run.Id}/logs", "late\n"),
            _ => new MlflowUser(ada, version: "3.0").AskAsync(HttpMethod.Post, "traces", TraceCallTests.Start("tr-late")),
        };
        await Eventually.Holds(async () => (await WaitingForAsync((int)purge.ProcessID)).ShouldBeGreaterThan(0));
        await transaction.CommitAsync();

        if (kind == "traces") await MlflowUser.RefusedAsync(await late, 404, "RESOURCE_DOES_NOT_EXIST");
        else await late.ShouldBeProblemAsync(404, "run.unknown");
        (await RowsAsync(ada)).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_written_behind_the_purge_goes_with_the_next_news_of_the_deletion()
    {
        var ada = tracking.NewProject();
        var deleted = ada.Event("projects", new ProjectDeleted(ada.Project, true));
        await tracking.Host.Service<IEventBus>().PublishAsync([deleted], default);
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, new MetricPoint("loss", 1));
        (await UsageAsync(ada)).IsEmpty().ShouldBeFalse();
        await tracking.Host.Service<IEventBus>().PublishAsync([deleted with { Id = Guid.CreateVersion7() }], default);
        (await UsageAsync(ada)).IsEmpty().ShouldBeTrue();
        (await RowsAsync(ada)).ShouldBe(0);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, string project)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = project } } };
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> WaitingForAsync(int process)
    {
        await using var command = tracking.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.CreateCommand(
            "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid)) and query like '%for key share%'");
        command.Parameters.Add(new NpgsqlParameter { Value = process });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<ProjectUsage> UsageAsync(ProjectUser user) => await ProjectUser.ReadAsync<ProjectUsage>(
        await tracking.Host.ClientForService("projects").GetAsync($"/internal/projects/{user.Project}/usage"));

    private async Task<long> RowsAsync(ProjectUser user)
    {
        await using var connection = await tracking.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            """
            select (select count(*) from metric_point join metric using (series) where project = $1) + (select count(*) from metric where project = $1)
                 + (select count(*) from metric_batch where project = $1) + (select count(*) from log where project = $1)
                 + (select count(*) from log_chunk where project = $1) + (select count(*) from mt_events where tenant_id = $1)
                 + (select count(*) from mt_doc_run where tenant_id = $1) + (select count(*) from mt_doc_experiment where tenant_id = $1)
                 + (select count(*) from trace where project = $1) + (select count(*) from trace_run where project = $1)
                 + (select count(*) from run_change where project = $1)
            """, connection)
        {
            Parameters = { new() { Value = user.Project } },
        };
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
