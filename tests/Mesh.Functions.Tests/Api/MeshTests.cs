using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Tracking;
using Mesh.Functions.Execution;
using Mesh.Projects;
using Mesh.Testing;
using Mesh.Tracking;

namespace Mesh.Functions.Tests.Api;

/// <summary>Jobs beside the real tracking and projects services.</summary>
public sealed class MeshTests : IAsyncLifetime
{
    private readonly string _project = $"p{Guid.CreateVersion7():N}";
    private ServiceHost _host = null!;
    private HttpClient _admin = null!;
    private HttpClient _ada = null!;

    [Fact]
    public async Task A_job_is_a_run_of_its_submitter_with_its_output_and_its_end()
    {
        (await _admin.PutAsJsonAsync(Path("secrets/API_KEY"), new SetSecret("s3cr3t-value"), MeshJson.Strict)).EnsureSuccessStatusCode();
        var job = await SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", "echo key $API_KEY; sleep 0.5; echo boom >&2; exit $((2 - MESH_ATTEMPT))"], Params: new() { ["lr"] = "0.1" }, Secrets: ["API_KEY"],
            Experiment: "e1", Tags: new() { ["team"] = "x" }, MaxAttempts: 2));
        await UntilAsync(job.Id, RunStatus.Completed);
        var run = await RunAsync(job.Id);
        (run.Name, run.Experiment, run.Kind, run.CreatedBy, run.Attempt).ShouldBe(("sh", "e1", "job", "ada", 2));
        run.Params["lr"].ShouldBe("0.1");
        run.Tags["team"].ShouldBe("x");
        (await LogAsync(job.Id)).ShouldBe("key ***\nboom\nkey ***\nboom\n");
        using var late = await _ada.PostAsJsonAsync(Path($"runs/{job.Id}/fail"), new FailRun("late", 1), MeshJson.Strict);
        (await late.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!.Code.ShouldBe("run.lease-lost");
    }

    [Fact]
    public async Task What_a_job_uses_is_a_metric_of_its_run()
    {
        var job = await SubmitAsync(new SubmitJob(Command: ["sh", "-c", "i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done; sleep 4"]));
        await UntilAsync(job.Id, RunStatus.Completed);
        var metrics = (await RunAsync(job.Id)).Metrics;
        metrics["system/cpu_utilization_percentage"].Max.ShouldBeInRange(0, 100);
        metrics["system/process_memory_megabytes"].Max.ShouldBeGreaterThan(0);
        metrics["system/process_cpu_percentage"].Max.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task An_unknown_secret_is_told_at_the_submission()
    {
        using var answer = await _ada.PostAsJsonAsync(Path("jobs"), new SubmitJob(Command: ["true"], Secrets: ["NOPE"]), MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await answer.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!.Code.ShouldBe("secret.unknown");
    }

    [Fact]
    public async Task A_failed_job_is_a_failed_run_with_the_cause()
    {
        var job = await SubmitAsync(new SubmitJob(Command: ["sh", "-c", "echo 'no such column: y' >&2; exit 2"]));
        await UntilAsync(job.Id, RunStatus.Failed);
        (await RunAsync(job.Id)).Cause.ShouldBe("no such column: y (exit code 2)");
    }

    [Fact]
    public async Task An_abort_of_the_run_ends_the_job_and_an_abort_of_the_job_ends_the_run()
    {
        var byRun = await SubmitAsync(new SubmitJob(Command: ["sleep", "300"]));
        await UntilAsync(byRun.Id, RunStatus.Running);
        (await _ada.PostAsJsonAsync(Path($"runs/{byRun.Id}/abort"), new AbortRun("wrong data"), MeshJson.Strict)).EnsureSuccessStatusCode();
        await UntilAsync(byRun.Id, RunStatus.Aborted);
        var job = (await _ada.GetFromJsonAsync<JobInfo>(Path($"jobs/{byRun.Id}"), MeshJson.Strict))!;
        (job.Status, job.Cause).ShouldBe((JobStatus.Aborted, "wrong data"));
        new ProcessTree(new ProcessMark(byRun.Id.ToString(), 1), null).Find().ShouldBeEmpty();

        var byJob = await SubmitAsync(new SubmitJob(Command: ["sleep", "300"]));
        await UntilAsync(byJob.Id, RunStatus.Running);
        (await _ada.PostAsync(Path($"jobs/{byJob.Id}/abort"), null)).EnsureSuccessStatusCode();
        await UntilAsync(byJob.Id, RunStatus.Aborted);
    }

    [Fact]
    public async Task Children_of_an_attempt_end_with_it()
    {
        var job = await SubmitAsync(new SubmitJob(Command: ["sleep", "300"], MaxAttempts: 2));
        await UntilAsync(job.Id, RunStatus.Running);
        var first = await StartChildAsync(job.Id);
        await Eventually.Holds(() => new ProcessTree(new ProcessMark(job.Id.ToString(), 1), null).Find().ShouldNotBeEmpty());
        foreach (var process in new ProcessTree(new ProcessMark(job.Id.ToString(), 1), null).Find())
            if (!OperatingSystem.IsWindows()) ProcessTable.Signal(process, 9);
        await UntilAsync(first, RunStatus.Failed);
        (await RunAsync(first)).Cause!.ShouldStartWith("The attempt of its parent ended: ");

        await Eventually.Holds(async () => (await RunAsync(job.Id)).Attempt.ShouldBe(2), TimeSpan.FromSeconds(30));
        var second = await StartChildAsync(job.Id);
        var grandchild = await StartChildAsync(second);
        (await _ada.PostAsync(Path($"jobs/{job.Id}/abort"), null)).EnsureSuccessStatusCode();
        await UntilAsync(second, RunStatus.Aborted);
        await UntilAsync(grandchild, RunStatus.Aborted);
        (await RunAsync(first)).Status.ShouldBe(RunStatus.Failed);
    }

    [Fact]
    public async Task A_deleted_project_leaves_no_job_no_process_and_no_folder()
    {
        (await _ada.PutAsJsonAsync(Path("functions/f"), new DefineFunction(FunctionKind.Process, ["true"]), MeshJson.Strict)).EnsureSuccessStatusCode();
        var job = await SubmitAsync(new SubmitJob(Command: ["sleep", "300"]));
        await UntilAsync(job.Id, RunStatus.Running);
        using var service = _host.ClientForService("projects");
        // Several services share the process here.
        service.DefaultRequestHeaders.Add("Mesh-Service", "functions");
        (await UsageAsync(service)).Counts.ShouldBe(new Dictionary<string, long> { ["functions"] = 1, ["jobs"] = 1, ["schedules"] = 0, ["purges"] = 0 }, ignoreOrder: true);
        (await _admin.DeleteAsync($"/api/v1/projects/{_project}?cascade=true")).IsSuccessStatusCode.ShouldBeTrue();
        await Eventually.Holds(async () => (await UsageAsync(service)).IsEmpty().ShouldBeTrue(), TimeSpan.FromSeconds(30));
        new ProcessTree(new ProcessMark(job.Id.ToString(), 1), null).Find().ShouldBeEmpty();
        Directory.Exists(System.IO.Path.Combine(_host.Options.DataPath, "jobs", _project)).ShouldBeFalse();
    }

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Functions:Concurrency"] = "4",
            ["Functions:GraceSeconds"] = "1",
            ["Functions:BackOffSeconds"] = "0.2",
            ["Functions:HeartbeatSeconds"] = "0.5",
        };
        var postgres = await PostgresFixture.ServerConnectionStringAsync();
        _host = await ServiceHost.StartAsync(postgres, [new ProjectsService(), new TrackingService(), new FunctionsService()], settings: settings);
        _admin = _host.ClientForAdmin();
        _ada = _host.ClientFor("ada", Role.Editor, _project);
        (await _admin.PostAsJsonAsync("/api/v1/projects", new CreateProject(_project), MeshJson.Strict)).EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        var database = _host.Options.Database!;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(await PostgresFixture.ServerConnectionStringAsync(), database);
    }

    private string Path(string tail) => $"/api/v1/projects/{_project}/{tail}";

    private async Task<JobInfo> SubmitAsync(SubmitJob job)
    {
        using var answer = await _ada.PostAsJsonAsync(Path("jobs"), job, MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JobInfo>(MeshJson.Strict))!;
    }

    private async Task<Guid> StartChildAsync(Guid parent)
    {
        var id = Guid.CreateVersion7();
        (await _ada.PostAsJsonAsync(Path("runs"), new CreateRun("child", null, "trial", parent, null, null, id), MeshJson.Strict)).EnsureSuccessStatusCode();
        (await _ada.PostAsJsonAsync(Path($"runs/{id}/start"), new StartRun(1, "me"), MeshJson.Strict)).EnsureSuccessStatusCode();
        return id;
    }

    private Task UntilAsync(Guid run, RunStatus status) => Eventually.Holds(
        async () => (await RunAsync(run)).Status.ShouldBe(status), TimeSpan.FromSeconds(30));

    private async Task<RunInfo> RunAsync(Guid run) => (await _ada.GetFromJsonAsync<RunInfo>(Path($"runs/{run}"), MeshJson.Strict))!;

    private async Task<string> LogAsync(Guid run) => (await _ada.GetFromJsonAsync<LogChunk>(Path($"runs/{run}/logs"), MeshJson.Strict))!.Text;

    private async Task<ProjectUsage> UsageAsync(HttpClient service) =>
        (await service.GetFromJsonAsync<ProjectUsage>($"/internal/projects/{_project}/usage", MeshJson.Strict))!;
}
