using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>What the commands for runs and experiments print, against <c>Golden/</c>, and what they ask for.</summary>
public sealed class RunCommandTests
{
    private static readonly Guid A = Guid.Parse("0193a1c0-0000-7000-8000-00000000000a");
    private static readonly Guid B = Guid.Parse("0193a1c0-0000-7000-8000-00000000000b");
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private static RunComparison Compared => new(
        [new(A, "first", "wine", RunStatus.Completed, Noon), new(B, "#second", "wine", RunStatus.Running, null)],
        [
            new("group", ComparedKind.Context, false, [new("seeds"), new("seeds")]), new("source.gitCommit", ComparedKind.Context, true, [new("c0ffee"), null]),
            new("lr", ComparedKind.Param, true, [new("0.1"), new(new string('9', 100))]), new("opt", ComparedKind.Param, false, [new("adam"), new("adam")]),
            new("auc", ComparedKind.Metric, true, [new(null, 0.98765, 0.5, 0.98765), new(null, double.NaN, double.NaN, double.NaN)]),
        ]);

    private static RunInfo Run => new(
        A, "first", "wine", "job", null, RunStatus.Completed, 1, "w1", null, new Dictionary<string, string> { ["lr"] = "0.1" }, new Dictionary<string, string> { ["team"] = "red" },
        new Dictionary<string, MetricSummary> { ["loss"] = new(0.125, 7, 0.125, 1, 8), ["accuracy"] = new(0.9, 0, 0.9, 0.9, 1) }, "ada", Noon, Noon, Noon.AddSeconds(65), 9,
        Group: "seeds", Source: new RunSource("train --lr 0.1", "train.py", "https://git.example/wine", "c0ffee", true),
        Environment: new RunEnvironment("box", "linux-x64", ".NET 10", new() { ["numpy"] = "2.0" }, 8, 16L << 30, ["A100"]),
        Inputs: [new("wine", "d1", "training")], Outputs: [new("m-1", 7)], Artifacts: [new("model", "model", 3)]);

    [Fact]
    public async Task Runs_are_compared_as_a_table()
    {
        await using var mesh = (await StubMesh.StartAsync()).On("POST runs/compare", Compared);
        await PrintsAsync(mesh, "runs-compare", "runs", "compare", $"{A}", $"{B}");
        await PrintsAsync(mesh, "runs-compare-only-differences", "runs", "compare", $"{A}", $"{B}", "--only-differences");
        JsonDocument.Parse(mesh.Requests.First().Body).RootElement.GetProperty("runs").EnumerateArray().Select(id => id.GetGuid()).ShouldBe([A, B]);
        var (code, output, _) = await mesh.RunAsync("runs", "compare", $"{A}", $"{B}", "--only-differences", "--json");
        code.ShouldBe(0);
        JsonSerializer.Deserialize<RunComparison>(output, MeshJson.Tolerant)!.Rows.Select(row => row.Key).ShouldBe(["source.gitCommit", "lr", "auc"]);
    }

    [Fact]
    public async Task One_run_is_compared_with_nothing_and_an_unknown_one_is_named()
    {
        await using var mesh = await StubMesh.StartAsync();
        (await mesh.RunAsync("runs", "compare", $"{A}")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(2), r => r.Error.ShouldContain("at least two"));
        (await mesh.RunAsync("runs", "compare", $"{A}", "nonsense")).Code.ShouldBe(2);
        (await mesh.RunAsync("runs", "compare")).Code.ShouldBe(2);
        mesh.Requests.ShouldBeEmpty();
        (await mesh.RunAsync("runs", "compare", $"{A}", $"{B}")).Code.ShouldBe(1);
    }

    [Fact]
    public async Task A_run_is_shown_with_all_that_is_known_of_it()
    {
        await using var mesh = (await StubMesh.StartAsync()).On($"GET runs/{A}", Run)
            .On($"GET runs/{A}/sparklines?points=40", new RunSparklines(A, [new("loss", [1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]), new("accuracy", [0.9])]))
            .On($"GET runs/{B}", Run with { Id = B, Metrics = new Dictionary<string, MetricSummary>(), Source = null, Environment = null, Inputs = [], Outputs = [], Artifacts = [], Group = null });
        await PrintsAsync(mesh, "runs-show", "runs", "show", $"{A}");
        await PrintsAsync(mesh, "runs-show-bare", "runs", "show", $"{B}");
        var (code, output, _) = await mesh.RunAsync("runs", "show", $"{A}", "--json");
        code.ShouldBe(0);
        JsonSerializer.Deserialize<RunInfo>(output, MeshJson.Tolerant)!.Id.ShouldBe(A);
    }

    [Fact]
    public async Task Runs_are_listed_by_a_filter_and_an_order()
    {
        await using var mesh = (await StubMesh.StartAsync()).On(
            "GET runs?limit=20&filter=metrics.auc > 0.9&orderBy=metrics.auc DESC&orderBy=run_name", new Page<RunInfo>([Run]));
        await PrintsAsync(mesh, "runs-list", "runs", "list", "--filter", "metrics.auc > 0.9", "--order-by", "metrics.auc DESC", "--order-by", "run_name");
        (await mesh.RunAsync("runs", "list", "--filter", "else")).Code.ShouldBe(1);
    }

    [Theory]
    [InlineData(RunStatus.Completed, 0)]
    [InlineData(RunStatus.Failed, 4)]
    public async Task A_run_is_followed_to_its_end(RunStatus status, int exitCode)
    {
        await using var mesh = (await StubMesh.StartAsync()).On($"GET runs/{A}", Run with { Status = status, Cause = status is RunStatus.Failed ? "Out of memory." : null })
            .On($"GET runs/{A}/metrics", Run.Metrics)
            .OnText($"GET runs/{A}/logs?offset=0&follow=true", $"""
                event: log
                id: 6
                data: {JsonSerializer.Serialize(new LogChunk(0, 6, "epoch\n", false), MeshJson.Strict)}

                event: log
                id: 11
                data: {JsonSerializer.Serialize(new LogChunk(6, 11, "done.", true), MeshJson.Strict)}

                event: end
                data: {"{}"}


                """, "text/event-stream");
        (await Golden.PrintsAsync(mesh, $"runs-tail-{status.ToString().ToLowerInvariant()}", exitCode, "runs", "tail", $"{A}")).ShouldBeEmpty();
        var (code, output, _) = await mesh.RunAsync("runs", "tail", $"{A}", "--json");
        code.ShouldBe(exitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        lines.Count.ShouldBe(5);
        lines[0].GetProperty("name").GetString().ShouldBe("accuracy");
        lines[2].GetProperty("text").GetString().ShouldBe("epoch\n");
        lines[4].GetProperty("id").GetGuid().ShouldBe(A);
    }

    [Fact]
    public async Task A_log_is_searched_by_line()
    {
        LogMatch[] found = [new(7, 60, 62, "a loss of loss", 2, 6), new(7, 60, 70, "a loss of loss", 10, 14), new(9, 90, 90, "\e[1mloss\e[0m", 4, 8)];
        await using var mesh = (await StubMesh.StartAsync()).On($"GET runs/{A}/logs/search?query=loss", new Page<LogMatch>(found[..2], "more"))
            .On($"GET runs/{A}/logs/search?query=loss&cursor=more", new Page<LogMatch>(found[2..]))
            .On($"GET runs/{A}/logs/search?query=^x&regex=true&ignoreCase=true", new Page<LogMatch>([]));
        var (code, output, _) = await mesh.RunAsync("runs", "logs", $"{A}", "--search", "loss");
        (code, Golden.Lines(output)).ShouldBe((0, "7: a loss of loss\n9: \e[1mloss\e[0m"));
        (code, output, _) = await mesh.RunAsync("runs", "logs", $"{A}", "--search", "loss", "--json", "--limit", "2");
        code.ShouldBe(0);
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<LogMatch>(line, MeshJson.Tolerant)).ShouldBe(found[..2]);
        (code, output, var error) = await mesh.RunAsync("runs", "logs", $"{A}", "--search", "^x", "--regex", "--ignore-case");
        (code, output, error.Trim()).ShouldBe((0, "", "Nothing like that is in the log."));
        foreach (var wrong in (string[][])[["--search", "x", "--follow"], ["--regex"], ["-i"]]) (await mesh.RunAsync(["runs", "logs", $"{A}", .. wrong])).Code.ShouldBe(2);
    }

    [Fact]
    public async Task An_unknown_run_is_not_followed()
    {
        await using var mesh = await StubMesh.StartAsync();
        var (code, output, error) = await mesh.RunAsync("runs", "tail", $"{A}");
        (code, output).ShouldBe((1, ""));
        error.ShouldStartWith("error: ");
    }

    [Fact]
    public async Task Experiments_are_kept_by_id_or_name()
    {
        var wine = new ExperimentInfo(3, "wine", 12, Noon, new Dictionary<string, string> { ["team"] = "red" }, "ada", Noon, Noon);
        var gone = wine with { Id = 4, Name = "beer", Deleted = true };
        await using var mesh = (await StubMesh.StartAsync())
            .On("GET experiments", new Page<ExperimentInfo>([new(0, "Default", 0, null, new Dictionary<string, string>(), "tracking", Noon, Noon), wine]))
            .On("GET experiments?deleted=true", new Page<ExperimentInfo>([gone]))
            .On("GET experiments?name=wine", new Page<ExperimentInfo>([wine])).On("GET experiments?name=none", new Page<ExperimentInfo>([]))
            .On("GET experiments?name=beer&deleted=true", new Page<ExperimentInfo>([gone])).On("GET experiments?name=wine&deleted=true", new Page<ExperimentInfo>([]))
            .On("GET experiments/3", wine).On("POST experiments", wine, 201).On("PATCH experiments/3", wine with { Name = "wines" }).OnText("DELETE experiments/3", "", "text/plain", 204)
            .On("POST experiments/4/restore", gone with { Deleted = false });
        await PrintsAsync(mesh, "experiments-list", "experiments", "list");
        await PrintsAsync(mesh, "experiments-list-deleted", "experiments", "list", "--deleted");
        await PrintsAsync(mesh, "experiments-show", "experiments", "show", "wine");
        await PrintsAsync(mesh, "experiments-show", "experiments", "show", "3");
        await PrintsAsync(mesh, "experiments-create", "experiments", "create", "wine", "--tag", "team=red");
        await PrintsAsync(mesh, "experiments-rename", "experiments", "rename", "wine", "wines");
        await PrintsAsync(mesh, "experiments-delete", "experiments", "delete", "wine");
        await PrintsAsync(mesh, "experiments-restore", "experiments", "restore", "beer");
        mesh.Requests.Single(r => r.Request == "POST experiments").Body.ShouldBe("""{"name":"wine","tags":{"team":"red"}}""");
        mesh.Requests.Single(r => r.Request == "PATCH experiments/3").Body.ShouldBe("""{"name":"wines"}""");
        (await mesh.RunAsync("experiments", "show", "none")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(1), r => r.Error.ShouldContain("no experiment 'none'"));
        (await mesh.RunAsync("experiments", "restore", "wine")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(1), r => r.Error.ShouldContain("no deleted experiment 'wine'"));
        (await mesh.RunAsync("experiments", "create", "wine", "--tag", "team")).Code.ShouldBe(2);
    }

    private static async Task PrintsAsync(StubMesh mesh, string golden, params string[] arguments) => (await Golden.PrintsAsync(mesh, golden, 0, arguments)).ShouldBeEmpty();
}
