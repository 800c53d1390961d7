using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Testing;
using Mesh.Tracking.Experiments.Live;
using Mesh.Tracking.Tests.Mlflow;
using Npgsql;

namespace Mesh.Tracking.Tests.Experiments;

/// <summary>The table of an experiment as it changes, by Server-Sent Events.</summary>
public sealed class ExperimentFollowTests(TrackingFixture tracking)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Whatever_changes_a_run_comes_live()
    {
        var ada = tracking.NewProject();
        var mlflow = new MlflowUser(ada);
        var before = await ada.CreateAsync(new CreateRun("before", "wine"));
        await using var follower = await TableFollower.StartAsync(ada.As("vera", Role.Viewer), before.ExperimentId);

        var run = await ada.CreateAsync(new CreateRun("fit", "wine", Params: new() { ["lr"] = "0.1" }));
        await ada.CreateAsync(new CreateRun("elsewhere", "beer"));
        await follower.UntilAsync(run.Id, row => row is { Name: "fit", Experiment: "wine", Status: RunStatus.Pending } && row.Params["lr"] == "0.1");
        await ada.PostAsync($"/runs/{run.Id}/start", new StartRun(1, "w1"));
        await follower.UntilAsync(run.Id, row => row is { Status: RunStatus.Running, Worker: "w1" });
        await ada.PostAsync($"/runs/{run.Id}/params", new LogParams(new() { ["depth"] = "3" }));
        await follower.UntilAsync(run.Id, row => row.Params.Count == 2);
        await ada.PostAsync($"/runs/{run.Id}/tags", new SetTags(new() { ["team"] = "red" }));
        await follower.UntilAsync(run.Id, row => row.Tags.GetValueOrDefault("team") == "red");
        await mlflow.PostAsync("runs/update", new { run_id = run.Id.ToString("N"), run_name = "renamed" });
        await follower.UntilAsync(run.Id, row => row.Name == "renamed");
        await ada.LogAsync(run.Id, new("loss", 2, 0, T0), new("loss", double.NaN, 1, T0));
        await follower.UntilAsync(run.Id, row => row.Metrics.GetValueOrDefault("loss") == new MetricSummary(double.NaN, 1, 2, 2, 2));
        // Many points at once go another way.
        await ada.LogAsync(run.Id, [.. Enumerable.Range(0, 9_000).Select(i => new MetricPoint("acc", i, i, T0))]);
        await follower.UntilAsync(run.Id, row => row.Metrics.GetValueOrDefault("acc")?.Count == 9_000);
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        await follower.UntilAsync(run.Id, row => row.Status == RunStatus.Completed && row.EndedAt is not null);
        follower.Table[run.Id].ShouldBeEquivalentTo(await ada.GetAsync(run.Id));
        follower.Table.Keys.ShouldBe([run.Id]);

        await DeleteAsync(ada, run.Id);
        await follower.UntilAsync(table => table.Count == 0);
        follower.Events[^1].Gone.ShouldBe([new GoneRun(run.Id, false)]);
        await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/restore", JsonContent.Create(new { }));
        await follower.UntilAsync(run.Id, row => row.Metrics["acc"].Count == 9_000);
        await DeleteAsync(ada, run.Id);
        await follower.UntilAsync(table => table.Count == 0);
        await PurgeAsync(ada, run.Id);
        while (follower.Events[^1].Gone is not [{ Purged: true }]) await follower.NextAsync();
    }

    [Fact]
    public async Task A_row_is_told_without_what_its_run_ran_on()
    {
        var ada = tracking.NewProject();
        await using var follower = await TableFollower.StartAsync(ada, 0);
        var run = await ada.CreateAsync(new CreateRun("fit", Source: new RunSource("python fit.py"), Environment: new RunEnvironment("host-1")));
        await follower.NextAsync();
        follower.Table[run.Id].ShouldBeEquivalentTo(await ada.GetAsync(run.Id) with { Environment = null });
    }

    [Fact]
    public async Task Changes_that_come_often_are_told_together()
    {
        var ada = tracking.NewProject();
        var runs = new[] { await ada.StartedAsync(), await ada.StartedAsync() };
        await using var follower = await TableFollower.StartAsync(ada, 0);
        var began = Stopwatch.GetTimestamp();
        for (var i = 1; i <= 150; i++) await ada.LogAsync(runs[i % 2].Id, new MetricPoint("loss", i, i, T0));
        await follower.UntilAsync(table => table.Count == 2 && table.Values.Sum(run => run.Metrics["loss"].Count) == 150);
        follower.Events.Count.ShouldBeLessThanOrEqualTo((int)(Stopwatch.GetElapsedTime(began).TotalSeconds * 2) + 1);
        follower.Ids.ShouldBeUnique();
    }

    [Fact]
    public async Task A_follower_goes_on_where_it_was_with_what_changed_meanwhile_and_no_more()
    {
        var ada = tracking.NewProject();
        var runs = new List<RunInfo>();
        for (var i = 0; i < 6; i++) runs.Add(await ada.StartedAsync());
        string first, second;
        await using (var follower = await TableFollower.StartAsync(ada, 0))
        {
            // A position is there before the first event.
            first = follower.Id;
            await ada.LogAsync(runs[0].Id, new MetricPoint("loss", 1, 1, T0));
            await follower.NextAsync();
            second = follower.Id;
        }

        await ada.LogAsync(runs[1].Id, new MetricPoint("loss", 1, 1, T0));
        await ada.LogAsync(runs[1].Id, new MetricPoint("loss", 2, 2, T0));
        await ada.PostAsync($"/runs/{runs[2].Id}/fail", new FailRun("boom"));
        await ada.PostAsync($"/runs/{runs[3].Id}/complete", new CompleteRun());
        await DeleteAsync(ada, runs[3].Id);
        await using (var follower = await TableFollower.StartAsync(ada, 0, "", second, rows: true))
        {
            follower.Table.Keys.ShouldBe([runs[1].Id, runs[2].Id], ignoreOrder: true);
            follower.Table[runs[1].Id].Metrics["loss"].Last.ShouldBe(2);
            follower.Events.ShouldHaveSingleItem().Gone.ShouldBe([new GoneRun(runs[3].Id, false)]);
        }

        await using (var follower = await TableFollower.StartAsync(ada, 0, "?rows=5", first, rows: true))
            follower.Table.Keys.ShouldBe([runs[0].Id, runs[1].Id, runs[2].Id], ignoreOrder: true);

        // What is gone for good is heard of, also when nothing of it is left.
        await PurgeAsync(ada, runs[3].Id);
        await ScalarAsync("delete from mt_doc_run where tenant_id = $1 and id = $2::text returning 1", ada.Project, runs[3].Id);
        await using (var follower = await TableFollower.StartAsync(ada, 0, "", second, rows: true))
            follower.Events.ShouldHaveSingleItem().Gone.ShouldBe([new GoneRun(runs[3].Id, true)]);
        await ScalarAsync("update run_change set purged_at = now() - interval '15 days' where project = $1 and run = $2 returning 1", ada.Project, runs[3].Id);
        var cleaner = new PurgedRowCleaner(Database, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<PurgedRowCleaner>.Instance);
        await cleaner.RunOnceAsync(default);
        (await ScalarAsync("select count(*) from run_change where project = $1 and ($2::uuid is not null)", ada.Project, runs[3].Id)).ShouldBe(5);
    }

    [Fact]
    public async Task The_newest_rows_come_first_when_asked_for()
    {
        var ada = tracking.NewProject();
        await using (var empty = await TableFollower.StartAsync(ada, 0, "?rows=10")) empty.Table.ShouldBeEmpty();
        var runs = new List<RunInfo>();
        for (var i = 0; i < 4; i++) runs.Add(await ada.StartedAsync());
        await ada.LogAsync(runs[3].Id, new MetricPoint("loss", 1, 1, T0));
        await ada.PostAsync($"/runs/{runs[2].Id}/complete", new CompleteRun());
        await DeleteAsync(ada, runs[2].Id);
        await using var follower = await TableFollower.StartAsync(ada, 0, "?rows=2", rows: true);
        follower.Events[0].Changed.Select(run => run.Id).ShouldBe([runs[3].Id, runs[1].Id]);
        follower.Events[0].Changed[0].ShouldBeEquivalentTo(await ada.GetAsync(runs[3].Id));
        await ada.PostAsync($"/runs/{runs[0].Id}/complete", new CompleteRun());
        await follower.UntilAsync(runs[0].Id, row => row.Status == RunStatus.Completed);
    }

    [Fact]
    public async Task A_transaction_that_ends_behind_later_ones_is_not_missed()
    {
        var ada = tracking.NewProject();
        var (early, late) = (await ada.StartedAsync(), await ada.StartedAsync());
        await using var follower = await TableFollower.StartAsync(ada, 0);
        await using var slow = await Database.DataSource.OpenConnectionAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using (var change = new NpgsqlCommand("update run_change set changed = pg_current_xact_id() where project = $1 and run = $2", slow))
        {
            change.Parameters.Add(new() { Value = ada.Project });
            change.Parameters.Add(new() { Value = early.Id });
            (await change.ExecuteNonQueryAsync()).ShouldBe(1);
        }

        await ada.LogAsync(late.Id, new MetricPoint("loss", 1, 1, T0));
        (await follower.NextAsync())!.Changed.ShouldHaveSingleItem().Id.ShouldBe(late.Id);
        await transaction.CommitAsync();
        await using var resumed = await TableFollower.StartAsync(ada, 0, "", follower.Id, rows: true);
        resumed.Table.Keys.ShouldBe([early.Id]);
        (await follower.NextAsync())!.Changed.ShouldHaveSingleItem().Id.ShouldBe(early.Id);
    }

    [Fact]
    public async Task Many_rows_come_in_pieces_and_a_follower_goes_on_in_their_midst()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        await using var follower = await TableFollower.StartAsync(ada, 0);
        var start = follower.Id;
        // All by one transaction.
        await ScalarAsync(
            """
            with more as (
                insert into mt_doc_run
                select (jsonb_populate_record(r, jsonb_build_object('id', ids.id, 'data', jsonb_set(r.data, '{id}', to_jsonb(ids.id))))).*
                from mt_doc_run r, (select gen_random_uuid()::text as id from generate_series(1, 1200)) as ids where r.tenant_id = $1 and r.id = $2::text
                returning tenant_id, id, experiment_id)
            insert into run_change (project, run, experiment, changed) select tenant_id, id::uuid, experiment_id, pg_current_xact_id() from more returning 1
            """, ada.Project, run.Id);
        await follower.UntilAsync(table => table.Count == 1_200);
        follower.Events.Select(rows => rows.Changed.Count).ShouldBe([500, 500, 200]);

        foreach (var (id, left) in (IEnumerable<(string, int)>)[(start, 1_200), (follower.Ids[1], 700), (follower.Ids[2], 200)])
        {
            await using var resumed = await TableFollower.StartAsync(ada, 0, "", id, rows: true);
            await resumed.UntilAsync(table => table.Keys.Count(id => id != run.Id) == left);
            await ada.PostAsync($"/runs/{run.Id}/tags", new SetTags(new() { ["left"] = $"{left}" }));
            await resumed.UntilAsync(run.Id, row => row.Tags["left"] == $"{left}");
            resumed.Table.Count.ShouldBe(left + 1);
            resumed.Events[^1].Changed.Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task An_event_ends_early_where_rows_are_large()
    {
        var ada = tracking.NewProject();
        await using var follower = await TableFollower.StartAsync(ada, 0);
        var start = follower.Id;
        var large = Enumerable.Range(0, 170).ToDictionary(i => $"p{i}", _ => new string('x', 6_000));
        var runs = new List<Guid>();
        for (var i = 0; i < 7; i++) runs.Add((await ada.CreateAsync(new CreateRun("fit", Params: large))).Id);
        await using var resumed = await TableFollower.StartAsync(ada, 0, "", start, rows: true);
        await resumed.UntilAsync(table => table.Count == 7);
        resumed.Events.Select(rows => rows.Changed.Count).ShouldBe([5, 2]);
        resumed.Events.SelectMany(rows => rows.Changed).Select(run => run.Id).ShouldBe(runs);
        await using var newest = await TableFollower.StartAsync(ada, 0, "?rows=7", rows: true);
        newest.Table.Keys.ShouldBe(runs.AsEnumerable().Reverse().Take(5));
    }

    [Fact]
    public async Task A_follower_that_does_not_read_misses_pages_and_yet_ends_up_with_the_table()
    {
        var ada = tracking.NewProject();
        var large = Enumerable.Range(0, 170).ToDictionary(i => $"p{i}", _ => new string('x', 6_000));
        var runs = new List<Guid>();
        for (var i = 0; i < 4; i++) runs.Add((await ada.CreateAsync(new CreateRun("fit", Params: large))).Id);
        await using var quick = await TableFollower.StartAsync(ada, 0);
        await using var slow = await TableFollower.StartAsync(ada, 0);
        for (var i = 1; i <= 8; i++)
        {
            foreach (var run in runs) await ada.PostAsync($"/runs/{run}/tags", new SetTags(new() { ["round"] = $"{i}" }));
            await quick.UntilAsync(table => table.Count == 4 && table.Values.All(run => run.Tags["round"] == $"{i}"));
        }

        await slow.UntilAsync(table => table.Count == 4 && table.Values.All(run => run.Tags["round"] == "8"));
        slow.Events.Count.ShouldBeLessThan(quick.Events.Count);
    }

    [Fact]
    public async Task A_deleted_experiment_ends_the_stream_behind_its_rows()
    {
        var ada = tracking.NewProject();
        var runs = new[] { await ada.CreateAsync(new CreateRun("a", "wine")), await ada.CreateAsync(new CreateRun("b", "wine")) };
        var experiment = runs[0].ExperimentId;
        await using var follower = await TableFollower.StartAsync(ada, experiment, "?rows=5", rows: true);
        var before = follower.Id;
        (await ada.SendAsync(HttpMethod.Delete, $"/experiments/{experiment}", null)).EnsureSuccessStatusCode();
        while (await follower.NextAsync() is not null)
        {
        }

        follower.Table.ShouldBeEmpty();
        await follower.EndsAsync();

        // One who comes anew hears the end at once, one who comes back hears what is new first.
        await using (var late = await TableFollower.StartAsync(ada, experiment, "?rows=5")) (await late.NextAsync()).ShouldBeNull();
        await using (var back = await TableFollower.StartAsync(ada, experiment, "", before, rows: true))
        {
            back.Events[0].Gone.Select(run => run.Id).ShouldBe(runs.Select(run => run.Id), ignoreOrder: true);
            (await back.NextAsync()).ShouldBeNull();
        }

        // Nothing more will come: the answer that stops a browser from asking again.
        (await AskAsync(ada, experiment, follower.Id)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await ada.SendAsync(HttpMethod.Post, $"/experiments/{experiment}/restore", null)).EnsureSuccessStatusCode();
        await Eventually.Holds(async () => (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.Count.ShouldBe(2));
        await using var restored = await TableFollower.StartAsync(ada, experiment, "", follower.Id, rows: true);
        await restored.UntilAsync(table => table.Count == 2);
    }

    [Fact]
    public async Task A_deleted_project_ends_the_stream_and_has_no_table_any_more()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync(new CreateRun("a", "wine"));
        await using var follower = await TableFollower.StartAsync(ada, run.ExperimentId);
        await tracking.Host.Service<IEventBus>().PublishAsync([ada.Event("projects", new ProjectDeleted(ada.Project, true))], default);
        (await follower.NextAsync()).ShouldBeNull();
        await follower.EndsAsync();
        foreach (var id in (string?[])[null, follower.Id]) await AskAsync(ada, run.ExperimentId, id).ShouldBeProblemAsync(404, "experiment.unknown");
    }

    [Fact]
    public async Task What_is_out_of_form_is_refused()
    {
        var ada = tracking.NewProject();
        await AskAsync(ada, 99, null).ShouldBeProblemAsync(404, "experiment.unknown");
        foreach (var id in (string[])["x", "AAAA", "%", "7", new string('A', 9_000)]) await AskAsync(ada, 0, id).ShouldBeProblemAsync(400, "filter.invalid");
        foreach (var rows in (string[])["-1", "501"]) await ada.Http.GetAsync($"{ada.Base}/experiments/0/stream?rows={rows}").ShouldBeProblemAsync(400, "filter.invalid");
        (await ada.Http.GetAsync($"{ada.Base}/experiments/0/stream?rows=x")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await ada.Http.GetAsync($"{ada.Base}/experiments/0/stream?row=1")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await tracking.Host.ClientFor("eve", Role.Viewer, "another").GetAsync($"{ada.Base}/experiments/0/stream")).StatusCode.ShouldBeOneOf(HttpStatusCode.Forbidden, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_position_ahead_of_the_database_gets_everything()
    {
        var ada = tracking.NewProject();
        var runs = new[] { await ada.CreateAsync(), await ada.CreateAsync() };
        await using var follower = await TableFollower.StartAsync(ada, 0, "", new TablePosition(1UL << 40, []).Encode(), rows: true);
        follower.Table.Keys.ShouldBe(runs.Select(run => run.Id), ignoreOrder: true);
        // A mark that is ahead as well is left until its time has come.
        await ScalarAsync("update run_change set changed = '1099511627776' where project = $1 and run = $2 returning 1", ada.Project, runs[0].Id);
        await ada.LogAsync(runs[1].Id, new MetricPoint("loss", 1, 1, T0));
        (await follower.NextAsync())!.Changed.ShouldHaveSingleItem().Id.ShouldBe(runs[1].Id);
    }

    private static Task<HttpResponseMessage> AskAsync(ProjectUser ada, long experiment, string? lastEventId) =>
        ada.SendAsync(HttpMethod.Get, $"/experiments/{experiment}/stream", null, lastEventId is null ? [] : [("Last-Event-ID", lastEventId)]);

    private static async Task DeleteAsync(ProjectUser ada, Guid run) => (await ada.SendAsync(HttpMethod.Delete, $"/runs/{run}", null)).EnsureSuccessStatusCode();

    private static async Task PurgeAsync(ProjectUser ada, Guid run) => (await ada.As("root", Role.Admin).PostAsync("/runs/purge", new PurgeRuns([run]))).EnsureSuccessStatusCode();

    private ServiceDatabase<ITrackingStore> Database => tracking.Host.Service<ServiceDatabase<ITrackingStore>>();

    private async Task<long> ScalarAsync(string sql, string project, Guid run)
    {
        await using var command = Database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = run });
        return Convert.ToInt64(await command.ExecuteScalarAsync(), null);
    }
}
