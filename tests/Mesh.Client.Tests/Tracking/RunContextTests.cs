using System.Net;
using Mesh.Client.Tests.Connection;
using Mesh.Client.Tracking;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tests.Tracking;

public sealed class RunContextTests(ClientMesh fixture)
{
    [Fact]
    public async Task A_run_is_logged_and_completed()
    {
        using var mesh = fixture.NewProject();
        Guid id;
        await using (var run = await RunContext.StartAsync(mesh, "train", experiment: "first"))
        {
            id = run.Id;
            await run.LogParamAsync("learning-rate", 0.1);
            await run.SetTagAsync("who", "ada");
            for (var step = 0; step < 12_000; step++) run.LogMetric("loss", 1.0 / (step + 1), step);
            run.LogMetric("accuracy", double.NaN);
            var artifact = await run.LogArtifactAsync("notes/one.txt", "hello"u8.ToArray());
            artifact.RunId.ShouldBe(id);
            artifact.ContentType.ShouldBe("application/octet-stream");
        }

        var info = await mesh.Project().Runs.GetAsync(id);
        info.Status.ShouldBe(RunStatus.Completed);
        info.Experiment.ShouldBe("first");
        info.Params["learning-rate"].ShouldBe("0.1");
        info.Tags["who"].ShouldBe("ada");
        info.Metrics["loss"].Count.ShouldBe(12_000);
        double.IsNaN(info.Metrics["accuracy"].Last).ShouldBeTrue();
        (await mesh.Project().Runs.MetricAsync(id, "loss").CountAsync()).ShouldBe(12_000);
        (await mesh.Project().Runs.Experiments.FindAsync("first")).ShouldNotBeNull().Runs.ShouldBe(1);
    }

    [Fact]
    public async Task Metrics_arrive_while_the_run_goes_on()
    {
        using var mesh = fixture.NewProject();
        await using var run = await RunContext.StartAsync(mesh, "live");
        run.LogMetric("loss", 0.5, 1);
        await Testing.Eventually.Holds(async () => (await mesh.Project().Runs.GetAsync(run.Id)).Metrics.ContainsKey("loss"), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_counts_once()
    {
        var faults = new Faults();
        using var mesh = fixture.NewProject(faults);
        await using var run = await RunContext.StartAsync(mesh, "batch");
        faults.LoseAnswer();
        for (var step = 0; step < 10; step++) run.LogMetric("loss", step, step);
        await run.FlushAsync();
        (await mesh.Project().Runs.GetAsync(run.Id)).Metrics["loss"].Count.ShouldBe(10);
    }

    [Fact]
    public async Task An_exception_fails_the_run_with_its_message()
    {
        using var mesh = fixture.NewProject();
        await Should.ThrowAsync<ArithmeticException>(() => RunContext.RunAsync<int>(mesh, new CreateRun("diverges"), run =>
        {
            run.LogMetric("loss", 3);
            throw new ArithmeticException("The loss diverged.");
        }));
        var info = await mesh.Project().Runs.ListAsync().SingleAsync();
        info.Status.ShouldBe(RunStatus.Failed);
        info.Cause.ShouldBe("The loss diverged.");
        info.Metrics["loss"].Last.ShouldBe(3);
    }

    [Fact]
    public async Task Children_belong_to_the_experiment_of_their_parent()
    {
        using var mesh = fixture.NewProject();
        await using var parent = await RunContext.StartAsync(mesh, "sweep", experiment: "e1");
        (await parent.RunChildAsync("trial 1", new Dictionary<string, string> { ["depth"] = "3" }, async child =>
        {
            await child.FlushAsync();
            return 7;
        })).ShouldBe(7);
        var trial = await mesh.Project().Runs.ListAsync(new RunFilter { Parent = parent.Id }).SingleAsync();
        (trial.Experiment, trial.Kind, trial.Params["depth"], trial.Status).ShouldBe(("e1", "trial", "3", RunStatus.Completed));
    }

    [Fact]
    public async Task A_metric_that_is_refused_is_reported_once()
    {
        using var mesh = fixture.NewProject();
        var run = await RunContext.StartAsync(mesh, "ended elsewhere");
        await mesh.Project().Runs.CompleteAsync(run.Id);
        run.LogMetric("late", 1);
        (await Should.ThrowAsync<MeshException>(() => run.FlushAsync())).Status.ShouldBe(HttpStatusCode.Conflict);
        await run.FlushAsync();
        await run.DisposeAsync();
    }

    [Fact]
    public async Task A_run_whose_end_could_not_be_told_is_ended_with_all_its_points_when_asked_again()
    {
        var faults = new Faults();
        using var mesh = fixture.NewProject(faults, ClientMesh.Impatient);
        var run = await RunContext.StartAsync(mesh, "unlucky");
        faults.Away = true;
        run.LogMetric("loss", 0.5);
        (await Should.ThrowAsync<MeshException>(() => run.CompleteAsync())).Code.ShouldBe("connection.failed");
        await Should.ThrowAsync<MeshException>(async () => await run.DisposeAsync());
        faults.Away = false;
        (await mesh.Project().Runs.GetAsync(run.Id)).Status.ShouldBe(RunStatus.Running);

        await run.DisposeAsync();
        var info = await mesh.Project().Runs.GetAsync(run.Id);
        info.Status.ShouldBe(RunStatus.Completed);
        info.Metrics["loss"].Count.ShouldBe(1);
        await run.DisposeAsync();
    }

    [Fact]
    public async Task A_run_is_completed_though_some_of_its_metrics_were_refused()
    {
        var faults = new Faults();
        using var mesh = fixture.NewProject(faults);
        var run = await RunContext.StartAsync(mesh, "refused");
        faults.Answer(HttpStatusCode.BadRequest);
        run.LogMetric("loss", 0.5);
        (await Should.ThrowAsync<MeshException>(() => run.CompleteAsync())).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await mesh.Project().Runs.GetAsync(run.Id)).Status.ShouldBe(RunStatus.Completed);
        await run.DisposeAsync();
    }

    [Fact]
    public async Task A_batch_that_came_too_fast_is_kept()
    {
        var faults = new Faults();
        using var mesh = fixture.NewProject(faults, ClientMesh.Impatient);
        await using var run = await RunContext.StartAsync(mesh, "fast");
        faults.Refusing = HttpStatusCode.TooManyRequests;
        run.LogMetric("loss", 0.5);
        (await Should.ThrowAsync<MeshException>(() => run.FlushAsync())).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        faults.Refusing = null;
        await run.FlushAsync();
        (await mesh.Project().Runs.GetAsync(run.Id)).Metrics["loss"].Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/loss")]
    [InlineData("loss\n")]
    public async Task A_metric_out_of_form_is_refused_where_it_is_logged_and_costs_no_other(string name)
    {
        using var mesh = fixture.NewProject();
        await using var run = await RunContext.StartAsync(mesh, "typo");
        run.LogMetric("accuracy", 0.9, -3);
        Should.Throw<ArgumentException>(() => run.LogMetric(name, 1));
        await run.FlushAsync();
        var (kept, summary) = (await mesh.Project().Runs.GetAsync(run.Id)).Metrics.ShouldHaveSingleItem();
        (kept, summary.LastStep).ShouldBe(("accuracy", -3));
    }

    [Fact]
    public async Task An_exception_is_not_hidden_by_a_mesh_that_is_away()
    {
        var faults = new Faults();
        using var mesh = fixture.NewProject(faults, ClientMesh.Impatient);
        await Should.ThrowAsync<ArithmeticException>(() => RunContext.RunAsync<int>(mesh, new CreateRun("unlucky"), run =>
        {
            run.LogMetric("loss", 3);
            faults.Away = true;
            throw new ArithmeticException("The loss diverged.");
        }));
        faults.Away = false;
        // Nobody could be told, but what failed is not taken for completed.
        (await mesh.Project().Runs.ListAsync().SingleAsync()).Status.ShouldBe(RunStatus.Running);
    }

    [Fact]
    public async Task Filters_choose_runs_and_pages_follow_each_other()
    {
        using var mesh = fixture.NewProject();
        var runs = mesh.Project().Runs;
        for (var i = 0; i < 7; i++) await runs.CreateAsync(new CreateRun($"r{i}", i % 2 == 0 ? "even" : "odd", Tags: new() { ["n"] = $"{i}" }));
        (await runs.ListAsync(new RunFilter { PageSize = 2 }).Select(r => r.Name).ToListAsync()).ShouldBe(["r6", "r5", "r4", "r3", "r2", "r1", "r0"]);
        (await runs.ListAsync(new RunFilter { Experiment = "odd", PageSize = 1 }).CountAsync()).ShouldBe(3);
        (await runs.ListAsync(new RunFilter { Tags = ["n=3"] }).SingleAsync()).Name.ShouldBe("r3");
        (await runs.ListAsync(new RunFilter { Statuses = [RunStatus.Running, RunStatus.Failed] }).CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Metrics_are_drawn_and_followed()
    {
        using var mesh = fixture.NewProject();
        var runs = mesh.Project().Runs;
        var run = await runs.CreateAsync(new CreateRun("draws"));
        await runs.StartAsync(run.Id, new StartRun());
        await runs.LogMetricsAsync(run.Id, new LogMetrics([.. Enumerable.Range(0, 100).Select(i => new MetricPoint("train/loss", i, i))]));
        var chart = await runs.ChartAsync(run.Id, "train/loss", 8);
        (chart.Sampled, chart.Count).ShouldBe((true, 100));
        chart.Values.ShouldBe([0, 49, 50, 99]);
        var charts = await runs.ChartsAsync([run.Id], ["train/loss", "other"], 100, ChartAxis.Relative);
        charts.Charts.ShouldHaveSingleItem().Steps.ShouldBe(Enumerable.Range(0, 100).Select(i => (long)i));

        // Followed from when the stream stands: points are logged until one comes, and some more.
        var first = new TaskCompletionSource();
        var followed = Task.Run(async () =>
        {
            var seen = new List<long>();
            await foreach (var point in runs.FollowMetricsAsync(run.Id, ["train/loss"]))
            {
                seen.Add(point.Step);
                first.TrySetResult();
            }

            return seen;
        });
        var step = 100;
        for (; step < 2_000 && !first.Task.IsCompleted; step++)
        {
            await runs.LogMetricsAsync(run.Id, new LogMetrics([new("train/loss", step, step), new("other", 1, step)]));
            await Task.Delay(20);
        }

        await runs.LogMetricsAsync(run.Id, new LogMetrics([new("train/loss", 1, step++), new("train/loss", 2, step++)]));
        await runs.CompleteAsync(run.Id);
        var steps = await followed.WaitAsync(TimeSpan.FromSeconds(20));
        steps.Count.ShouldBeGreaterThan(2);
        steps.ShouldBe(Enumerable.Range((int)steps[0], step - (int)steps[0]).Select(number => (long)number));
    }

    [Fact]
    public async Task A_log_is_followed_to_its_end()
    {
        using var mesh = fixture.NewProject();
        var runs = mesh.Project().Runs;
        var run = await runs.CreateAsync(new CreateRun("talks"));
        await runs.StartAsync(run.Id, new StartRun());
        await runs.AppendLogAsync(run.Id, "one\n", 0);
        var followed = Task.Run(async () => string.Concat(await runs.FollowLogAsync(run.Id).Select(c => c.Text).ToListAsync()));
        await runs.AppendLogAsync(run.Id, "two\n", 4);
        await runs.AppendLogAsync(run.Id, "two\n", 4);
        await runs.CompleteAsync(run.Id);
        (await followed.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe("one\ntwo\n");
        (await runs.LogAsync(run.Id, 4)).Text.ShouldBe("two\n");
        string.Concat(await runs.FollowLogAsync(run.Id, 4).Select(c => c.Text).ToListAsync()).ShouldBe("two\n");
    }

    [Fact]
    public async Task A_log_is_searched()
    {
        using var mesh = fixture.NewProject();
        var runs = mesh.Project().Runs;
        var run = await runs.CreateAsync(new CreateRun("talks"));
        await runs.StartAsync(run.Id, new StartRun());
        await runs.AppendLogAsync(run.Id, string.Concat(Enumerable.Range(0, 120).Select(i => $"step {i}: loss\n")), 0);
        (await runs.SearchLogAsync(run.Id, "loss").Select(match => match.Line).ToListAsync()).ShouldBe(Enumerable.Range(1, 120).Select(line => (long)line));
        (await runs.SearchLogAsync(run.Id, "^STEP 1?7:", regex: true, ignoreCase: true).Select(match => match.Text).ToListAsync()).ShouldBe(["step 7: loss", "step 17: loss"]);
        (await Should.ThrowAsync<MeshException>(async () => await runs.SearchLogAsync(run.Id, "(", regex: true).CountAsync())).Code.ShouldBe("regex.invalid");
    }

    [Fact]
    public async Task A_run_can_be_read_as_it_was()
    {
        using var mesh = fixture.NewProject();
        var runs = mesh.Project().Runs;
        var run = await runs.CreateAsync(new CreateRun("past"));
        await runs.StartAsync(run.Id, new StartRun());
        (await runs.GetAsOfVersionAsync(run.Id, 1)).Status.ShouldBe(RunStatus.Pending);
        (await runs.GetAsync(run.Id)).Status.ShouldBe(RunStatus.Running);
        (await runs.HistoryAsync(run.Id).Select(e => e.Type).ToListAsync()).ShouldBe(["run.created", "run.started"]);
    }
}
