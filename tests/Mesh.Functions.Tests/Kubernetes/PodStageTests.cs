using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Code;
using Mesh.Functions.Tests.Kubernetes.StandIn;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>The whole way of code, inputs, packages and outputs through a pod, with the real services behind it.</summary>
public sealed class PodStageTests : IAsyncLifetime
{
    private readonly string _token = Path.GetTempFileName();
    private readonly DirectoryInfo _wheels = Directory.CreateTempSubdirectory("mesh-wheels-");
    private ClusterServer _cluster = null!;
    private JobGateway _gateway = null!;
    private CodeHost _code = null!;

    public async ValueTask InitializeAsync()
    {
        (_cluster, _gateway) = (await ClusterServer.StartAsync(), await JobGateway.StartAsync());
        ClusterHost.Prepare(_cluster);
        _code = new CodeHost
        {
            Settings =
            [
                .. ClusterHost.Settings(_cluster, _gateway.Address, _token),
                ("Functions:Profiles:cluster:PipArguments:0", "--no-index"), ("Functions:Profiles:cluster:PipArguments:1", $"--find-links={_wheels.FullName}"),
            ],
        };
        await _code.InitializeAsync();
        _gateway.Open(_code.Host);
    }

    public async ValueTask DisposeAsync()
    {
        await _code.DisposeAsync();
        await _gateway.DisposeAsync();
        await _cluster.DisposeAsync();
        File.Delete(_token);
        _wheels.Delete(recursive: true);
    }

    [Fact]
    public async Task Code_and_inputs_come_into_the_pod_and_outputs_are_kept()
    {
        var bundle = await _code.BundleAsync("functions/sum/code", ("main.py", "import os, lib.add, mesh\nos.makedirs('out')\nopen('out/sum.txt', 'w').write(str(lib.add.of(open(mesh.inputs['rows']).read())))\nprint('summed')"), ("lib/add.py", "def of(text):\n    return sum(int(line) for line in text.split())\n"));
        await _code.PutAsync("rows.csv", "1\n2\n39\n");
        var ended = await _code.RunAsync(
            new DefineFunction(FunctionKind.Process, ["python3", "main.py"])
            {
                Bundle = bundle,
                Inputs = [new InputSpec("rows", $"mesh://{_code.Project}/dataset/rows.csv")],
                Outputs = [new OutputSpec("sum", "out/sum.txt", ArtifactKind.File, "results/sum")],
            });
        var log = await _code.LogAsync(ended);
        ended.Status.ShouldBe(JobStatus.Succeeded, $"{ended.Cause}\n{log}\n{string.Join("; ", _cluster.Misfits)}");
        log.ShouldBe("summed\n[mesh] Kept the output 'sum' as results/sum version 1.\n");
        var kept = await _code.Mesh.Artifacts.GetVersionAsync("results/sum", 1);
        using var content = new MemoryStream();
        await _code.Mesh.Artifacts.DownloadBlobAsync(kept.Digest, content);
        System.Text.Encoding.UTF8.GetString(content.ToArray()).ShouldBe("42");
        kept.RunId.ShouldBe(ended.Id);
    }

    [Fact]
    public async Task Outputs_are_kept_only_when_the_program_ended_well_and_all_are_there()
    {
        var outputs = new List<OutputSpec> { new("model", "model.bin") };
        var missing = await _code.RunAsync(new DefineFunction(FunctionKind.Process, ["true"]) { Outputs = outputs });
        (missing.Status, missing.Cause).ShouldBe((JobStatus.Failed, "The output 'model' is not there: the job ended well, but made no 'model.bin' in its working folder."));
        var failed = await _code.RunAsync(new DefineFunction(FunctionKind.Process, ["sh", "-c", "echo x > model.bin; exit 7"]) { Outputs = outputs });
        failed.Attempts[^1].ExitCode.ShouldBe(7);
        _cluster.Runner.Begun[PodPlan.Keep].ShouldBe(1, "after the first alone");
        await foreach (var artifact in _code.Mesh.Artifacts.ListAsync()) artifact.Key.ShouldNotBe("model");
    }

    [Fact]
    public async Task Packages_are_installed_with_the_programs_own_python_and_a_missing_one_fails_by_name()
    {
        _code.Wheel("greet", "1.2", "def hello():\n    return 'hello from a package'\n");
        foreach (var wheel in Directory.GetFiles(_code.Wheels)) File.Copy(wheel, Path.Combine(_wheels.FullName, Path.GetFileName(wheel)));
        var ended = await _code.RunAsync(new DefineFunction(FunctionKind.Process, ["python3", "-c", "import greet; print(greet.hello())"]) { Requirements = ["greet==1.2"] });
        var log = await _code.LogAsync(ended);
        ended.Status.ShouldBe(JobStatus.Succeeded, $"{ended.Cause}\n{log}");
        log.ShouldEndWith("hello from a package\n");
        var missing = await _code.RunAsync(new DefineFunction(FunctionKind.Process, ["true"]) { Requirements = ["nowhere-to-be-found==9"] });
        missing.Cause!.ShouldStartWith("The packages of the job could not be installed: ");
        missing.Cause!.ShouldContain("nowhere-to-be-found");
    }

    [Fact]
    public async Task An_item_of_the_hub_runs_in_meshs_own_image()
    {
        await _code.PutAsync("rows.csv", "a,b\n1,2\n3,4\n");
        var ended = await _code.RunAsync(new SubmitJob(Item: "describe", Params: new() { ["dataset"] = "rows.csv" }));
        ended.Status.ShouldBe(JobStatus.Succeeded, $"{ended.Cause}\n{await _code.LogAsync(ended)}");
        ended.Image.ShouldBe("mesh/functions:1");
    }
}
