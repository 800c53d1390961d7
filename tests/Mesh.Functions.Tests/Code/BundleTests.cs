using Mesh.Client;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Tests.Code;

public sealed class BundleTests(CodeHost mesh) : IClassFixture<CodeHost>
{
    [Fact]
    public async Task A_job_finds_the_files_of_its_bundle_and_scripts_can_be_run()
    {
        var bundle = await mesh.BundleAsync("code/a", ("run.sh", "#!/bin/sh\ncat lib/data.txt\n"), ("lib/data.txt", "from the bundle\n"));
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["./run.sh"]) { Bundle = bundle });
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        (await mesh.LogAsync(job)).ShouldBe("from the bundle\n");
    }

    [Fact]
    public async Task A_job_cannot_spoil_what_the_next_one_gets()
    {
        var bundle = await mesh.BundleAsync("code/spoilt", ("a.txt", "whole\n"));
        var definition = new DefineFunction(FunctionKind.Process, ["sh", "-c", "cat a.txt; echo broken > a.txt"]) { Bundle = bundle };
        (await mesh.LogAsync(await mesh.RunAsync(definition))).ShouldBe("whole\n");
        (await mesh.LogAsync(await mesh.RunAsync(definition))).ShouldBe("whole\n");
    }

    [Fact]
    public async Task The_same_files_are_the_same_version_whatever_artifact_they_came_by()
    {
        var first = await mesh.BundleAsync("code/same", ("a.txt", "1"));
        var other = await mesh.BundleAsync("code/same", ("a.txt", "2"));
        var again = await mesh.BundleAsync("code/same", ("a.txt", "1"));
        again.Version.ShouldBe(3);
        var one = await mesh.Mesh.Functions.DefineAsync("same", new DefineFunction(FunctionKind.Process, ["true"]) { Bundle = first });
        (await mesh.Mesh.Functions.DefineAsync("same", new DefineFunction(FunctionKind.Process, ["true"]) { Bundle = other })).Version.ShouldBe(2);
        var back = await mesh.Mesh.Functions.DefineAsync("same", new DefineFunction(FunctionKind.Process, ["true"]) { Bundle = again });
        (back.Version, back.Hash).ShouldBe((1, one.Hash));
        (await mesh.BundleAsync("code/same", ("a.txt", "1"))).Version.ShouldBe(3);
    }

    [Fact]
    public async Task What_is_no_directory_of_the_project_is_refused()
    {
        await mesh.PutAsync("code/file", "x");
        (await RefusedAsync(new CodeBundle("code/none", 1))).ShouldBe("function.bundle-unknown");
        (await RefusedAsync(new CodeBundle("code/file", 1))).ShouldBe("function.bundle-kind");
    }

    [Fact]
    public async Task Code_that_was_deleted_is_a_clear_cause()
    {
        var bundle = await mesh.BundleAsync("code/gone", ("a.txt", "1"));
        await mesh.Mesh.Functions.DefineAsync("gone", new DefineFunction(FunctionKind.Process, ["true"]) { Bundle = bundle });
        await mesh.Mesh.Artifacts.DeleteVersionAsync("code/gone", "1");
        var job = await mesh.RunAsync(new SubmitJob("gone"));
        job.Status.ShouldBe(JobStatus.Failed);
        job.Cause.ShouldStartWith("The code 'code/gone' version 1 is not in the artifacts of the project any more");
        (await mesh.LogAsync(job)).ShouldContain("is not in the artifacts");
    }

    private async Task<string> RefusedAsync(CodeBundle bundle) => (await Should.ThrowAsync<MeshException>(
        () => mesh.Mesh.Functions.DefineAsync("refused", new DefineFunction(FunctionKind.Process, ["true"]) { Bundle = bundle }))).Code;
}
