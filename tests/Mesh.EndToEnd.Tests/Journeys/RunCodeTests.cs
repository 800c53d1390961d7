using Mesh.Client;
using Mesh.Client.Tracking;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;

namespace Mesh.EndToEnd.Tests.Journeys;

/// <summary>What a data scientist does: a script becomes a job with one command, and tracks itself with one import, in a job and at a desk.</summary>
[Collection("one mesh at a time")]
public sealed class RunCodeTests : IAsyncLifetime
{
    private readonly MeshFolder _folder = new();
    private MeshClient _client = null!;

    private ProjectClient Project => _client.Project();

    [Fact]
    public async Task Code_runs_as_a_job_with_what_it_reads_and_tracks_itself()
    {
        await ScriptsAsync();
        await FoldersAsync();
        await AtADeskAsync();
    }

    public async ValueTask InitializeAsync()
    {
        (await _folder.MeshAsync("up", "--detach", "--port", _folder.Port)).Code.ShouldBe(0);
        (await _folder.MeshAsync("projects", "create", "desk")).Code.ShouldBe(0);
        _client = _folder.Client("desk");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _folder.DisposeAsync();
    }

    private async Task ScriptsAsync()
    {
        await WriteAsync("data.csv", "a,b\n1,2\n");
        (await InProjectAsync("artifacts", "put", "data.csv", "data.csv", "--kind", "dataset")).Code.ShouldBe(0);
        await WriteAsync("train.py",
            """
            import mesh, os
            lr = mesh.param("lr", 0.5)
            print("lr", lr, "rows", len(open(mesh.inputs["data"]).readlines()))
            for step in range(2500):
                mesh.log_metric("loss", 1 / (step + 1), step)
            mesh.log_metrics({"auc": 0.9, "none": float("nan")})
            mesh.log_param("seed", 7)
            mesh.set_tag("team", "red")
            os.makedirs("out")
            open("out/model.bin", "w").write("weights")
            version = mesh.log_model("toy", "out/model.bin", inputs={"x": "fp64", "v": ("fp32", [3])}, outputs={"y": "fp64"}, metrics={"auc": 0.9})
            print("registered", version["version"])
            """);
        var ran = await InProjectAsync("run", "train.py", "-p", "lr=0.1", "--input", "data=mesh://desk/dataset/data.csv", "--output", "kept=out/*:model", "--name", "first");
        ran.Code.ShouldBe(0, ran.Error + ran.Output);
        ran.Output.ShouldContain("lr 0.1 rows 2\nregistered 1\n");
        var run = (await Project.Runs.ListAsync(new RunFilter { Name = "first" }).ToListAsync()).ShouldHaveSingleItem();
        run = await Project.Runs.GetAsync(run.Id);
        (run.Status, run.Params["lr"], run.Params["seed"], run.Tags["team"], run.Metrics["loss"].Count).ShouldBe((RunStatus.Completed, "0.1", "7", "red", 2500));
        run.Metrics["none"].Last.ShouldBe(double.NaN);
        run.Inputs!.ShouldContain(input => input.Address == "mesh://desk/dataset/data.csv@1");
        (await Project.Models.GetVersionAsync("toy", 1)).Signature.Inputs.Select(column => column.Name).ShouldBe(["x", "v"]);
        var kept = await Project.Artifacts.GetVersionAsync("kept");
        (kept.Kind, kept.RunId).ShouldBe((ArtifactKind.Model, run.Id));

        var again = await InProjectAsync("run", "train.py", "--input", "data=mesh://desk/dataset/data.csv", "--watch", "false", "--output", "kept=out/*:model", "--json");
        (again.Code, again.Json().GetProperty("functionVersion").GetInt32()).ShouldBe((0, 1), again.Error);
        await WriteAsync("bad.py", "import sys\nsys.exit('broken on purpose')\n");
        var bad = await InProjectAsync("run", "bad.py");
        bad.Code.ShouldBe(4);
        bad.Output.ShouldContain("broken on purpose (exit code 1)");
        (await InProjectAsync("run", "train.py", "--input", "data=mesh://desk/dataset/none")).Code.ShouldBe(1);
    }

    private async Task FoldersAsync()
    {
        await WriteAsync("work/main.py", "import lib.words, os; print(lib.words.TEXT, os.path.getsize('big.bin'))\n");
        await WriteAsync("work/lib/words.py", "TEXT = 'from a folder'\n");
        await WriteAsync("work/big.bin", new string('x', 2 << 20));
        (await InProjectAsync("run", "work")).Output.ShouldContain($"from a folder {2 << 20}\n");
        (await InProjectAsync("run", "work")).Code.ShouldBe(0);
        (await Project.Artifacts.GetAsync("functions/work/code")).Versions.ShouldBe(1);
        await WriteAsync("work/lib/words.py", "TEXT = 'another'\n");
        (await InProjectAsync("run", "work")).Output.ShouldContain("another");
        var diff = await InProjectAsync("function", "diff", "work", "1", "2");
        diff.Code.ShouldBe(0, diff.Error);
        diff.Output.ShouldContain("changed lib/words.py");
        (await InProjectAsync("function", "tag", "work", "good", "1", "--expected", "0")).Code.ShouldBe(0);
        (await Project.Functions.GetAsync("work")).Tags!["good"].ShouldBe(1);

        await WriteAsync("note.ipynb", """{"metadata":{},"cells":[{"cell_type":"code","metadata":{},"source":["%time\n","print('from a notebook')"]}]}""");
        (await InProjectAsync("run", "note.ipynb")).Output.ShouldContain("from a notebook");
        (await Project.Functions.GetAsync("note")).Kind.ShouldBe(FunctionKind.Process);
    }

    private async Task AtADeskAsync()
    {
        await WriteAsync("mesh.py", (await _folder.MeshAsync("functions", "helper")).Output);
        await WriteAsync("alone.py", "import mesh\nmesh.log_param('a', 1)\nmesh.log_metric('m', 0.5)\nmesh.log_metric('m', 0.25)\nmesh.log_artifact('work', 'folder')\n");
        (await PythonAsync("alone.py")).Code.ShouldBe(0);
        var run = (await Project.Runs.ListAsync(new RunFilter { Name = "alone.py" }).ToListAsync()).ShouldHaveSingleItem();
        (run.Status, run.Kind, run.Params["a"], run.Metrics["m"].Last, run.Metrics["m"].LastStep).ShouldBe((RunStatus.Completed, "script", "1", 0.25, 1));
        (await Project.Artifacts.GetVersionAsync("folder")).Kind.ShouldBe(ArtifactKind.Directory);

        foreach (var (name, end, cause) in (IEnumerable<(string, string, string)>)[("raises.py", "raise ValueError('no luck')", "ValueError: no luck"), ("leaves.py", "import sys; sys.exit(3)", "The script ended with exit code 3.")])
        {
            await WriteAsync(name, $"import mesh\nmesh.log_metric('m', 1)\n{end}\n");
            (await PythonAsync(name)).Code.ShouldNotBe(0);
            var failed = (await Project.Runs.ListAsync(new RunFilter { Name = name }).ToListAsync()).ShouldHaveSingleItem();
            (failed.Status, failed.Cause, failed.Metrics["m"].Count).ShouldBe((RunStatus.Failed, cause, 1L));
        }

        var untracked = await _folder.RunAsync("", "python3", ["alone.py"]);
        (untracked.Code, untracked.Error).ShouldBe((0, "[mesh] MESH_API is not set: nothing is tracked.\n"));
    }

    private async Task<Answer> PythonAsync(string script) => await _folder.RunAsync("", "env",
        [$"MESH_API={_folder.Address}", $"MESH_TOKEN={(await File.ReadAllTextAsync(Path.Combine(_folder.Data, "admin.token"))).Trim()}", "MESH_PROJECT=desk", "python3", script]);

    private Task<Answer> InProjectAsync(params string[] arguments) => _folder.MeshAsync([.. arguments, "-P", "desk"]);

    private Task WriteAsync(string path, string text)
    {
        var file = Path.Combine(_folder.Work, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return File.WriteAllTextAsync(file, text);
    }
}
