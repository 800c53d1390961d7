using System.Diagnostics;
using System.Text.Json;
using Mesh.Testing;

namespace Mesh.Cli.Tests;

/// <summary>The command as a process: exit codes, sentences, JSON.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mesh-cli-").FullName;
    private readonly string _nobody = $"http://127.0.0.1:{ServiceHost.FreePort()}";

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("runs", "show", "not-an-id")]
    [InlineData("runs", "list", "--status", "sleeping")]
    [InlineData("up", "--port", "0")]
    [InlineData("completion", "tcsh")]
    public async Task A_wrong_command_line_exits_with_2_and_says_why(params string[] arguments)
    {
        var (code, _, error) = await RunAsync(arguments);
        code.ShouldBe(2);
        error.ShouldStartWith("error: ");
        error.ShouldNotContain("   at ");
    }

    [Theory]
    [InlineData("runs", "list")]
    [InlineData("jobs", "list")]
    [InlineData("secrets", "list")]
    public async Task A_command_in_a_project_asks_for_one(params string[] arguments)
    {
        var (code, _, error) = await RunAsync(arguments);
        code.ShouldBe(2);
        error.ShouldContain("--project");
    }

    [Theory]
    [InlineData("projects", "list")]
    [InlineData("runs", "list", "-P", "demo")]
    [InlineData("status")]
    public async Task No_mesh_at_the_address_exits_with_3(params string[] arguments)
    {
        var (code, output, error) = await RunAsync([.. arguments, "--api", _nobody]);
        code.ShouldBe(3);
        (output + error).ShouldContain("mesh up");
    }

    [Fact]
    public async Task An_error_is_a_problem_document_with_json()
    {
        var (code, output, error) = await RunAsync("projects", "list", "--json", "--api", _nobody);
        code.ShouldBe(3);
        output.ShouldBeEmpty();
        JsonDocument.Parse(error).RootElement.GetProperty("code").GetString().ShouldBe("connection.failed");
    }

    [Fact]
    public async Task A_param_without_a_value_is_refused()
    {
        var (code, _, error) = await RunAsync("jobs", "submit", "-P", "demo", "--item", "describe", "-p", "dataset", "--api", _nobody);
        code.ShouldBe(2);
        error.ShouldContain("KEY=VALUE");
    }

    [Fact]
    public async Task Without_a_mesh_there_is_no_token_and_nothing_to_stop()
    {
        (await RunAsync("token")).Code.ShouldBe(1);
        (await RunAsync("down")).Code.ShouldBe(0);
        (await RunAsync("logs")).Code.ShouldBe(1);
    }

    [Fact]
    public async Task The_token_of_this_machine_is_found()
    {
        await File.WriteAllTextAsync(Path.Combine(_data, "admin.token"), "mesh_secret\n");
        var (code, output, _) = await RunAsync("token");
        (code, output.Trim()).ShouldBe((0, "mesh_secret"));
    }

    [Fact]
    public async Task Completion_completes()
    {
        (await RunAsync("completion", "bash")).Output.ShouldContain("complete ");
        (await RunAsync("[suggest:8]", "mesh run")).Output.ShouldContain("runs");
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MeshCommand).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in (string[])["MESH_API", "MESH_TOKEN", "MESH_PROJECT"]) start.Environment.Remove(name);
        start.Environment["MESH_DATA"] = _data;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
