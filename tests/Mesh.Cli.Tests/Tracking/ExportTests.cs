using System.Security.Cryptography;
using System.Text.Json;
using Mesh.Cli.Tracking.Export;
using Mesh.Cli.Tracking.Import;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>Out into files, and back into another project.</summary>
public sealed class ExportTests(TrackingMesh mesh) : IClassFixture<TrackingMesh>, IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-export-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_files_hold_what_the_project_holds()
    {
        var project = mesh.NewProject();
        var run = await FillAsync(project);
        var manifest = await ExportAsync(project);

        manifest.Counts.ShouldBe(new Dictionary<string, long> { ["experiments"] = 2, ["runs"] = 2, ["points"] = 1203, ["logs"] = 1, ["traces"] = 0 }, ignoreOrder: true);
        foreach (var file in manifest.Files)
            Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Of(file.Path), Ct))).ShouldBe(file.Sha256);
        manifest.Files.Select(file => file.Path).ShouldBe(["experiments.jsonl", "runs.jsonl", "metrics.parquet", "traces.jsonl", $"logs/{run}.txt"]);
        (await File.ReadAllTextAsync(Of($"logs/{run}.txt"), Ct)).ShouldBe("hällo\nworld\n");
        var lines = (await File.ReadAllLinesAsync(Of("runs.jsonl"), Ct)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var line = lines.Single(line => line.GetProperty("run").GetProperty("id").GetGuid() == run);
        line.GetProperty("run").GetProperty("params").GetProperty("lr").GetString().ShouldBe("0.1");
        line.GetProperty("run").GetProperty("environment").GetProperty("host").GetString().ShouldBe("box");
        line.GetProperty("datasets")[0].GetProperty("dataset").GetProperty("schema").GetString().ShouldBe("{}");
        var rows = new List<MetricRow>();
        await foreach (var group in MetricsFile.ReadAsync(Of("metrics.parquet"), Ct)) rows.AddRange(group);
        rows.Where(row => row.RunId == run.ToString() && row.Name == "loss").Select(row => (row.Step, row.Value)).ShouldBe(Enumerable.Range(0, 1200).Select(step => ((long)step, 1.0 / (step + 1))));
        rows.First(row => row.Name == "loss").Time.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000).UtcDateTime);
        Directory.Exists(Of(".state")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_export_of_nothing_is_whole_and_can_be_read()
    {
        var project = mesh.NewProject();
        await project.ExperimentAsync("empty");
        (await ExportAsync(project, "empty")).Counts["runs"].ShouldBe(0);
        (await mesh.NewProject().ImportAsync(await ExportSource.OpenAsync(_folder, Ct))).Experiments.ShouldBe(1);
    }

    [Fact]
    public async Task A_filter_and_the_names_of_experiments_choose()
    {
        var project = mesh.NewProject();
        await FillAsync(project);
        (await ExportAsync(project, "wine", "params.lr = '0.1'")).Counts["runs"].ShouldBe(1);
        (await ExportAsync(project, "wine")).Counts["runs"].ShouldBe(2);
        (await ExportAsync(project, "Default")).Counts["runs"].ShouldBe(0);
        Directory.GetFiles(Of("logs")).ShouldBeEmpty();
        await Should.ThrowAsync<UsageException>(() => ExportAsync(project, "beer"));
        await Should.ThrowAsync<MlflowException>(() => ExportAsync(project, "wine", "nonsense ="));
    }

    [Fact]
    public async Task An_export_that_broke_off_goes_on()
    {
        var project = mesh.NewProject();
        var run = await FillAsync(project);
        using (var stop = new CancellationTokenSource())
        {
            // Broken off behind the first run.
            await Should.ThrowAsync<OperationCanceledException>(() => new RunExport(project.Client, project.Mlflow, _folder, _ => stop.Cancel()).RunAsync([], null, Now, stop.Token));
        }

        File.Exists(Of("manifest.json")).ShouldBeFalse();
        await Should.ThrowAsync<UsageException>(() => ExportSource.OpenAsync(_folder, Ct));
        var mark = Directory.GetFiles(Of(".state"), "*.json").ShouldHaveSingleItem();
        var written = File.GetLastWriteTimeUtc(mark);
        DateTime? kept = null;
        await new RunExport(project.Client, project.Mlflow, _folder, _ => kept ??= File.GetLastWriteTimeUtc(mark)).RunAsync([], null, Now, Ct);
        kept.ShouldBe(written);
        File.Exists(Of($"logs/{run}.txt")).ShouldBeTrue();
        await ExportSource.OpenAsync(_folder, Ct);
    }

    [Fact]
    public async Task An_export_comes_back_into_another_project_once()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var run = await FillAsync(from);
        await ExportAsync(from);

        var done = await ImportAsync(to);
        done.Untaken.ShouldBeEmpty();
        (done.Created, done.Points, done.Params, done.Inputs).ShouldBe((2, 1203, 1, 1));
        var runs = await to.RunsAsync("wine");
        var copy = await to.Client.Runs.GetAsync(Guid.Parse(TestProject.Id(runs["trial"])), ct: Ct);
        var source = await from.Client.Runs.GetAsync(run, ct: Ct);
        (copy.Name, copy.Status, copy.User, copy.StartedAt, copy.EndedAt).ShouldBe((source.Name, source.Status, source.User, source.StartedAt, source.EndedAt));
        copy.Metrics.ShouldBe(source.Metrics, ignoreOrder: true);
        copy.Environment.ShouldBe(source.Environment);
        copy.Inputs.ShouldBe(source.Inputs);
        copy.Parent.ShouldBe(Guid.Parse(TestProject.Id(runs["sweep"])));
        (await to.HistoryAsync(runs["trial"], "loss")).ShouldBe(await from.HistoryAsync((await from.RunsAsync("wine"))["trial"], "loss"));
        (await to.Client.Runs.LogAsync(copy.Id, ct: Ct)).Text.ShouldBe("hällo\nworld\n");

        var again = await ImportAsync(to);
        (again.Created, again.Points).ShouldBe((0, 0));
        (await to.RunsAsync("wine")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Traces_go_out_and_come_back_with_their_spans_files_and_assessments()
    {
        var (from, to) = (mesh.NewProject(), mesh.NewProject());
        var run = (await FillAsync(from)).ToString("N");
        var filed = await from.TracesAsync(TestProject.ExperimentOf((await from.RunsAsync("wine"))["trial"]), run);

        (await ExportAsync(from, filter: "params.lr = 'none'")).Counts["traces"].ShouldBe(0);
        Directory.Exists(Of("traces")).ShouldBeFalse();
        (await ExportAsync(from, filter: "params.lr = '0.1'")).Counts["traces"].ShouldBe(1);
        var manifest = await ExportAsync(from);
        manifest.Counts["traces"].ShouldBe(2);
        manifest.Files.Count(file => file.Path.StartsWith("traces/", StringComparison.Ordinal)).ShouldBe(1);

        var done = await ImportAsync(to);
        done.Untaken.ShouldBeEmpty();
        (done.Traces, done.Files).ShouldBe((2, 1));
        (await ImportAsync(to)).Traces.ShouldBe(0);
        (await to.SpansAsync()).ShouldBe(await from.SpansAsync());
        var trial = (await to.RunsAsync("wine"))["trial"];
        var copies = new Dictionary<string, JsonElement>();
        await foreach (var trace in MlflowServerSource.ListTracesAsync(to.Mlflow, TestProject.ExperimentOf(trial), Ct)) copies[trace.Text("trace_id")!] = trace;
        var copy = copies["tr-filed"];
        copy.Part("trace_metadata").Text("mlflow.sourceRun").ShouldBe(TestProject.Id(trial));
        copy.Items("assessments").ShouldHaveSingleItem().GetRawText().ShouldBe(filed.Items("assessments").Single().GetRawText());
        await using var content = await to.Mlflow.DownloadAsync($"{MlflowServerSource.FolderOf(copy.Part("tags").Text("mlflow.artifactLocation")!)}/traces.json", Ct);
        var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, Ct);
        bytes.ToArray().ShouldBe([1, 2, 3]);
    }

    [Theory]
    [InlineData("""{"trace":{"trace_id":"t"},"spans":[],"folder":"..","files":["x"]}""")]
    [InlineData("""{"trace":{"trace_id":"t"},"spans":[],"folder":"a","files":["../../x"]}""")]
    public async Task A_trace_with_files_elsewhere_is_refused(string line)
    {
        await ExportAsync(mesh.NewProject());
        await File.WriteAllTextAsync(Of("traces.jsonl"), line, Ct);
        var files = new ExportFiles(_folder);
        var manifest = await ExportFiles.ReadAsync<ExportManifest>(Of("manifest.json"), Ct);
        var changed = await files.DescribeAsync(Of("traces.jsonl"), Ct);
        await ExportFiles.WriteAsync(Of("manifest.json"), manifest with { Files = [.. manifest.Files.Select(file => file.Path == changed.Path ? changed : file)] }, Ct);
        (await Should.ThrowAsync<FormatException>(() => ExportSource.OpenAsync(_folder, Ct))).Message.ShouldContain("outside of its folder");
    }

    [Fact]
    public async Task A_file_that_was_changed_is_refused()
    {
        var project = mesh.NewProject();
        await FillAsync(project);
        await ExportAsync(project);
        await File.AppendAllTextAsync(Of("runs.jsonl"), "\n", Ct);
        (await Should.ThrowAsync<FormatException>(() => ExportSource.OpenAsync(_folder, Ct))).Message.ShouldContain("runs.jsonl");
    }

    private string Of(string path) => Path.Combine(_folder, path);

    private Task<ExportManifest> ExportAsync(TestProject project, string? experiment = null, string? filter = null) =>
        new RunExport(project.Client, project.Mlflow, _folder, _ => { }).RunAsync(experiment is null ? [] : [experiment], filter, Now, Ct);

    private async Task<ImportSummary> ImportAsync(TestProject to)
    {
        var source = await ExportSource.OpenAsync(_folder, Ct);
        return await new RunImport(source, to.Mlflow, false, _ => { }, (run, here, ct) => source.CompleteAsync(to.Client, run, Guid.Parse(here), ct)).RunAsync([], Ct);
    }

    /// <summary>An experiment with an open run and its child, which has ended and has everything.</summary>
    private static async Task<Guid> FillAsync(TestProject project)
    {
        var experiment = await project.ExperimentAsync("wine");
        var parent = await project.RunAsync(experiment, "sweep");
        await project.PointsAsync(parent, "best", 3);
        var run = await project.RunAsync(experiment, "trial", ("mlflow.parentRunId", parent), ("note", "good"));
        await project.ParamsAsync(run, ("lr", "0.1"));
        await project.PointsAsync(run, "loss", 1200);
        await project.DatasetAsync(run, "grapes");
        var id = Guid.Parse(run);
        await project.Client.Runs.DescribeContextAsync(id, new DescribeRunContext(Environment: new RunEnvironment(Host: "box", Packages: new() { ["numpy"] = "2" })), Ct);
        await project.Client.Runs.AppendLogAsync(id, "hällo\nworld\n", 0, ct: Ct);
        await project.EndAsync(run, "FINISHED");
        return id;
    }
}
