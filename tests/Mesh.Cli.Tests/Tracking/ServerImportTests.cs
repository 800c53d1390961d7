using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.Tracking.Import;
using Mesh.Testing;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>From one server of the MLflow protocol into another: both are this mesh.</summary>
public sealed class ServerImportTests(TrackingMesh mesh) : IClassFixture<TrackingMesh>
{
    [Fact]
    public async Task Everything_of_a_run_comes_over()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var experiment = await from.ExperimentAsync("wine");
        var parent = await from.RunAsync(experiment, "sweep");
        var run = await from.RunAsync(experiment, "trial", ("mlflow.parentRunId", parent), ("note", "good"), ("mlflow.source.name", "fit.py"));
        await from.ParamsAsync(run, ("lr", "0.1"), ("empty", ""));
        await from.PointsAsync(run, "loss", 2500);
        await from.PointsAsync(run, "val/acc", 3);
        await from.DatasetAsync(run, "grapes");
        await from.FileAsync(run, "model/weights.bin", [1, 2, 3]);
        await from.FileAsync(run, "notes.txt", [4]);
        await from.EndAsync(run, "FINISHED");

        var done = await to.ImportAsync(new MlflowServerSource(from.Mlflow));

        done.Untaken.ShouldBeEmpty();
        (done.Created, done.Points, done.Params, done.Inputs, done.Files, done.Bytes).ShouldBe((2, 2503, 2, 1, 2, 4));
        var runs = await to.RunsAsync("wine");
        var (source, copy) = ((await from.RunsAsync("wine"))["trial"], runs["trial"]);
        foreach (var field in (string[])["run_name", "user_id", "status", "start_time", "end_time"]) copy.Part("info").Text(field).ShouldBe(source.Part("info").Text(field), field);
        copy.Part("data").Pairs("params").ShouldBe(source.Part("data").Pairs("params"), ignoreOrder: true);
        var tags = copy.Part("data").Pairs("tags");
        (tags["note"], tags["mlflow.source.name"], tags[ImportTags.From]).ShouldBe(("good", "fit.py", run));
        tags["mlflow.parentRunId"].ShouldBe(TestProject.Id(runs["sweep"]));
        runs["sweep"].Part("info").Text("status").ShouldBe("RUNNING");
        foreach (var metric in (string[])["loss", "val/acc"]) (await to.HistoryAsync(copy, metric)).ShouldBe(await from.HistoryAsync(source, metric));
        copy.Part("inputs").GetRawText().ShouldBe(source.Part("inputs").GetRawText());
        (await to.FilesAsync(copy)).ShouldBe([new SourceFile("notes.txt", 1), new SourceFile("model/weights.bin", 3)], ignoreOrder: true);
        (await to.Client.Runs.GetAsync(Guid.Parse(TestProject.Id(copy)), ct: TestContext.Current.CancellationToken)).Metrics["loss"].Count.ShouldBe(2500);
    }

    [Fact]
    public async Task A_second_import_adds_nothing_but_what_is_new()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var experiment = await from.ExperimentAsync("wine");
        var (ended, open) = (await from.RunAsync(experiment, "ended"), await from.RunAsync(experiment, "open"));
        foreach (var run in (string[])[ended, open]) await from.PointsAsync(run, "loss", 10);
        await from.FileAsync(ended, "a.txt", [1]);
        await from.EndAsync(ended, "FAILED");
        await to.ImportAsync(new MlflowServerSource(from.Mlflow));

        var again = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        (again.Created, again.Continued, again.Unchanged, again.Points, again.Files).ShouldBe((0, 1, 1, 0, 0));

        await from.PointsAsync(open, "loss", 5, from: 10);
        await from.ParamsAsync(open, ("late", "1"));
        await from.EndAsync(open, "KILLED");
        var third = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        (third.Continued, third.Unchanged, third.Points, third.Params).ShouldBe((1, 1, 5, 1));
        var copy = (await to.RunsAsync("wine"))["open"];
        copy.Part("info").Text("status").ShouldBe("KILLED");
        (await to.Client.Runs.GetAsync(Guid.Parse(TestProject.Id(copy)), ct: TestContext.Current.CancellationToken)).Metrics["loss"].Count.ShouldBe(15);
        (await to.ImportAsync(new MlflowServerSource(from.Mlflow))).Unchanged.ShouldBe(2);
    }

    [Fact]
    public async Task An_import_that_broke_off_goes_on()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var experiment = await from.ExperimentAsync("wine");
        foreach (var name in (string[])["one", "two"])
        {
            var run = await from.RunAsync(experiment, name);
            await from.PointsAsync(run, "a", 1500);
            await from.PointsAsync(run, "b", 700);
            await from.EndAsync(run, "FINISHED");
        }

        for (var histories = 1; histories < 4; histories++)
            await Should.ThrowAsync<IOException>(() => to.ImportAsync(new BreakingSource(new MlflowServerSource(from.Mlflow), histories == 3 ? 1 : histories)));
        (await to.ImportAsync(new MlflowServerSource(from.Mlflow))).Untaken.ShouldBeEmpty();

        var (source, copy) = (await from.RunsAsync("wine"), await to.RunsAsync("wine"));
        copy.Keys.ShouldBe(source.Keys, ignoreOrder: true);
        foreach (var (name, run) in copy)
        {
            run.Part("info").Text("status").ShouldBe("FINISHED");
            (await to.HistoryAsync(run, "a")).ShouldBe(await from.HistoryAsync(source[name], "a"));
            var summary = await to.Client.Runs.GetAsync(Guid.Parse(TestProject.Id(run)), ct: TestContext.Current.CancellationToken);
            (summary.Metrics["a"].Count, summary.Metrics["b"].Count).ShouldBe((1500, 700));
        }
    }

    [Fact]
    public async Task A_dry_run_writes_nothing()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var run = await from.RunAsync(await from.ExperimentAsync("wine"), "trial");
        await from.ParamsAsync(run, ("lr", "1"));
        var told = await to.ImportAsync(new MlflowServerSource(from.Mlflow), dryRun: true);
        (told.DryRun, told.Experiments, told.Created, told.Params).ShouldBe((true, 2, 1, 1));
        (await to.ImportAsync(new MlflowServerSource(to.Mlflow), dryRun: true)).Experiments.ShouldBe(1);
    }

    [Fact]
    public async Task Only_the_experiments_that_are_named_come_over()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        await from.RunAsync(await from.ExperimentAsync("wine"), "a");
        await from.RunAsync(await from.ExperimentAsync("beer"), "b");
        (await to.ImportAsync(new MlflowServerSource(from.Mlflow), experiments: "beer")).Created.ShouldBe(1);
        (await to.RunsAsync("beer")).Keys.ShouldBe(["b"]);
        (await Should.ThrowAsync<UsageException>(() => to.ImportAsync(new MlflowServerSource(from.Mlflow), experiments: "gin"))).Message.ShouldContain("gin");
    }

    [Fact]
    public async Task What_no_import_can_take_is_told_once()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var run = await from.RunAsync(await from.ExperimentAsync("wine"), "a");
        await from.Mlflow.PostAsync(
            "runs/outputs", new() { ["run_id"] = run, ["models"] = new JsonArray(new JsonObject { ["model_id"] = "m-1", ["step"] = 0 }) },
            TestContext.Current.CancellationToken);
        await from.EndAsync(run, "FINISHED");
        (await to.ImportAsync(new MlflowServerSource(from.Mlflow))).Untaken.ShouldHaveSingleItem().What.ShouldBe("output m-1");
        var again = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        (again.Unchanged, again.Untaken.Count).ShouldBe((1, 0));
    }

    [Theory]
    [InlineData("mlflow-artifacts:/1/id/artifacts", "1/id/artifacts")]
    [InlineData("mlflow-artifacts://host:5000/1/id/artifacts", "1/id/artifacts")]
    [InlineData("mlflow-artifacts:///1/id/artifacts", "1/id/artifacts")]
    [InlineData("s3://bucket/1/id/artifacts", null)]
    [InlineData("", null)]
    public void The_folder_of_files_is_found_in_their_address(string uri, string? folder) => MlflowServerSource.FolderOf(uri).ShouldBe(folder);

    [Fact]
    public async Task What_is_out_of_form_is_told_and_the_rest_comes_over()
    {
        var to = mesh.NewProject();
        await to.FileAsync(await to.RunAsync("0", "victim"), "model.bin", [7, 7]);
        var victim = (await to.RunsAsync("Default"))["victim"];
        var done = await to.ImportAsync(new OddSource("fine.txt", $"../../{TestProject.Id(victim)}/artifacts/model.bin", "a//b", "a/./b"));

        done.Untaken.Select(item => item.What).ShouldBe(
            ["experiment", "tag long", "param ../up", "param zero", "metric /bad", $"file ../../{TestProject.Id(victim)}/artifacts/model.bin", "file a//b", "file a/./b"]);
        var run = (await to.RunsAsync("wine"))["r1"];
        run.Part("info").Text("status").ShouldBe("FINISHED");
        run.Part("data").Pairs("params").ShouldBe(new Dictionary<string, string> { ["lr"] = "0.1" });
        run.Part("data").Pairs("tags").ContainsKey(ImportTags.State).ShouldBeFalse();
        (await to.HistoryAsync(run, "loss")).ShouldBe([new SourcePoint(0, 1, 2)]);
        (await to.FilesAsync(run)).ShouldBe([new SourceFile("fine.txt", 1)]);
        (await to.FilesAsync(victim)).ShouldBe([new SourceFile("model.bin", 2)]);
    }

    [Fact]
    public void A_password_in_the_address_is_not_shown()
    {
        using var server = new MlflowProtocol(new Uri("http://ada:s3cret@127.0.0.1:5000/mlflow"), null);
        server.Server.ToString().ShouldBe("http://127.0.0.1:5000/mlflow");
    }

    [Fact]
    public async Task What_was_deleted_here_stays_deleted()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var run = await from.RunAsync(await from.ExperimentAsync("wine"), "a");
        await from.EndAsync(run, "FINISHED");
        await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        await to.Client.Runs.DeleteAsync(Guid.Parse(TestProject.Id((await to.RunsAsync("wine"))["a"])), TestContext.Current.CancellationToken);
        var again = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        (again.Created, again.Untaken.ShouldHaveSingleItem().Run).ShouldBe((0, run));
        (await to.RunsAsync("wine")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_deleted_there_comes_over_deleted_and_can_be_restored()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var wine = await from.ExperimentAsync("wine");
        var ended = await from.RunAsync(wine, "ended");
        await from.EndAsync(ended, "FINISHED");
        await from.RunAsync(wine, "kept");
        var running = await from.RunAsync(wine, "running");
        var old = await from.ExperimentAsync("old");
        await from.RunAsync(old, "inside");
        foreach (var run in (string[])[ended, running]) await from.Mlflow.PostAsync("runs/delete", new JsonObject { ["run_id"] = run }, TestContext.Current.CancellationToken);
        await from.Mlflow.PostAsync("experiments/delete", new JsonObject { ["experiment_id"] = old }, TestContext.Current.CancellationToken);
        // Its runs follow a moment later.
        await Eventually.Holds(async () => InSight((await from.RunsAsync("old"))["inside"]).ShouldBeFalse());

        var done = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        done.Untaken.ShouldBeEmpty();
        (done.Experiments, done.Created, done.Deleted).ShouldBe((3, 4, 2));
        (await to.RunsAsync("wine")).Where(run => InSight(run.Value)).Select(run => run.Key).ShouldBe(["kept"]);
        var (id, deleted, _) = (await new TargetRuns(to.Mlflow).FindExperimentAsync("old", TestContext.Current.CancellationToken)).ShouldNotBeNull();
        deleted.ShouldBeTrue();
        await to.Mlflow.PostAsync("experiments/restore", new JsonObject { ["experiment_id"] = id }, TestContext.Current.CancellationToken);
        await Eventually.Holds(async () => InSight((await to.RunsAsync("old"))["inside"]).ShouldBeTrue());

        // What was restored here stays, and the rest stays deleted.
        var again = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        again.Untaken.ShouldBeEmpty();
        (again.Created, again.Deleted, again.Unchanged).ShouldBe((0, 0, 3));
        InSight((await to.RunsAsync("old"))["inside"]).ShouldBeTrue();
        InSight((await to.RunsAsync("wine"))["ended"]).ShouldBeFalse();
    }

    [Fact]
    public async Task What_was_deleted_there_can_be_left_out()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var wine = await from.ExperimentAsync("wine");
        await from.Mlflow.PostAsync("runs/delete", new JsonObject { ["run_id"] = await from.RunAsync(wine, "gone") }, TestContext.Current.CancellationToken);
        await from.Mlflow.PostAsync("experiments/delete", new JsonObject { ["experiment_id"] = await from.ExperimentAsync("old") }, TestContext.Current.CancellationToken);
        var done = await new RunImport(new MlflowServerSource(from.Mlflow), to.Mlflow, false, _ => { }, withDeleted: false).RunAsync([], TestContext.Current.CancellationToken);
        (done.Experiments, done.Created).ShouldBe((2, 0));
        (await new TargetRuns(to.Mlflow).FindExperimentAsync("old", TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task Logged_models_come_over_with_their_files_and_as_outputs_of_their_runs()
    {
        var (from, to, ct) = (mesh.NewProject(), mesh.NewProject(), TestContext.Current.CancellationToken);
        var wine = await from.ExperimentAsync("wine");
        var run = await from.RunAsync(wine, "fit");
        var body = new JsonObject
        {
            ["experiment_id"] = wine,
            ["name"] = "forest",
            ["model_type"] = "Agent",
            ["source_run_id"] = run,
            ["params"] = MlflowWords.Pairs(Enumerable.Range(0, 100).Select(i => KeyValuePair.Create($"p{i}", $"{i}"))),
            ["tags"] = MlflowWords.Pairs(Enumerable.Range(0, 100).Select(i => KeyValuePair.Create($"t{i}", $"{i}"))),
        };
        var made = (await from.Mlflow.PostAsync("logged-models", body, ct)).Part("model").Part("info");
        var id = made.Text("model_id")!;
        await from.Mlflow.PostAsync($"logged-models/{id}/params", new JsonObject { ["params"] = MlflowWords.Pairs([new("late", "1")]) }, ct);
        foreach (var path in (string[])["MLmodel", "data/model.bin"])
        {
            using var content = new MemoryStream([1, 2, 3]);
            await from.Mlflow.UploadAsync($"{MlflowServerSource.FolderOf(made.Text("artifact_uri")!)}/{path}", content, 3, ct);
        }

        await from.Mlflow.PostAsync("runs/outputs", new JsonObject { ["run_id"] = run, ["models"] = new JsonArray(new JsonObject { ["model_id"] = id, ["step"] = 7 }) }, ct);
        await from.EndAsync(run, "FINISHED");

        // Pending there: it comes over as far as it is, and goes on.
        (await to.ImportAsync(new MlflowServerSource(from.Mlflow))).Models.ShouldBe(1);
        await from.Mlflow.PatchAsync($"logged-models/{id}", new JsonObject { ["status"] = "LOGGED_MODEL_READY" }, ct);
        var second = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        (second.Models, second.Files).ShouldBe((1, 0));
        var third = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        (third.Models, third.Files, third.Untaken.Count).ShouldBe((0, 0, 0));

        var there = (await to.RunsAsync("wine"))["fit"];
        var models = new List<JsonElement>();
        await foreach (var model in MlflowServerSource.ListModelsAsync(to.Mlflow, there.Part("info").Text("experiment_id")!, ct)) models.Add(model);
        var info = models.ShouldHaveSingleItem().Part("info");
        (info.Text("name"), info.Text("model_type"), info.Text("status"), info.Text("source_run_id")).ShouldBe(("forest", "Agent", "LOGGED_MODEL_READY", TestProject.Id(there)));
        models[0].Part("data").Pairs("params").Count.ShouldBe(101);
        info.Pairs("tags").Count(tag => tag.Key[0] == 't').ShouldBe(100);
        var files = new List<SourceFile>();
        await foreach (var file in to.Mlflow.ListFilesAsync(MlflowServerSource.FolderOf(info.Text("artifact_uri")!)!, ct)) files.Add(file);
        files.ShouldBe([new SourceFile("MLmodel", 3), new SourceFile("data/model.bin", 3)], ignoreOrder: true);
        var output = there.Part("outputs").Items("model_outputs").ShouldHaveSingleItem();
        (output.Text("model_id"), output.Integer("step")).ShouldBe((info.Text("model_id"), 7));
    }

    [Fact]
    public async Task Traces_come_over_with_their_spans_files_and_assessments()
    {
        var (from, to, ct) = (mesh.NewProject(), mesh.NewProject(), TestContext.Current.CancellationToken);
        var wine = await from.ExperimentAsync("wine");
        var run = await from.RunAsync(wine, "fit");
        await from.EndAsync(run, "FINISHED");
        var filed = await from.TracesAsync(wine, run);

        (await to.ImportAsync(new MlflowServerSource(from.Mlflow), dryRun: true)).Traces.ShouldBe(2);
        var done = await to.ImportAsync(new MlflowServerSource(from.Mlflow));
        done.Untaken.ShouldBeEmpty();
        (done.Traces, done.Files).ShouldBe((2, 1));
        (await to.ImportAsync(new MlflowServerSource(from.Mlflow))).Traces.ShouldBe(0);

        var runs = await to.RunsAsync("wine");
        var there = new Dictionary<string, JsonElement>();
        await foreach (var trace in MlflowServerSource.ListTracesAsync(to.Mlflow, runs["fit"].Part("info").Text("experiment_id")!, ct)) there[trace.Text("trace_id")!] = trace;
        there.Keys.ShouldBe(["tr-filed", "tr-0102030405060708090a0b0c0d0e0f10"], ignoreOrder: true);
        var copy = there["tr-filed"];
        foreach (var field in (string[])["request_time", "execution_duration", "state", "request_preview"]) copy.Text(field).ShouldBe(filed.Text(field), field);
        (copy.Part("tags").Text("team"), copy.Part("trace_metadata").Text("mlflow.sourceRun")).ShouldBe(("red", TestProject.Id(runs["fit"])));
        copy.Items("assessments").ShouldHaveSingleItem().GetRawText().ShouldBe(filed.Items("assessments").Single().GetRawText());
        await using (var spans = await to.Mlflow.DownloadAsync($"{MlflowServerSource.FolderOf(copy.Part("tags").Text("mlflow.artifactLocation")!)}/traces.json", ct))
        {
            var bytes = new MemoryStream();
            await spans.CopyToAsync(bytes, ct);
            bytes.ToArray().ShouldBe([1, 2, 3]);
        }

        (await to.SpansAsync()).ShouldBe(await from.SpansAsync());

        // What was said since comes with the next import, and nothing else does.
        await from.Mlflow.TracesAsync(HttpMethod.Patch, "traces/tr-filed/tags", new JsonObject { ["key"] = "late", ["value"] = "1" }, ct);
        (await to.ImportAsync(new MlflowServerSource(from.Mlflow))).Traces.ShouldBe(1);
    }

    private static bool InSight(JsonElement run) => run.Part("info").Text("lifecycle_stage") == "active";
}
