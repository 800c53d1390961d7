using System.Text;
using Mesh.Client;
using Mesh.Client.Tracking;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Tracking;
using Mesh.Hub.Running;

namespace Mesh.Hub.Tests.Items;

public sealed class HubItemTests(HubMesh fixture)
{
    [Fact]
    public async Task Describe_leaves_statistics_a_report_and_plots()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("breast-cancer", "breast_cancer.csv");
        var (id, output) = await mesh.RunItemAsync("describe", ("dataset", "breast-cancer"), ("target", "diagnosis"));

        output.ShouldContain("read breast-cancer@1: 569 rows, 31 columns");
        var run = await mesh.Project().Runs.GetAsync(id);
        run.Status.ShouldBe(RunStatus.Completed);
        run.Metrics["rows"].Last.ShouldBe(569);
        run.Metrics["columns"].Last.ShouldBe(31);
        var made = await mesh.Project().Artifacts.ListAsync(runId: id).ToListAsync();
        made.Select(a => (a.Key, a.Kind)).ShouldBe(
        [
            ("describe/breast-cancer/class-balance.vl.json", ArtifactKind.Plot), ("describe/breast-cancer/correlations.vl.json", ArtifactKind.Plot),
            ("describe/breast-cancer/histograms.vl.json", ArtifactKind.Plot), ("describe/breast-cancer/report.md", ArtifactKind.Document),
            ("describe/breast-cancer/statistics.json", ArtifactKind.Document),
        ]);
        Encoding.UTF8.GetString(await mesh.Project().Artifacts.DownloadBytesAsync("describe/breast-cancer/report.md")).ShouldStartWith("# breast-cancer, version 1");
    }

    [Fact]
    public async Task Auto_trainer_logs_its_trials_and_registers_the_best()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("cells", "breast_cancer.csv", line => line % 5 != 0);
        await mesh.UploadAsync("cells-later", "breast_cancer.csv", line => line % 5 == 0);
        var (id, output) = await mesh.RunItemAsync(
            "auto-trainer", ("dataset", "cells"), ("target", "diagnosis"), ("model", "cells"), ("holdout", "cells-later"), ("alias", "champion"));

        output.ShouldContain("registered cells@1");
        output.ShouldContain("promoted cells@1 to 'champion'");
        var run = await mesh.Project().Runs.GetAsync(id);
        run.Metrics["accuracy"].Last.ShouldBeGreaterThan(0.93);
        run.Tags["promoted"].ShouldBe("true");

        var trials = await mesh.Project().Runs.ListAsync(new RunFilter { Parent = id }).ToListAsync();
        trials.Select(t => t.Name).Order().ShouldBe(["averaged-perceptron", "fast-forest", "fast-tree", "lbfgs", "light-gbm", "sdca"]);
        trials.ShouldAllBe(t => t.Status == RunStatus.Completed && t.Kind == "trial" && t.Params["algorithm"] == t.Name);
        trials.ShouldAllBe(t => t.Metrics["fold/accuracy"].Count == 5 && t.Metrics["accuracy"].Last > 0.9 && t.Metrics.ContainsKey("accuracy-deviation"));
        (await mesh.Project().Runs.MetricAsync(trials[0].Id, "fold/accuracy").Select(p => p.Step).ToListAsync()).ShouldBe([1, 2, 3, 4, 5]);

        var version = await mesh.Project().Models.GetVersionAsync("cells", "champion");
        version.Framework.ShouldBe("mlnet");
        version.RunId.ShouldBe(id);
        version.Statistics!.Columns.Count.ShouldBe(31);
        version.Metrics["cv/accuracy"].ShouldBeGreaterThan(0.9);
    }

    [Fact]
    public async Task A_challenger_is_promoted_only_if_it_beats_the_champion()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("wine", "wine.csv");
        (string, string)[] common = [("dataset", "wine"), ("target", "cultivar"), ("model", "wine"), ("compare-alias", "champion"), ("algorithms", "lbfgs,fast-tree"), ("metric", "macro-accuracy")];
        var first = await mesh.RunItemAsync("auto-trainer", common);
        first.Output.ShouldContain("promoted wine@1 to 'champion': There was no version at 'champion' yet.");

        var second = await mesh.RunItemAsync("auto-trainer", common);
        second.Output.ShouldContain("registered wine@2, not promoted: macro-accuracy");
        second.Output.ShouldContain("does not beat");
        var model = await mesh.Project().Models.GetAsync("wine");
        model.LatestVersion.ShouldBe(2);
        model.Aliases["champion"].ShouldBe(1);
        var run = await mesh.Project().Runs.GetAsync(second.Run);
        run.Tags["promoted"].ShouldBe("false");
        run.Metrics["champion/macro-accuracy"].Last.ShouldBe(run.Metrics["macro-accuracy"].Last);
    }

    [Fact]
    public async Task A_repeated_attempt_registers_no_second_version()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("wine", "wine.csv");
        (string, string)[] values = [("dataset", "wine"), ("target", "cultivar"), ("model", "wine"), ("compare-alias", "champion"), ("algorithms", "lbfgs"), ("folds", "2")];
        await using (var run = await RunContext.StartAsync(mesh, "twice"))
        {
            (await mesh.RunItemAsync(run, "auto-trainer", values)).ShouldContain("promoted wine@1 to 'champion'");
            var again = await mesh.RunItemAsync(run, "auto-trainer", values);
            again.ShouldContain("an earlier attempt registered wine@1");
            again.ShouldContain("an earlier attempt promoted wine@1 to 'champion'");
            (await mesh.Project().Runs.GetAsync(run.Id)).Tags["promoted"].ShouldBe("true");
        }

        (await mesh.Project().Models.GetAsync("wine")).LatestVersion.ShouldBe(1);
        (await mesh.RunItemAsync("auto-trainer", values)).Output.ShouldContain("registered wine@2");
    }

    [Fact]
    public async Task Batch_inference_writes_predictions_and_measures_them()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("weather", "seattle-weather.csv");
        await mesh.RunItemAsync("auto-trainer", ("dataset", "weather"), ("target", "temp_max"), ("model", "weather"), ("algorithms", "fast-tree"), ("folds", "2"));
        var (id, output) = await mesh.RunItemAsync("batch-inference", ("dataset", "weather@1"), ("model", "weather@1"), ("output", "weather/predicted"));

        output.ShouldContain("scored 1,461 rows with weather@1");
        var run = await mesh.Project().Runs.GetAsync(id);
        run.Metrics["rows"].Last.ShouldBe(1461);
        run.Metrics["r2"].Last.ShouldBeGreaterThan(0.8);
        var text = Encoding.UTF8.GetString(await mesh.Project().Artifacts.DownloadBytesAsync("weather/predicted"));
        text.ShouldStartWith("date,precipitation,temp_max,temp_min,wind,weather,Score\n2012-01-01,0.0,12.8,5.0,4.7,drizzle,");
        text.Count(c => c == '\n').ShouldBe(1462);
    }

    [Theory]
    [InlineData("a,y\n1,p\n2\n", "bad.csv, line 3: 1 values where the header has 2 columns.")]
    [InlineData("", "bad.csv is empty.")]
    [InlineData("a,b\n1,2\n", "bad.csv has no column 'y' (the target); its columns are a, b.")]
    [InlineData("a,y\n1,p\n2,p\n", "The target 'y' has one class only, 'p': there is nothing to tell apart.")]
    public async Task Data_that_cannot_be_learnt_from_fails_the_run_in_one_sentence(string csv, string sentence)
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadTextAsync("bad", csv);
        var failure = await Should.ThrowAsync<HubFailure>(() => mesh.RunItemAsync("auto-trainer", ("dataset", "bad"), ("target", "y"), ("model", "m")));
        failure.Message.ShouldBe(sentence);
        var run = await mesh.Project().Runs.ListAsync().SingleAsync();
        run.Status.ShouldBe(RunStatus.Failed);
        run.Cause.ShouldBe(sentence);
    }

    [Fact]
    public async Task What_is_not_there_is_said_to_be_missing()
    {
        using var mesh = fixture.NewProject();
        (await Should.ThrowAsync<HubFailure>(() => mesh.RunItemAsync("describe", ("dataset", "nothing@3"))))
            .Message.ShouldBe($"There is no data set 'nothing@3' in project '{mesh.Options.Project}'.");
        (await Should.ThrowAsync<HubFailure>(() => mesh.RunItemAsync("describe", ("dataset", "nothing@new")))).Message.ShouldBe("'nothing@new' is not a data set: write key or key@version.");
        (await Should.ThrowAsync<HubFailure>(() => mesh.RunItemAsync("batch-inference", ("dataset", "nothing"), ("model", "none@champion"), ("output", "o"))))
            .Message.ShouldBe($"There is no model 'none@champion' in project '{mesh.Options.Project}'.");
    }
}
