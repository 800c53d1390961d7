using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Tests.Code;

/// <summary>A host whose jobs run as nobody.</summary>
public sealed class OtherUserHost : CodeHost
{
    // One of a user's own, as pyenv installs it, is not there for others.
    public const string SystemPython = "/usr/bin/python3";

    public OtherUserHost() => (JobUser, Python) = ("65534", SystemPython);
}

/// <summary>The same for jobs that run as another user than the service.</summary>
public sealed class OtherUserTests
{
    [Fact]
    public async Task Code_inputs_packages_and_outputs_are_the_job_users()
    {
        CodeHost.SkipUnless("setpriv", "--reuid=65534", "--clear-groups", OtherUserHost.SystemPython, "-c", "import ensurepip, venv");
        await using var mesh = new OtherUserHost();
        await mesh.InitializeAsync();
        mesh.Wheel("other", "1.0", "TEXT = 'a package'\n");
        await mesh.PutAsync("rows", "a,b\n");
        var bundle = await mesh.BundleAsync("code", ("run.py",
            """
            import os, other, sys
            print(os.getuid(), other.TEXT, open(os.environ["MESH_INPUT_ROWS"]).read().strip())
            for path in (os.environ["MESH_INPUT_ROWS"], other.__file__):
                try:
                    open(path, "a")
                    print("written", path)
                except PermissionError:
                    print("read only")
            os.makedirs("out/deep")
            open("out/deep/a.txt", "w").write("one")
            open("out/b.txt", "w").write("two")
            """));
        var job = await mesh.RunAsync(
            new DefineFunction(FunctionKind.Process, ["python3", "run.py"])
            {
                Bundle = bundle,
                Requirements = ["other"],
                Outputs = [new("all", "out"), new("one", "out/b.txt", ArtifactKind.Document)],
            },
            new() { ["rows"] = $"mesh://{mesh.Project}/dataset/rows" });
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        (await mesh.LogAsync(job)).ShouldContain("65534 a package a,b\nread only\nread only\n");
        (await mesh.Mesh.Artifacts.FilesAsync("all").Select(file => file.Path).ToListAsync()).ShouldBe(["b.txt", "deep/a.txt"]);
        (await mesh.Mesh.Artifacts.DownloadBytesAsync("one")).ShouldBe("two"u8.ToArray());
    }
}
