using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.Functions;
using Mesh.Cli.Tests.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Tests.Functions;

/// <summary>What is said of attempts goes with a job, and with a function.</summary>
public sealed class PolicyOptionsTests
{
    private static readonly string[] Said =
    [
        "--retry-on", "lost", "--retry-on", "timedOut", "--retry-wait", "1.5", "--retry-most-wait", "60", "--retry-factor", "3", "--retry-jitter", "0", "--no-retry-code", "3", "--queued-timeout", "900",
        "--preparing-timeout", "120", "--priority", "5", "--cpus", "0.5", "--memory", "256",
    ];

    private static readonly DateTimeOffset Noon = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_job_is_submitted_with_it()
    {
        var policy = new JobPolicy(new RetryPolicy(null, new RetryWait(1.5, 60, 3, 0), [RetryClass.Lost, RetryClass.TimedOut], [3]), null, null, 5, new JobResources(0.5, 256 << 20));
        await using var mesh = (await StubMesh.StartAsync()).On("POST jobs", new JobInfo(
            Guid.CreateVersion7(), "true", "default", null, null, null, ["true"], new Dictionary<string, string>(), JobStatus.Queued, null, 1, 3600, [], null, "ada", Noon, null, 1, policy));
        var (code, output, error) = await mesh.RunAsync(["jobs", "submit", .. Said, "--item", "describe"]);
        code.ShouldBe(0, error);
        Check(mesh.Requests.Single().Body);
        PolicyOptions.Describe(policy.Retry).ShouldBe("after lost, timedOut; never after exit codes 3; waits 1.5 to 60 s, times 3");
        output.ShouldContain("0.5 cores, 256 MiB");
    }

    [Fact]
    public async Task A_function_is_defined_with_it()
    {
        await using var mesh = (await StubMesh.StartAsync()).On("PUT functions/f", new FunctionInfo(
            "f", 1, new string('a', 64), FunctionKind.Process, ["true"], null, [], new Dictionary<string, string>(), new Dictionary<string, string>(), [], 1, 3600, null, "ada", Noon));
        var (code, _, error) = await mesh.RunAsync(["functions", "define", "f", .. Said, "--item", "describe"]);
        code.ShouldBe(0, error);
        Check(mesh.Requests.Single().Body);
    }

    [Fact]
    public async Task Without_it_nothing_is_said()
    {
        await using var mesh = (await StubMesh.StartAsync()).On("PUT functions/f", new FunctionInfo(
            "f", 1, new string('a', 64), FunctionKind.Process, ["true"], null, [], new Dictionary<string, string>(), new Dictionary<string, string>(), [], 1, 3600, null, "ada", Noon));
        var (code, _, error) = await mesh.RunAsync("functions", "define", "f", "--item", "describe");
        code.ShouldBe(0, error);
        var body = JsonNode.Parse(mesh.Requests.Single().Body)!.AsObject();
        foreach (var name in (string[])["retry", "timeouts", "priority", "resources"]) body[name].ShouldBeNull();
    }

    private static void Check(string body)
    {
        var sent = JsonNode.Parse(body)!;
        var retry = sent["retry"].Deserialize<RetryPolicy>(MeshJson.Tolerant)!;
        retry.BackOff.ShouldBe(new RetryWait(1.5, 60, 3, 0));
        retry.On.ShouldBe([RetryClass.Lost, RetryClass.TimedOut]);
        retry.NotExitCodes.ShouldBe([3]);
        retry.OnlyExitCodes.ShouldBeNull();
        sent["timeouts"].Deserialize<StateTimeouts>(MeshJson.Tolerant).ShouldBe(new StateTimeouts(900, 120));
        sent["resources"].Deserialize<JobResources>(MeshJson.Tolerant).ShouldBe(new JobResources(0.5, 256 << 20));
        sent["priority"]!.GetValue<int>().ShouldBe(5);
    }
}
