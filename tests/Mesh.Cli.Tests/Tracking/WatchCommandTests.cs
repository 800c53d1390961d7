using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>The table of an experiment as it changes: on a terminal, in lines, until it is deleted or somebody interrupts.</summary>
public sealed class WatchCommandTests
{
    private const string Stream = "GET experiments/3/stream?rows=20";
    private static readonly Guid A = Guid.Parse("0193a1c0-0000-7000-8000-00000000000a");
    private static readonly Guid B = Guid.Parse("0193a1c0-0000-7000-8000-00000000000b");
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, string> None = [];

    private static RunInfo First => new(
        A, "first", "wine", null, null, RunStatus.Running, 1, null, null, None, None,
        new Dictionary<string, MetricSummary> { ["accuracy"] = new(0.9, 0, 0.9, 0.9, 1), ["loss"] = new(0.125, 7, 0.125, 1, 8) }, "ada", Noon, Noon, null, 2);

    private static RunInfo Second => new(
        B, "[second]", "wine", null, null, RunStatus.Pending, 0, null, null, None, None, new Dictionary<string, MetricSummary>(), "ada", Noon.AddSeconds(1), null, null, 1);

    private static string Events => string.Concat(
        Event(new RunRows([First], [])), Event(new RunRows([Second], [])),
        Event(new RunRows([First with { Status = RunStatus.Completed, EndedAt = Noon.AddSeconds(65) }], [new GoneRun(B, false)])));

    [Fact]
    public async Task Each_changed_row_is_a_line()
    {
        await using var mesh = await StartAsync();
        mesh.OnText(Stream, Events + "event: end\ndata: {}\n\n", "text/event-stream");
        var (code, output, error) = await mesh.RunAsync("experiments", "watch", "wine", "--metric", "loss", "auc");
        (code, error.Trim()).ShouldBe((0, "Experiment wine is deleted."));
        output.ShouldBe($"{A}  first  running  loss 0.125\n{B}  [second]  pending\n{A}  first  completed  loss 0.125\n{B}  deleted\n");
        (_, output, _) = await mesh.RunAsync("experiments", "watch", "3");
        output.ShouldStartWith($"{A}  first  running  accuracy 0.9  loss 0.125\n");
    }

    [Fact]
    public async Task Each_changed_row_is_an_object_for_scripts()
    {
        await using var mesh = await StartAsync();
        mesh.OnText(Stream, Events + "event: end\ndata: {}\n\n", "text/event-stream");
        var (code, output, error) = await mesh.RunAsync("experiments", "watch", "wine", "-m", "loss", "--json");
        (code, error).ShouldBe((0, ""));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(4);
        var run = JsonSerializer.Deserialize<RunInfo>(lines[2], MeshJson.Tolerant)!;
        (run.Id, run.Status, run.Metrics.Keys.Single()).ShouldBe((A, RunStatus.Completed, "loss"));
        var gone = JsonDocument.Parse(lines[3]).RootElement;
        (gone.GetProperty("id").GetGuid(), gone.GetProperty("gone").GetBoolean(), gone.GetProperty("purged").GetBoolean()).ShouldBe((B, true, false));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Whoever_interrupts_it_has_seen_enough(bool json)
    {
        await using var mesh = await StartAsync();
        mesh.OnOpen(Stream, Events, "text/event-stream");
        var (code, output, error) = await mesh.InterruptedAsync($"{B}", ["experiments", "watch", "wine", .. json ? ["--json"] : Array.Empty<string>()]);
        (code, error).ShouldBe((0, ""));
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBeInRange(2, 4);
    }

    [Fact]
    public async Task On_a_terminal_the_table_is_drawn_anew()
    {
        await using var mesh = await StartAsync();
        mesh.OnText(Stream, Events + "event: end\ndata: {}\n\n", "text/event-stream");
        var (code, output) = await mesh.OnTerminalAsync("experiments", "watch", "wine", "--metric", "loss");
        code.ShouldBe(0, output);
        output.ShouldContain("[second]");
        // The cursor goes back up, and is shown again at the end.
        output.ShouldMatch(@"\e\[\d+A");
        output.ShouldContain("\e[?25h");
        var last = output[(output.LastIndexOf("status", StringComparison.Ordinal) + 1)..];
        last.ShouldContain("first");
        last.ShouldContain("completed");
        last.ShouldContain("1 min 5 s");
        last.ShouldContain("0.125");
        last.ShouldNotContain("[second]");
        last.ShouldNotContain("accuracy");
    }

    [Fact]
    public async Task What_cannot_be_watched_is_said()
    {
        await using var mesh = await StartAsync();
        (await mesh.RunAsync("experiments", "watch", "none")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(1), r => r.Error.ShouldContain("no experiment 'none'"));
        (await mesh.RunAsync("experiments", "watch", "wine", "-n", "501")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(2), r => r.Error.ShouldContain("1 to 500"));
        (await mesh.RunAsync("experiments", "watch", "wine")).Code.ShouldBe(1);
    }

    private static string Event(RunRows rows) => $"id: A\nevent: runs\ndata: {JsonSerializer.Serialize(rows, MeshJson.Strict)}\n\n";

    private static async Task<StubMesh> StartAsync()
    {
        var wine = new ExperimentInfo(3, "wine", 12, Noon, None, "ada", Noon, Noon);
        return (await StubMesh.StartAsync()).On("GET experiments?name=wine", new Page<ExperimentInfo>([wine])).On("GET experiments?name=none", new Page<ExperimentInfo>([])).On("GET experiments/3", wine);
    }
}
