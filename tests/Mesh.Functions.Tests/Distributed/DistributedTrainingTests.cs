using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Distributed;

/// <summary>The training of the README, as it stands there, on real data.</summary>
public sealed class DistributedTrainingTests(FunctionsHost functions) : IClassFixture<FunctionsHost>
{
    [Fact]
    public async Task Three_ranks_learn_together_and_go_on_from_their_checkpoint_when_one_is_killed()
    {
        await DefineAsync("training", new Distribution(TrainingFramework.Plain, [new("worker", 3)], MaxRestarts: 2));
        var job = await functions.SubmitAsync(new SubmitJob("training", Params: new() { ["epochs"] = "500" }));
        await Eventually.Holds(() => functions.Peers.LogOf(job.Id).ShouldContain("[worker-0] epoch 20:"));
        Kill(job.Id, rank: 1);
        var ended = await functions.UntilAsync(job.Id, JobStatus.Succeeded, seconds: 120);

        ended.Attempts.ShouldHaveSingleItem();
        ended.Distributed!.Roles.ShouldHaveSingleItem().Replicas.ShouldBe(3);
        var log = functions.Peers.LogOf(job.Id);
        log.ShouldContain("The gang is started again from its checkpoint: 1 of 2.");
        log.ShouldContain("[worker-1] goes on after epoch ");
        log.ShouldNotContain("goes on after epoch 0");
        var last = log.Split('\n').Last(line => line.Contains("accuracy", StringComparison.Ordinal));
        last.ShouldStartWith("[worker-0] epoch 500:");
        double.Parse(last[(last.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0.97);
        // It goes when the end is recorded.
        await Eventually.Holds(() => Directory.Exists(Path.Combine(AttemptFolder.Root(functions.DataPath), functions.Project, job.Id.ToString(), "checkpoint")).ShouldBeFalse());
    }

    [Fact]
    public async Task A_checkpoint_outlives_the_attempt()
    {
        await DefineAsync("training", new Distribution(TrainingFramework.Plain, [new("worker", 2)]));
        var job = await functions.SubmitAsync(new SubmitJob("training", Params: new() { ["epochs"] = "500" }, MaxAttempts: 2) { Replicas = new() { ["worker"] = 3 } });
        await Eventually.Holds(() => functions.Peers.LogOf(job.Id).ShouldContain("[worker-0] epoch 20:"));
        Kill(job.Id, rank: 2);
        var ended = await functions.UntilAsync(job.Id, JobStatus.Succeeded, seconds: 120);
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts[0].Cause.ShouldBe("worker-2: The command failed and wrote nothing to stderr (exit code 137, SIGKILL: perhaps out of memory)");
        functions.Peers.LogOf(job.Id).ShouldContain("[worker-2] goes on after epoch ");
    }

    [Fact]
    public async Task A_gang_that_no_worker_has_room_for_says_so()
    {
        await DefineAsync("wide", new Distribution(TrainingFramework.Plain, [new("worker", 1000, new JobResources(Cpus: 512))]));
        var job = await functions.SubmitAsync(new SubmitJob("wide"));
        job.Policy!.Resources.ShouldBe(new JobResources(Cpus: 512_000));
        await Eventually.Holds(async () => (await functions.GetAsync(job.Id)).Unschedulable.ShouldNotBeNull().ShouldContain("it asks for 512000 cores"));
        using var aborted = await functions.Editor.PostAsJsonAsync($"{functions.Jobs}/{job.Id}/abort", new AbortJob(), MeshJson.Strict);
        aborted.EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Definitions_show_it_and_differ_by_it()
    {
        await DefineAsync("shown", new Distribution(TrainingFramework.Pytorch, [new("master"), new("worker", 2)], MaxRestarts: 1));
        var shown = await DefineAsync("shown", new Distribution(TrainingFramework.Pytorch, [new("master"), new("worker", 4)], MaxRestarts: 1));
        shown.Version.ShouldBe(2);
        shown.Distributed!.Roles[1].Replicas.ShouldBe(4);
        var diff = await functions.Editor.GetFromJsonAsync<FunctionDiff>($"{functions.Functions}/shown/diff?from=1&to=2", MeshJson.Strict);
        diff!.Fields.ShouldHaveSingleItem().ShouldBe(
            new FieldDiff("distributed.roles.worker", DiffChange.Changed, """{"name":"worker","replicas":2}""", """{"name":"worker","replicas":4}"""));
    }

    [Fact]
    public async Task A_definition_that_cannot_be_is_refused_with_its_field()
    {
        using var answer = await functions.Editor.PutAsJsonAsync(
            $"{functions.Functions}/wrong", new { kind = "process", command = new[] { "true" }, distributed = new { framework = "pytorch", roles = new[] { new { name = "ps", replicas = 1 } } } });
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("distributed.roles[0].name");
    }

    private async Task<FunctionInfo> DefineAsync(string name, Distribution distributed)
    {
        var readme = await File.ReadAllTextAsync(RepositoryPath.Of("services/functions/README.md"));
        var begin = readme.IndexOf("```python", readme.IndexOf("## Distributed training", StringComparison.Ordinal), StringComparison.Ordinal) + "```python\n".Length;
        var script = readme[begin..readme.IndexOf("```", begin, StringComparison.Ordinal)];
        var data = await File.ReadAllTextAsync(RepositoryPath.Of("tests/data/breast_cancer.csv"));
        var definition = new DefineFunction(FunctionKind.Process, ["python3", "train.py"], Files: [new("train.py", script), new("breast_cancer.csv", data)]) { Distributed = distributed };
        using var answer = await functions.Editor.PutAsJsonAsync($"{functions.Functions}/{name}", definition, MeshJson.Strict);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<FunctionInfo>(MeshJson.Strict))!;
    }

    private static void Kill(Guid job, int rank)
    {
        var id = ProcessTable.Read().Single(process => ProcessTable.MarkOf(process)?.JobId == job.ToString()
            && process.Session != process.Id && Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{process.Id}/environ")).Split('\0').Contains($"RANK={rank}")).Id;
        using var process = Process.GetProcessById(id);
        process.Kill();
    }
}
