using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Doubles;

namespace Mesh.Functions.Tests.Api;

/// <summary>The job routes, on a service that runs none of them, so that states stand still.</summary>
public sealed class JobApiTests : IClassFixture<QueueOnlyHost>
{
    private readonly QueueOnlyHost _functions;

    public JobApiTests(QueueOnlyHost functions)
    {
        _functions = functions;
        functions.BeginProject();
    }

    [Fact]
    public async Task A_job_of_a_function_takes_its_defaults_and_lays_the_request_over_them()
    {
        _functions.Peers.Secrets["KEY"] = "v";
        _functions.Peers.Secrets["EXTRA"] = "v";
        await DefineAsync("train", new DefineFunction(
            FunctionKind.Process, ["python3", "a.py"], Params: new() { ["lr"] = "0.1", ["epochs"] = "3" }, Secrets: ["KEY"], MaxAttempts: 3, TimeoutSeconds: 60));
        await DefineAsync("train", new DefineFunction(FunctionKind.Process, ["true"]));
        var job = await _functions.SubmitAsync(new SubmitJob(Function: "train", FunctionVersion: 1, Params: new() { ["lr"] = "0.2" }, Secrets: ["EXTRA"], Experiment: "e1"));
        job.Name.ShouldBe("train");
        job.FunctionVersion.ShouldBe(1);
        job.Command.ShouldBe(["python3", "a.py"]);
        job.Params.ShouldBe(new Dictionary<string, string> { ["lr"] = "0.2", ["epochs"] = "3" }, ignoreOrder: true);
        (job.MaxAttempts, job.TimeoutSeconds, job.Experiment, job.Status).ShouldBe((3, 60, "e1", JobStatus.Queued));
        (await _functions.SubmitAsync(new SubmitJob(Function: "train"))).FunctionVersion.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_function_says_of_attempts_holds_for_its_jobs_unless_they_say_otherwise()
    {
        var retry = new RetryPolicy(MaxAttempts: 4, On: [RetryClass.Lost]);
        await DefineAsync("careful", new DefineFunction(FunctionKind.Process, ["true"])
        {
            Retry = retry,
            Timeouts = new StateTimeouts(QueuedSeconds: 900, RunningSeconds: 60),
            Resources = new JobResources(MemoryBytes: 1 << 28),
            Priority = 7,
        });
        var plain = await _functions.SubmitAsync(new SubmitJob(Function: "careful"));
        (plain.MaxAttempts, plain.TimeoutSeconds).ShouldBe((4, 60));
        plain.Policy!.Retry!.On.ShouldBe([RetryClass.Lost]);
        (plain.Policy.Timeouts!.QueuedSeconds, plain.Policy.Resources!.MemoryBytes, plain.Policy.Priority).ShouldBe((900, 1L << 28, 7));

        var other = await _functions.SubmitAsync(new SubmitJob(
            Function: "careful", MaxAttempts: 2, TimeoutSeconds: 30, Retry: new RetryPolicy(NotExitCodes: [3]), Priority: -1, Resources: new JobResources(Cpus: 0.5)));
        (other.MaxAttempts, other.TimeoutSeconds, other.Policy!.Priority, other.Policy.Retry!.On, other.Policy.Timeouts!.RunningSeconds).ShouldBe((2, 30, -1, null, null));
        (other.Policy.Resources!.Cpus, other.Policy.Resources.MemoryBytes).ShouldBe((0.5, null));
    }

    [Theory]
    [InlineData("""{}""", 400, "body.invalid")]
    [InlineData("""{"function":"a","command":["x"]}""", 400, "body.invalid")]
    [InlineData("""{"function":"nope"}""", 404, "function.unknown")]
    [InlineData("""{"function":"known","functionVersion":9}""", 404, "function-version.unknown")]
    [InlineData("""{"command":["x"],"functionVersion":1}""", 422, "job.function-version")]
    [InlineData("""{"command":["x"],"secrets":["NOPE"]}""", 422, "secret.unknown")]
    [InlineData("""{"command":["x"],"secretFiles":["NOPE"]}""", 422, "secret.unknown")]
    [InlineData("""{"command":["x"],"secretFiles":["../etc"]}""", 400, "body.invalid")]
    [InlineData("""{"command":["x"],"maxAttempts":0}""", 400, "body.invalid")]
    [InlineData("""{"command":["x"],"params":{"a":1}}""", 400, "body.malformed")]
    [InlineData("""{"command":["x"],"params":{"a-b":"1","a.b":"2"}}""", 422, "job.param-clash")]
    [InlineData("""{"command":["x"],"name":""}""", 422, "job.name")]
    [InlineData("""{"item":"no-such-item"}""", 422, "hub.item-unknown")]
    [InlineData("""{"item":"describe"}""", 422, "hub.param-missing")]
    [InlineData("""{"item":"describe","params":{"dataset":"d","typo":"x"}}""", 422, "hub.param-unknown")]
    [InlineData("""{"item":"auto-trainer","params":{"dataset":"d","target":"t","model":"m","folds":"five"}}""", 422, "hub.param-type")]
    [InlineData("""{"item":"auto-trainer","params":{"dataset":"d","target":"t","model":"m","folds":"99"}}""", 422, "hub.param-value")]
    [InlineData("""{"item":"auto-trainer","params":{"dataset":"d","target":"t","model":"m","test-size":"5"}}""", 422, "hub.param-value")]
    [InlineData("""{"item":"auto-trainer","params":{"dataset":"d","target":"t","model":"m","min-improvement":"-1"}}""", 422, "hub.param-value")]
    [InlineData("""{"item":"auto-trainer","params":{"dataset":"d","target":"t","model":"m","task":"foo"}}""", 422, "hub.param-value")]
    [InlineData("""{"item":"auto-trainer","params":{"dataset":"d","target":"t","model":"m","metric":"bogus"}}""", 422, "hub.param-value")]
    [InlineData("""{"item":"auto-trainer","params":{"dataset":"d","target":"t","model":"m","algorithms":"lbfgs, x"}}""", 422, "hub.param-value")]
    [InlineData("""{"item":"describe","params":{"dataset":" "}}""", 422, "hub.param-missing")]
    public async Task What_cannot_be_meant_is_refused_and_queues_nothing(string body, int status, string code)
    {
        await DefineAsync("known", new DefineFunction(FunctionKind.Process, ["true"]));
        using var content = new StringContent(body, null, "application/json");
        using var answer = await _functions.Editor.PostAsync(_functions.Jobs, content);
        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync());
        (await answer.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!.Code.ShouldBe(code);
        (await _functions.Editor.GetFromJsonAsync<Page<JobInfo>>(_functions.Jobs, MeshJson.Strict))!.Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_param_out_of_range_is_told_by_its_field_and_a_blank_one_is_none()
    {
        using var answer = await _functions.Editor.PostAsJsonAsync(
            _functions.Jobs, new SubmitJob(Item: "auto-trainer", Params: new() { ["dataset"] = "d", ["target"] = "t", ["model"] = "m", ["folds"] = "99" }), MeshJson.Strict);
        var problem = (await answer.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!;
        problem.Detail.ShouldBe("The param 'folds' of 'auto-trainer' must be from 2 to 20, not '99'.");
        problem.Errors!.ShouldHaveSingleItem().Field.ShouldBe("params.folds");
        var job = await _functions.SubmitAsync(new SubmitJob(
            Item: "auto-trainer", Params: new() { ["dataset"] = "d", ["target"] = "t", ["model"] = "m", ["folds"] = "", ["algorithms"] = "lbfgs, sdca", ["task"] = " auto " }));
        job.Status.ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public async Task The_hub_is_listed()
    {
        var items = await _functions.Editor.GetFromJsonAsync<Page<HubItem>>("/api/v1/hub", MeshJson.Strict);
        items!.Items.Select(i => i.Name).ShouldBe(["auto-trainer", "batch-inference", "describe", "feature-selection", "shell", "train-sklearn"]);
        (await _functions.Editor.GetFromJsonAsync<HubItem>("/api/v1/hub/describe", MeshJson.Strict))!.Params.ShouldNotBeEmpty();
        (await _functions.Editor.GetAsync("/api/v1/hub/nope")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_repeated_key_is_answered_by_the_same_job_and_another_body_is_refused()
    {
        var first = await SubmitWithKeyAsync("k1", new SubmitJob(Command: ["true"]));
        await _functions.Editor.PostAsync($"{_functions.Jobs}/{first.Info!.Id}/abort", null);
        var again = await SubmitWithKeyAsync("k1", new SubmitJob(Command: ["true"]));
        again.Status.ShouldBe(HttpStatusCode.Created);
        again.Info!.Id.ShouldBe(first.Info.Id);
        again.Info.Status.ShouldBe(JobStatus.Queued, "the answer is that of the first time");
        (await SubmitWithKeyAsync("k1", new SubmitJob(Command: ["false"]))).Status.ShouldBe(HttpStatusCode.Conflict);
        var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SubmitWithKeyAsync("k2", new SubmitJob(Command: ["true"]))));
        together.Select(a => a.Info!.Id).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Jobs_are_listed_newest_first_in_pages_and_by_filter()
    {
        await DefineAsync("listed", new DefineFunction(FunctionKind.Process, ["true"]));
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++) ids.Add((await _functions.SubmitAsync(i < 2 ? new SubmitJob(Function: "listed") : new SubmitJob(Command: ["true"], Experiment: "other"))).Id);
        await _functions.Editor.PostAsync($"{_functions.Jobs}/{ids[4]}/abort", null);
        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = await _functions.Editor.GetFromJsonAsync<Page<JobInfo>>($"{_functions.Jobs}?limit=2&cursor={cursor}", MeshJson.Strict);
            seen.AddRange(page!.Items.Select(j => j.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        ids.Reverse();
        seen.ShouldBe(ids);
        (await ListAsync("function=listed")).Count.ShouldBe(2);
        (await ListAsync("experiment=other")).Count.ShouldBe(3);
        (await ListAsync("status=aborted")).ShouldHaveSingleItem();
        (await ListAsync("item=describe")).ShouldBeEmpty();
        (await _functions.Editor.GetAsync($"{_functions.Jobs}?status=nope")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await _functions.Editor.GetAsync($"{_functions.Jobs}?cursor=nope")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_queued_job_is_aborted_together_and_its_history_tells_by_whom()
    {
        var job = await _functions.SubmitAsync(new SubmitJob(Command: ["true"]));
        using (var answer = await _functions.Editor.PostAsJsonAsync($"{_functions.Jobs}/{job.Id}/abort", new AbortJob("no need"), MeshJson.Strict))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await answer.Content.ReadFromJsonAsync<JobInfo>(MeshJson.Strict))!.Status.ShouldBe(JobStatus.Aborted);
        }

        var history = await _functions.Editor.GetFromJsonAsync<Page<HistoryEntry>>($"{_functions.Jobs}/{job.Id}/history", MeshJson.Strict);
        history!.Items.Select(e => e.Type).ShouldBe(["job.submitted", "job.abort-requested", "job.aborted"]);
        await _functions.Host.RelayedAsync("job.aborted", e => e.Subject == job.Id.ToString());
        var unknown = Guid.CreateVersion7();
        (await _functions.Editor.GetAsync($"{_functions.Jobs}/{unknown}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _functions.Editor.GetAsync($"{_functions.Jobs}/{unknown}/history")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _functions.Editor.PostAsync($"{_functions.Jobs}/{unknown}/abort", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _functions.Editor.GetAsync($"{_functions.Jobs}/no-id")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_job_is_not_to_be_seen_from_another_project()
    {
        var job = await _functions.SubmitAsync(new SubmitJob(Command: ["true"]));
        using var other = _functions.Host.ClientFor("ada", Role.Owner, "other");
        (await other.GetAsync($"/api/v1/projects/other/jobs/{job.Id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await other.PostAsync($"/api/v1/projects/other/jobs/{job.Id}/abort", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private async Task<IReadOnlyList<JobInfo>> ListAsync(string query) =>
        (await _functions.Editor.GetFromJsonAsync<Page<JobInfo>>($"{_functions.Jobs}?{query}", MeshJson.Strict))!.Items;

    private async Task<(HttpStatusCode Status, JobInfo? Info)> SubmitWithKeyAsync(string key, SubmitJob body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _functions.Jobs) { Content = JsonContent.Create(body, options: MeshJson.Strict) };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await _functions.Editor.SendAsync(request);
        return (answer.StatusCode, answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JobInfo>(MeshJson.Strict) : null);
    }

    private async Task DefineAsync(string name, DefineFunction definition)
    {
        using var answer = await _functions.Editor.PutAsJsonAsync($"{_functions.Functions}/{name}", definition, MeshJson.Strict);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }
}
