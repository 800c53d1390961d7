using System.Diagnostics;
using System.Text.Json;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Tracking;
using Mesh.EndToEnd.Tests.Running;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Mlflow;

/// <summary>Programs that were written with clients which are not ours, of MLflow and of OpenTelemetry, run against a mesh unchanged.</summary>
[Collection("one mesh at a time")]
public sealed class ForeignClientTests
{
    private const string Package = "mlflow@2.0.7";

    private static readonly string[] Exporters =
        ["@opentelemetry/api@1.9.1", "@opentelemetry/sdk-trace-base@2.12.1", "@opentelemetry/exporter-trace-otlp-proto@0.223.1", "@opentelemetry/exporter-trace-otlp-http@0.223.1"];

    [Fact]
    public async Task A_program_written_with_the_npm_package_mlflow_runs_unchanged()
    {
        await using var mesh = await MeshUnderTest.OneProcessAsync();
        using var client = mesh.Client(project: "wine");
        await client.Projects.CreateAsync(new CreateProject("wine"));
        using var folder = new TemporaryFolder();
        await RunAsync(folder.Path, "npm", ["install", "--no-audit", "--no-fund", "--no-save", "--prefix", folder.Path, Package]);
        File.Copy(RepositoryPath.Of("tests/Mesh.EndToEnd.Tests/Mlflow/scenario.js"), Path.Combine(folder.Path, "scenario.js"));
        var token = (await File.ReadAllTextAsync(Path.Combine(mesh.Data, "admin.token"))).Trim();

        // By the address of a project, and by the bare root, which is the caller's only project.
        foreach (var (uri, experiment) in ((Uri, string)[])[(new Uri(mesh.Address, "/mlflow/wine"), "renamed"), (mesh.Address, "renamed")])
        {
            var output = await RunAsync(
                folder.Path, "node", ["scenario.js"], ("MLFLOW_TRACKING_URI", uri.ToString().TrimEnd('/')), ("MLFLOW_TRACKING_TOKEN", token));
            var told = JsonDocument.Parse(output).RootElement;
            var run = await client.Project().Runs.GetAsync(Guid.Parse(told.GetProperty("run_id").GetString()!));
            (run.Name, run.Status, run.Experiment, run.User).ShouldBe(("fit", RunStatus.Completed, experiment, "node"));
            run.Metrics["loss"].ShouldBe(new MetricSummary(0.2, 4, 0.2, 1, 5));
            run.Params.ShouldBe(new Dictionary<string, string> { ["lr"] = "0.1", ["depth"] = "3" }, ignoreOrder: true);
            run.Tags["note"].ShouldBe("é😀");
            // The second program makes experiments of the same names.
            await client.Project().Runs.Experiments.RenameAsync(run.ExperimentId, $"done {run.ExperimentId}");
        }
    }

    [Fact]
    public async Task A_program_that_OpenTelemetry_watches_sends_its_traces_unchanged()
    {
        await using var mesh = await MeshUnderTest.OneProcessAsync();
        using var client = mesh.Client(project: "wine");
        await client.Projects.CreateAsync(new CreateProject("wine"));
        using var folder = new TemporaryFolder();
        await RunAsync(folder.Path, "npm", ["install", "--no-audit", "--no-fund", "--no-save", "--prefix", folder.Path, .. Exporters]);
        File.Copy(RepositoryPath.Of("tests/Mesh.EndToEnd.Tests/Mlflow/traces.js"), Path.Combine(folder.Path, "traces.js"));
        var token = (await File.ReadAllTextAsync(Path.Combine(mesh.Data, "admin.token"))).Trim();

        foreach (var uri in (Uri[])[new Uri(mesh.Address, "/mlflow/wine"), mesh.Address])
            (await RunAsync(folder.Path, "node", ["traces.js"], ("MLFLOW_TRACKING_URI", uri.ToString().TrimEnd('/')), ("MLFLOW_TRACKING_TOKEN", token))).ShouldContain("\"compared\":2");
    }

    private static async Task<string> RunAsync(string folder, string program, IReadOnlyList<string> arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{await output}\n{await error}");
        return await output;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("mesh-foreign-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
