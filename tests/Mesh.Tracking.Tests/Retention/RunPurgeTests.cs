using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Testing;
using Mesh.Tracking.Retention;
using Mesh.Tracking.Tests.Mlflow;
using Npgsql;

namespace Mesh.Tracking.Tests.Retention;

/// <summary>What a purge removes, what it leaves, and how it goes on after it broke off.</summary>
public sealed class RunPurgeTests(RetentionFixture fixture) : IClassFixture<RetentionFixture>
{
    private const int Everything = 9 + 7;

    [Fact]
    public async Task A_purged_run_leaves_nothing_and_others_keep_theirs()
    {
        var ada = fixture.NewProject();
        var (gone, kept) = (await FullRunAsync(ada), await FullRunAsync(ada));
        await DeleteAsync(ada, gone);

        (await PurgeAsync(ada, new PurgeRuns([gone]))).Runs.ShouldBe(1);
        await RemovedAsync(ada, gone);

        (await RowsAsync(ada, kept)).ShouldBe(Everything);
        (await DatasetsAsync(ada)).ShouldBe(["own", "shared"]);
        (await FilesAsync(ada, gone)).ShouldBeEmpty();
        (await FilesAsync(ada, kept)).ShouldBe(["model.bin"]);
        ada.Published(gone).Select(e => e.Type).ShouldBe(["run.created", "run.started", "run.described", "run.completed", "run.deleted", "run.purged"]);
        (await ada.GetAsync(kept)).Metrics["loss"].Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_purged_run_is_unknown_everywhere()
    {
        var ada = fixture.NewProject();
        var mlflow = new MlflowUser(ada);
        var run = await FullRunAsync(ada);
        await DeleteAsync(ada, run);
        await PurgeAsync(ada, new PurgeRuns([run]));
        // Once before what is kept of it is gone (perhaps), once after.
        for (var round = 0; round < 2; round++)
        {
            foreach (var path in (string[])["", "?asOf=1", "/history", "/metrics", "/metrics/loss", "/logs"])
                await ada.Http.GetAsync($"{ada.Base}/runs/{run}{path}").ShouldBeProblemAsync(404, "run.unknown");
            foreach (var verb in (string[])["start", "complete", "restore"])
                await ada.SendAsync(HttpMethod.Post, $"/runs/{run}/{verb}", JsonContent.Create(new { })).ShouldBeProblemAsync(404, "run.unknown");
            await ada.LogRefusedAsync(run, 404, "run.unknown");
            await mlflow.RefusedGetAsync($"runs/get?run_id={run:N}", 404, "RESOURCE_DOES_NOT_EXIST");
            await mlflow.RefusedAsync("runs/restore", new { run_id = run.ToString("N") }, 404, "RESOURCE_DOES_NOT_EXIST");
            (await mlflow.PostAsync("runs/search", new { experiment_ids = new[] { "0" }, run_view_type = "ALL" })).TryGetProperty("runs", out _).ShouldBeFalse();
            await RemovedAsync(ada, run);
        }

        var again = await PurgeAsync(ada, new PurgeRuns([run]));
        again.Runs.ShouldBe(0);
        again.Unknown.ShouldBe([run]);
    }

    [Fact]
    public async Task A_purge_names_deleted_runs_only_or_does_nothing()
    {
        var ada = fixture.NewProject();
        var (deleted, alive) = (await FullRunAsync(ada), await FullRunAsync(ada));
        await DeleteAsync(ada, deleted);
        var admin = ada.As("root", Role.Admin);
        await admin.PostAsync("/runs/purge", new PurgeRuns([deleted, alive])).ShouldBeProblemAsync(409, "run.not-deleted");
        await ada.PostAsync("/runs/purge", new PurgeRuns([deleted])).ShouldBeProblemAsync(403, "access.role");
        await admin.PostAsync("/runs/purge", new PurgeRuns()).ShouldBeProblemAsync(400, "body.invalid");
        await admin.PostAsync("/runs/purge", new PurgeRuns([deleted], DateTimeOffset.UtcNow)).ShouldBeProblemAsync(400, "body.invalid");
        await admin.PostAsync("/runs/purge", new PurgeRuns([])).ShouldBeProblemAsync(400, "body.invalid");
        var counted = await PurgeAsync(ada, new PurgeRuns([deleted]), "?dryRun=true");
        (counted.Runs, counted.DryRun).ShouldBe((1, true));
        counted.Unknown.ShouldBeEmpty();
        (await PurgeAsync(ada, new PurgeRuns(DeletedBefore: DateTimeOffset.UtcNow.AddMinutes(1)), "?dryRun=true")).Runs.ShouldBe(1);
        (await PurgeAsync(ada, new PurgeRuns(DeletedBefore: DateTimeOffset.UtcNow.AddMinutes(-1)))).Runs.ShouldBe(0);
        (await ada.GetAsync<Page<HistoryEntry>>($"/runs/{deleted}/history")).Items.ShouldNotBeEmpty();
        (await PurgeAsync(ada, new PurgeRuns(DeletedBefore: DateTimeOffset.UtcNow.AddMinutes(1)))).Runs.ShouldBe(1);
        await RemovedAsync(ada, deleted);
    }

    [Fact]
    public async Task A_removal_that_broke_off_is_finished_by_the_next_delivery()
    {
        var ada = fixture.NewProject();
        var run = await FullRunAsync(ada);
        var remains = fixture.Host.Service<RunRemains>();
        await remains.RemoveFilesAsync(ada.Project, run, default);
        await remains.RemoveSamplesAsync(ada.Project, run, default);
        await remains.RemoveFilesAsync(ada.Project, run, default);
        await remains.RemoveSamplesAsync(ada.Project, run, default);
        await DeleteAsync(ada, run);
        await PurgeAsync(ada, new PurgeRuns([run]));
        await RemovedAsync(ada, run);
        await fixture.Host.Service<IEventBus>().PublishAsync([ada.Event("tracking", new RunPurged(run))], default);
        (await RowsAsync(ada, run)).ShouldBe(0);
    }

    [Fact]
    public async Task A_data_set_that_another_run_takes_up_meanwhile_stays()
    {
        var ada = fixture.NewProject();
        var run = await FullRunAsync(ada);
        (await DatasetsAsync(ada)).ShouldBe(["first", "shared"]);
        var other = (await ada.StartedAsync()).Id;
        var database = fixture.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource;
        await using var blocker = await database.OpenConnectionAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand("insert into run_input (project, run, name, digest, experiment, tags) values ($1, $2, 'last', 'd', 0, '{}')", blocker)
        {
            Parameters = { new() { Value = ada.Project }, new() { Value = other } },
        };
        await insert.ExecuteNonQueryAsync();

        // The other run has the first data set and waits with the last; the removal waits for the first.
        var logged = new MlflowUser(ada).PostAsync("runs/log-inputs", new { run_id = other.ToString("N"), datasets = new[] { Dataset("first"), Dataset("last") } });
        await Eventually.Holds(async () => (await WaitingAsync(database)).ShouldBe(1));
        var removal = fixture.Host.Service<RunRemains>().RemoveSamplesAsync(ada.Project, run, default);
        await Eventually.Holds(async () => (await WaitingAsync(database)).ShouldBe(2));
        await transaction.RollbackAsync();
        await logged;
        await removal;
        (await DatasetsAsync(ada)).ShouldBe(["first", "last"]);
    }

    [Fact]
    public async Task The_policy_of_a_project_purges_what_has_served_its_time()
    {
        var (ada, bob) = (fixture.NewProject(), fixture.NewProject());
        var (old, of) = (await FullRunAsync(ada), await FullRunAsync(bob));
        await DeleteAsync(ada, old);
        await DeleteAsync(bob, of);
        (await ada.GetAsync<RetentionInfo>("/retention")).ShouldBe(new RetentionInfo(null));
        await ada.SendAsync(HttpMethod.Put, "/retention", JsonContent.Create(new SetRetention(30))).ShouldBeProblemAsync(403, "access.role");
        var admin = ada.As("root", Role.Admin);
        await admin.SendAsync(HttpMethod.Put, "/retention", JsonContent.Create(new SetRetention(-1))).ShouldBeProblemAsync(400, "body.invalid");
        await ProjectUser.ReadAsync<RetentionInfo>(await admin.SendAsync(HttpMethod.Put, "/retention", JsonContent.Create(new SetRetention(30))));
        var set = await ada.GetAsync<RetentionInfo>("/retention");
        (set.PurgeDeletedAfterDays, set.SetBy).ShouldBe((30, "root"));

        var loop = fixture.Host.Service<RetentionLoop>();
        fixture.Clock.Ahead = TimeSpan.FromDays(29);
        (await loop.RunOnceAsync(default)).ShouldBe(0);
        fixture.Clock.Ahead = TimeSpan.FromDays(31);
        (await loop.RunOnceAsync(default)).ShouldBe(1);
        await RemovedAsync(ada, old);
        (await bob.GetAsync<Page<HistoryEntry>>($"/runs/{of}/history")).Items.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task One_replica_purges_at_a_time()
    {
        await using var other = await fixture.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(hashtext('mesh.tracking'), hashtext('retention'))", other);
        await command.ExecuteNonQueryAsync();
        (await fixture.Host.Service<RetentionLoop>().RunOnceAsync(default)).ShouldBeNull();
    }

    /// <summary>A run that has ended, with two points in two batches, log text, two data sets and a file.</summary>
    private static async Task<Guid> FullRunAsync(ProjectUser user)
    {
        var run = (await user.StartedAsync()).Id;
        await user.PostAsync($"/runs/{run}/metrics", new LogMetrics([new("loss", 1)], null, Guid.CreateVersion7()));
        await user.PostAsync($"/runs/{run}/metrics", new LogMetrics([new("loss", 2, 1)], null, Guid.CreateVersion7()));
        await user.PostTextAsync($"/runs/{run}/logs", "hello\n");
        var earlier = await DatasetsAsync(user);
        await new MlflowUser(user).PostAsync("runs/log-inputs", new { run_id = run.ToString("N"), datasets = new[] { Dataset("shared"), Dataset(earlier.Contains("first") ? "own" : "first") } });
        using var put = await user.Http.PutAsync($"/mlflow/{user.Project}/api/2.0/mlflow-artifacts/artifacts/0/{run:N}/artifacts/model.bin", new ByteArrayContent([1, 2, 3]));
        put.EnsureSuccessStatusCode();
        using var ended = await user.PostAsync($"/runs/{run}/complete", new CompleteRun());
        ended.EnsureSuccessStatusCode();
        return run;
    }

    private static object Dataset(string name) => new { dataset = new { name, digest = "d", source_type = "local", source = "s" } };

    private static async Task<long> WaitingAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select count(*) from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task DeleteAsync(ProjectUser user, Guid run) => (await user.Http.DeleteAsync($"{user.Base}/runs/{run}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

    private static async Task<PurgedRuns> PurgeAsync(ProjectUser user, PurgeRuns body, string query = "") =>
        await ProjectUser.ReadAsync<PurgedRuns>(await user.As("root", Role.Admin).PostAsync($"/runs/purge{query}", body));

    private static Task RemovedAsync(ProjectUser user, Guid run) => Eventually.Holds(async () => (await RowsAsync(user, run)).ShouldBe(0));

    private static async Task<IReadOnlyList<string>> FilesAsync(ProjectUser user, Guid run) =>
        [.. (await ProjectUser.ReadAsync<FileListing>(await user.Host.ClientForService("tracking").GetAsync(
            $"/internal/projects/{user.Project}/files?path=0/{run:N}/artifacts"))).Entries.Select(entry => entry.Name)];

    private static async Task<IReadOnlyList<string>> DatasetsAsync(ProjectUser user)
    {
        await using var command = user.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.CreateCommand("select name from dataset where project = $1 order by name");
        command.Parameters.Add(new NpgsqlParameter { Value = user.Project });
        var names = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) names.Add(rows.GetString(0));
        return names;
    }

    // One summary, two points, two batches, a log and its chunk, two inputs; five events, their stream and the snapshot.
    private static async Task<long> RowsAsync(ProjectUser user, Guid run)
    {
        await using var command = user.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.CreateCommand(
            """
            select (select count(*) from metric_point join metric using (series) where project = $1 and run = $2) + (select count(*) from metric where project = $1 and run = $2)
                 + (select count(*) from metric_batch where project = $1 and run = $2) + (select count(*) from log where project = $1 and run = $2)
                 + (select count(*) from log_chunk where project = $1 and run = $2) + (select count(*) from run_input where project = $1 and run = $2)
                 + (select count(*) from mt_events where tenant_id = $1 and stream_id = $2::text)
                 + (select count(*) from mt_streams where tenant_id = $1 and id = $2::text) + (select count(*) from mt_doc_run where tenant_id = $1 and id = $2::text)
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = user.Project });
        command.Parameters.Add(new NpgsqlParameter { Value = run });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
