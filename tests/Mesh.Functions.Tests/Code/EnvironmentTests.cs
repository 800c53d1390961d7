using Mesh.Contracts.Functions;

namespace Mesh.Functions.Tests.Code;

public sealed class EnvironmentTests(CodeHost mesh) : IClassFixture<CodeHost>
{
    [Fact]
    public async Task Packages_are_installed_once_and_shared()
    {
        SkipUnlessPython();
        mesh.Wheel("greeter", "1.0", "TEXT = 'hello'\n");
        DefineFunction Definition(string say) => new(FunctionKind.Process, ["python3", "-c", $"import greeter, sys; print('{say}', greeter.TEXT, sys.prefix)"]) { Requirements = ["# what greets", "greeter==1.0"] };
        var jobs = await Task.WhenAll(mesh.RunAsync(Definition("a")), mesh.RunAsync(Definition("b")));
        jobs.ShouldAllBe(job => job.Status == JobStatus.Succeeded, string.Join(' ', jobs.Select(job => job.Cause)));
        var logs = await Task.WhenAll(jobs.Select(mesh.LogAsync));
        logs.Count(log => log.Contains("Building an environment of 1 packages: greeter==1.0", StringComparison.Ordinal)).ShouldBe(1);
        logs.ShouldAllBe(log => log.Contains(" hello ", StringComparison.Ordinal));
        logs.Select(log => log.Trim().Split(' ')[^1]).Distinct().ShouldHaveSingleItem().ShouldStartWith(Path.Combine(mesh.DataPath, "jobs", ".environments"));
    }

    [Fact]
    public async Task An_item_of_the_hub_finds_the_packages_of_its_function()
    {
        SkipUnlessPython();
        mesh.Wheel("hubbed", "1.0", "TEXT = 'for the hub'\n");
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Hub, Item: "shell", Params: new() { ["command"] = "python3 -c 'import hubbed; print(hubbed.TEXT)'" }) { Requirements = ["hubbed"] });
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        (await mesh.LogAsync(job)).ShouldEndWith("for the hub\n");
    }

    [Fact]
    public async Task A_requirements_file_beside_the_code_counts()
    {
        SkipUnlessPython();
        mesh.Wheel("fromfile", "2.0", "TEXT = 'from the file'\n");
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["python3", "main.py"], Files: [new("main.py", "import fromfile; print(fromfile.TEXT)"), new("requirements.txt", "fromfile >= 1.0  # any\n\n")]));
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        (await mesh.LogAsync(job)).ShouldEndWith("from the file\n");
    }

    [Theory]
    [InlineData("The packages of the job could not be installed: No matching distribution found for no-such-package", "no-such-package")]
    [InlineData("requirements, line 1: '--index-url https://elsewhere' is no package by name", "--index-url https://elsewhere")]
    [InlineData("requirements, line 1: '-e .' is no package by name", "-e .")]
    [InlineData("requirements, line 1: 'x @ file:///etc/x.whl' is no package by name", "x @ file:///etc/x.whl")]
    public async Task What_cannot_be_installed_is_a_clear_cause_and_nothing_of_the_job_runs(string cause, string requirement)
    {
        SkipUnlessPython();
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["sh", "-c", "echo ran"]) { Requirements = [requirement] });
        job.Status.ShouldBe(JobStatus.Failed);
        job.Cause.ShouldStartWith(cause);
        (await mesh.LogAsync(job)).ShouldNotContain("ran\n");
    }

    [Fact]
    public async Task The_helper_can_be_imported_and_does_nothing_by_itself()
    {
        SkipUnlessPython();
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["python3", "-c", "import mesh; print(mesh.param('lr', 0.5) * 2, mesh.params, mesh.in_job())"]), values: new() { ["lr"] = "0.25" });
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        (await mesh.LogAsync(job)).ShouldBe("0.5 {'lr': '0.25'} True\n");
    }

    private static void SkipUnlessPython() => CodeHost.SkipUnless("python3", "-c", "import ensurepip, venv");
}
