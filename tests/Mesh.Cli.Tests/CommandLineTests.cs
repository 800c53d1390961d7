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
    [InlineData("functions", "define", "train", "-P", "demo", "--framework", "caffe", "--", "true")]
    [InlineData("functions", "define", "train", "-P", "demo", "--replicas", "worker=two", "--", "true")]
    [InlineData("functions", "define", "train", "-P", "demo", "--framework", "pytorch", "--elastic", "3", "--", "true")]
    [InlineData("functions", "define", "train", "-P", "demo", "--restarts", "3", "--", "true")]
    [InlineData("functions", "define", "train", "-P", "demo", "--distributed", "nowhere.json", "--", "true")]
    [InlineData("functions", "define", "train", "-P", "demo", "--distributed", "nowhere.json", "--framework", "pytorch", "--", "true")]
    [InlineData("jobs", "submit", "-P", "demo", "--function", "train", "--replicas", "worker")]
    public async Task A_wrong_command_line_exits_with_2_and_says_why(params string[] arguments)
    {
        var (code, _, error) = await RunAsync(arguments);
        code.ShouldBe(2);
        error.ShouldStartWith("error: ");
        error.ShouldNotContain("   at ");
    }

    [Theory]
    [InlineData("Cannot parse argument '5s' for option '--every': a whole number is expected.", "schedules", "create", "nightly", "--every", "5s")]
    [InlineData("Cannot parse argument 'not-an-id' for command 'show': an id such as 0193a1c0-0000-7000-8000-000000000000 is expected.", "runs", "show", "not-an-id")]
    public async Task An_argument_of_the_wrong_kind_is_told_in_words(string sentence, params string[] arguments)
    {
        var (code, _, error) = await RunAsync(arguments);
        code.ShouldBe(2);
        error.ShouldContain(sentence);
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

    [Theory]
    [InlineData(2, "command.usage", "runs", "show", "not-an-id")]
    [InlineData(2, "command.usage", "nonsense")]
    [InlineData(2, "command.usage", "projects")]
    [InlineData(2, "command.usage", "runs", "list")]
    [InlineData(2, "command.usage", "artifacts", "put", "key", "no-such-file", "-P", "demo")]
    [InlineData(2, "command.usage", "projects", "list", "--api", "nowhere")]
    [InlineData(1, "command.failed", "endpoints", "infer", "name", "no-such-file", "-P", "demo")]
    [InlineData(1, "command.failed", "token")]
    [InlineData(1, "command.failed", "logs")]
    [InlineData(3, "connection.failed", "runs", "list", "-P", "demo")]
    [InlineData(3, "connection.failed", "secrets", "delete", "KEY", "-P", "demo")]
    public async Task Whatever_is_wrong_is_a_problem_document_with_json(int exitCode, string problem, params string[] arguments)
    {
        string[] api = arguments.Contains("--api") ? [] : ["--api", _nobody];
        var (code, output, error) = await RunAsync([.. arguments, .. api, "--json"]);
        output.ShouldBeEmpty();
        var told = JsonDocument.Parse(error).RootElement;
        (code, told.GetProperty("code").GetString()).ShouldBe((exitCode, problem));
        told.GetProperty("type").GetString().ShouldBe($"urn:mesh:error:{problem}");
        told.GetProperty("detail").GetString().ShouldNotBeNullOrWhiteSpace();
    }

    [Theory]
    [InlineData("down")]
    [InlineData("doctor")]
    [InlineData("completion", "fish")]
    public async Task What_needs_no_mesh_prints_one_json_value(params string[] arguments)
    {
        var (_, output, error) = await RunAsync([.. arguments, "--json"]);
        error.ShouldBeEmpty();
        JsonDocument.Parse(output);
    }

    [Fact]
    public async Task Logs_are_an_array_of_lines_with_json()
    {
        Directory.CreateDirectory(Path.Combine(_data, "logs"));
        await File.WriteAllTextAsync(Path.Combine(_data, "logs", "mesh.log"), "one\ntwo\nthree\n");
        var (code, output, _) = await RunAsync("logs", "-n", "2", "--json");
        code.ShouldBe(0);
        JsonDocument.Parse(output).RootElement.EnumerateArray().Select(line => (line.GetProperty("process").GetString(), line.GetProperty("text").GetString()))
            .ShouldBe([("mesh", "two"), ("mesh", "three")]);
        (await RunAsync("logs", "-n", "2")).Output.ShouldBe($"two{Environment.NewLine}three{Environment.NewLine}");
    }

    [Fact]
    public async Task A_wrong_command_line_names_the_help_that_helps()
    {
        (await RunAsync("runs", "show", "not-an-id")).Error.ShouldContain("`mesh runs show --help`");
        (await RunAsync("nonsense")).Error.ShouldContain("`mesh --help`");
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
        (await RunAsync("[suggest:10]", "./mesh run")).Output.ShouldContain("runs");
        string[] expected = ["test", "bench", "up"];
        expected.ShouldBeSubsetOf((await RunAsync("[suggest:7]", "./mesh ")).Output.Split(Environment.NewLine));
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
