using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Code;

public sealed class InputTests(CodeHost mesh) : IClassFixture<CodeHost>
{
    private string Uri(string kindAndKey) => $"mesh://{mesh.Project}/{kindAndKey}";

    [Fact]
    public async Task Inputs_lie_there_for_reading_and_the_run_knows_them()
    {
        await mesh.PutAsync("wine.csv", "a,b\n1,2\n");
        var folder = await mesh.BundleAsync("many", ("x/1.txt", "one\n"), ("2.txt", "two\n"));
        var job = await mesh.RunAsync(
            new DefineFunction(FunctionKind.Process, ["sh", "-c", "cat $MESH_INPUT_TRAIN_DATA; cat $MESH_INPUT_ALL/x/1.txt $MESH_INPUT_ALL/2.txt; stat -c %a $MESH_INPUT_TRAIN_DATA"]),
            new() { ["train-data"] = Uri("dataset/wine.csv"), ["all"] = Uri($"directory/many@{folder.Version}") });
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        (await mesh.LogAsync(job)).ShouldBe("a,b\n1,2\none\ntwo\n444\n");
        job.Inputs!["train-data"].ShouldBe(Uri("dataset/wine.csv@1"));
        (await mesh.Mesh.Runs.GetAsync(job.Id)).Inputs!.ShouldContain(input => input.Name == "wine.csv" && input.Context == "train-data" && input.Address == Uri("dataset/wine.csv@1"));
        await Eventually.Holds(async () => (await mesh.Mesh.Lineage.GetAsync(new Contracts.MeshUri(mesh.Project, "run", $"{job.Id}"))).Nodes.ShouldContain(node => node.Uri == Uri("dataset/wine.csv@1")));
    }

    [Fact]
    public async Task An_input_is_settled_when_the_job_is_submitted()
    {
        await mesh.PutAsync("moving", "old\n");
        await mesh.Mesh.Functions.DefineAsync("reads", new DefineFunction(FunctionKind.Process, ["sh", "-c", "until [ -e ../go ]; do sleep 0.1; done; cat $MESH_INPUT_D"]) { Inputs = [new("d", Uri("dataset/moving"))] });
        var job = await mesh.Mesh.Jobs.SubmitAsync(new SubmitJob("reads"));
        await mesh.PutAsync("moving", "new\n");
        job.Inputs!["d"].ShouldBe(Uri("dataset/moving@1"));
        await Eventually.Holds(() => Directory.Exists(Path.Combine(mesh.DataPath, "jobs", mesh.Project, job.Id.ToString())).ShouldBeTrue());
        await File.WriteAllTextAsync(Path.Combine(mesh.DataPath, "jobs", mesh.Project, job.Id.ToString(), "go"), "");
        (await mesh.LogAsync(await mesh.Mesh.Jobs.WaitAsync(job.Id))).ShouldBe("old\n");
    }

    [Theory]
    [InlineData("job.input-missing", "d", "mesh://PROJECT/dataset/none")]
    [InlineData("job.input-missing", "d", "mesh://PROJECT/dataset/there@7")]
    [InlineData("job.input-missing", "d", "mesh://other/dataset/there")]
    [InlineData("job.input-unknown", "e", "mesh://PROJECT/dataset/there")]
    [InlineData("body.invalid", "d", "http://elsewhere")]
    public async Task What_is_not_there_is_refused_when_the_job_is_submitted(string code, string name, string uri)
    {
        await mesh.PutAsync("there", "x");
        await mesh.Mesh.Functions.DefineAsync("needs", new DefineFunction(FunctionKind.Process, ["true"]) { Inputs = [new("d", Required: false)] });
        var refused = await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Jobs.SubmitAsync(
            new SubmitJob("needs") { Inputs = new() { [name] = uri.Replace("PROJECT", mesh.Project, StringComparison.Ordinal) } }));
        refused.Code.ShouldBe(code);
        refused.Problem.Errors!.ShouldHaveSingleItem().Field.ShouldBe($"inputs.{name}");
    }

    [Fact]
    public async Task An_input_that_a_function_needs_must_be_given()
    {
        await mesh.Mesh.Functions.DefineAsync("needs-one", new DefineFunction(FunctionKind.Process, ["true"]) { Inputs = [new("data", Description: "Rows to learn from.")] });
        var refused = await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Jobs.SubmitAsync(new SubmitJob("needs-one")));
        (refused.Code, refused.Problem.Detail).ShouldBe(("job.input-missing", "The function needs the input 'data': Rows to learn from."));
    }

    [Fact]
    public async Task Outputs_are_kept_as_artifacts_of_the_run()
    {
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["sh", "-c", "mkdir -p out plots/deep; echo m > out/model.bin; echo 1 > plots/a.txt; echo 2 > plots/deep/b.txt; echo 3 > plots/c.md"])
        {
            Outputs = [new("model", "out/model.bin", ArtifactKind.Model, "models/it"), new("plots", "plots/**/*.txt"), new("folder", "plots"), new("maybe", "none.txt", Required: false)],
        });
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        var model = await mesh.Mesh.Artifacts.GetVersionAsync("models/it");
        (model.Kind, model.RunId, model.FileName, model.CreatedBy).ShouldBe((ArtifactKind.Model, job.Id, "model.bin", $"job:{job.Id}"));
        (await FilesAsync("plots")).ShouldBe(["a.txt", "deep/b.txt"]);
        (await FilesAsync("folder")).ShouldBe(["a.txt", "c.md", "deep/b.txt"]);
        (await mesh.LogAsync(job)).ShouldContain("Kept the output 'model' as models/it version 1.");
        (await mesh.Mesh.Artifacts.ListAsync(prefix: "maybe").ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_job_without_its_output_has_failed_and_keeps_none()
    {
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["sh", "-c", "echo x > one.txt"]) { Outputs = [new("only-one", "one.txt"), new("two", "two.txt")] });
        (job.Status, job.Cause).ShouldBe((JobStatus.Failed, "The output 'two' is not there: the job ended well, but made no 'two.txt' in its working folder."));
        (await mesh.Mesh.Artifacts.ListAsync(prefix: "only-one").ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_link_out_of_the_working_folder_is_no_output()
    {
        var secret = Path.Combine(mesh.NewFolder(), "secret");
        await File.WriteAllTextAsync(secret, "s");
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["sh", "-c", $"ln -s {secret} out.txt; mkdir real; ln -s {Path.GetDirectoryName(secret)} folder"])
        {
            Outputs = [new("leak", "out.txt", Required: false), new("through", "folder/secret", Required: false), new("all", "**", Required: false), new("must", "out.txt")],
        });
        job.Status.ShouldBe(JobStatus.Failed);
        foreach (var key in (string[])["leak", "through", "all", "must"]) (await mesh.Mesh.Artifacts.ListAsync(prefix: key).ToListAsync()).ShouldBeEmpty();
    }

    private async Task<List<string>> FilesAsync(string key) => await mesh.Mesh.Artifacts.FilesAsync(key).Select(file => file.Path).ToListAsync();
}
