using Mesh.Cli.Tracking.Import;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>From a folder as MLflow's file store writes it.</summary>
public sealed class FileStoreImportTests(TrackingMesh mesh) : IClassFixture<TrackingMesh>, IDisposable
{
    private const string RunId = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    private readonly string _folder = Directory.CreateTempSubdirectory("mlruns-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_comes_over_with_all_that_its_folder_holds()
    {
        Write();
        var to = mesh.NewProject();
        var done = await to.ImportAsync(new FileStoreSource(_folder));

        done.Untaken.Select(item => (item.What, item.Run)).ShouldBe([("param too-long", RunId)]);
        (done.Experiments, done.Created, done.Deleted, done.Points, done.Files).ShouldBe((3, 2, 1, 5, 2));
        var run = (await to.RunsAsync("wine: red"))["quick-fox"];
        var info = run.Part("info");
        (info.Text("status"), info.Text("user_id"), info.Integer("start_time"), info.Integer("end_time")).ShouldBe(("FAILED", "grace", 1_700_000_000_000, 1_700_000_600_000));
        run.Part("data").Pairs("params").ShouldBe(new Dictionary<string, string> { ["lr"] = "0.1", ["opt/name"] = "adam\nw" }, ignoreOrder: true);
        run.Part("data").Pairs("tags")["mlflow.source.name"].ShouldBe("fit.py");
        (await to.HistoryAsync(run, "val/acc")).ShouldBe([new SourcePoint(-1, 1_700_000_000_001, 0.5), new SourcePoint(2, 1_700_000_000_002, 1e-5)]);
        (await to.HistoryAsync(run, "loss")).ShouldBe([new SourcePoint(0, 1_700_000_000_001, double.NaN), new SourcePoint(1, 1_700_000_000_002, double.PositiveInfinity), new SourcePoint(2, 1_700_000_000_003, 3)]);
        var input = run.Part("inputs").Items("dataset_inputs").Single();
        (input.Part("dataset").Text("name"), input.Pairs("tags")["mlflow.data.context"]).ShouldBe(("grapes", "training"));
        (await to.FilesAsync(run)).ShouldBe([new SourceFile("model/MLmodel", 5)]);
        var output = run.Part("outputs").Items("model_outputs").Single();
        var model = (await to.Mlflow.GetAsync($"logged-models/{output.Text("model_id")}", TestContext.Current.CancellationToken)).Part("model");
        (model.Part("info").Text("name"), model.Part("info").Text("status"), output.Integer("step")).ShouldBe(("forest", "LOGGED_MODEL_READY", 3));
        (model.Part("data").Pairs("params")["depth"], model.Part("info").Pairs("tags")["kind"]).ShouldBe(("4", "tree"));
        (await to.RunsAsync("wine: red"))["aaaa2d3c4b5a69788796a5b4c3d2e1f0"].Part("info").Text("lifecycle_stage").ShouldBe("deleted");
        foreach (var name in (string[])["gone", "trash"])
            (await new TargetRuns(to.Mlflow).FindExperimentAsync(name, TestContext.Current.CancellationToken)).ShouldNotBeNull().Deleted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_second_import_takes_what_was_added_and_tells_again_what_it_cannot_take()
    {
        Write();
        var to = mesh.NewProject();
        await to.ImportAsync(new FileStoreSource(_folder));
        await File.AppendAllTextAsync(InRun("metrics/loss"), "1700000000004 4.0 3\n", TestContext.Current.CancellationToken);
        var again = await to.ImportAsync(new FileStoreSource(_folder));
        (again.Created, again.Continued, again.Points, again.Files, again.Untaken.Count).ShouldBe((0, 1, 1, 0, 1));
        File.Delete(InRun("params/too-long"));
        (await to.ImportAsync(new FileStoreSource(_folder))).Untaken.ShouldBeEmpty();
        (await to.ImportAsync(new FileStoreSource(_folder))).Unchanged.ShouldBe(2);
    }

    [Fact]
    public void A_folder_without_experiments_is_no_store()
    {
        FileStoreSource.IsOne(_folder).ShouldBeFalse();
        FileStoreSource.IsOne(Path.Combine(_folder, "nowhere")).ShouldBeFalse();
        Write();
        FileStoreSource.IsOne(_folder).ShouldBeTrue();
    }

    [Fact]
    public async Task A_broken_file_is_named()
    {
        Write();
        await File.WriteAllTextAsync(InRun("metrics/loss"), "nonsense", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<FormatException>(() => mesh.NewProject().ImportAsync(new FileStoreSource(_folder)))).Message.ShouldContain("loss");
        await File.WriteAllTextAsync(InRun("meta.yaml"), "a: [", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<FormatException>(() => mesh.NewProject().ImportAsync(new FileStoreSource(_folder)))).Message.ShouldContain("meta.yaml");
    }

    private string InRun(string path) => Path.Combine(_folder, "77", RunId, path);

    private void Write()
    {
        Put("77/meta.yaml", "artifact_location: file:///x/77\ncreation_time: 1700000000000\nexperiment_id: '77'\nlast_update_time: 1\nlifecycle_stage: active\nname: 'wine: red'\n");
        Put("77/tags/team", "cellar");
        Put("77/models/m-1/meta.yaml", $"artifact_location: file:///x\ncreation_timestamp: 1\nexperiment_id: '77'\nmodel_id: m-1\nmodel_type: ''\nname: forest\nsource_run_id: {RunId}\nstatus: 2\n");
        Put("77/models/m-1/params/depth", "4");
        Put("77/models/m-1/tags/kind", "tree");
        Put("77/models/m-1/artifacts/MLmodel", "flavors");
        Put($"77/{RunId}/outputs/m-1/meta.yaml", "destination_id: m-1\ndestination_type: MODEL_OUTPUT\nsource_id: x\nsource_type: RUN_OUTPUT\nstep: 3\n");
        Put("88/meta.yaml", "experiment_id: '88'\nlifecycle_stage: deleted\nname: gone\n");
        Put(".trash/99/meta.yaml", "experiment_id: '99'\nlifecycle_stage: active\nname: trash\n");
        Put("77/datasets/d1/meta.yaml", "digest: abc\nname: grapes\nprofile: ''\nschema: '{\"a\": 1}'\nsource: '{}'\nsource_type: local\n");
        Put($"77/{RunId}/meta.yaml", $"""
            artifact_uri: file:///x/77/{RunId}/artifacts
            end_time: 1700000600000
            entry_point_name: ''
            experiment_id: '77'
            lifecycle_stage: active
            run_id: {RunId}
            run_name: quick-fox
            run_uuid: {RunId}
            source_name: ''
            source_type: 4
            start_time: 1700000000000
            status: 4
            tags: []
            user_id: grace
            """);
        Put("77/aaaa2d3c4b5a69788796a5b4c3d2e1f0/meta.yaml", "lifecycle_stage: deleted\nrun_id: aaaa2d3c4b5a69788796a5b4c3d2e1f0\nstart_time: 1\nstatus: 3\n");
        Put($"77/{RunId}/params/lr", "0.1");
        Put($"77/{RunId}/params/opt/name", "adam\nw");
        Put($"77/{RunId}/params/too-long", new string('x', 6001));
        Put($"77/{RunId}/tags/mlflow.source.name", "fit.py");
        Put($"77/{RunId}/tags/mlflow.runName", "quick-fox");
        Put($"77/{RunId}/metrics/loss", "1700000000001 nan 0\n1700000000002 inf 1\n1700000000003 3.0 2\n1700000000003 3.0 2\n");
        Put($"77/{RunId}/metrics/val/acc", "1700000000001 0.5 -1\n1700000000002 1e-05 2\n");
        Put($"77/{RunId}/inputs/i1/meta.yaml", "destination_id: x\ndestination_type: RUN\nsource_id: d1\nsource_type: DATASET\ntags:\n  mlflow.data.context: training\n");
        Put($"77/{RunId}/artifacts/model/MLmodel", "model");
    }

    private void Put(string path, string text)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
