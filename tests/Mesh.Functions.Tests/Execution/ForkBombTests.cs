using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Doubles;

namespace Mesh.Functions.Tests.Execution;

/// <summary>Jobs that fork without end, as far as a test may let them.</summary>
public sealed class ForkBombTests
{
    // Each forks two, eleven times over: 4096 processes if nobody ends it.
    private const string Bomb = "echo up; f() { [ $1 -gt 0 ] || { sleep 60; return; }; f $(($1 - 1)) & f $(($1 - 1)) & wait; }; f 11";

    [Fact]
    public Task One_that_is_looked_at_from_outside_is_ended_by_name_and_the_next_job_runs() => EndsAsync("none");

    [Fact]
    public async Task One_in_a_control_group_is_ended_by_name_and_the_next_job_runs()
    {
        using var groups = TestGroups.Make();
        await EndsAsync(groups.Root);
    }

    private static async Task EndsAsync(string group)
    {
        await using var functions = new FunctionsHost { Settings = [("Functions:MostProcesses", "200"), ("Functions:ControlGroup", group)] };
        await functions.InitializeAsync();
        var job = await functions.ShellAsync(Bomb);
        var ended = await functions.UntilAsync(job.Id, JobStatus.Failed, seconds: 60);
        ended.Cause!.ShouldStartWith("process limit 200 exceeded");
        (await functions.Editor.GetFromJsonAsync<AttemptInfo>($"{functions.Jobs}/{job.Id}/attempts/1", MeshJson.Strict))!.CauseCode.ShouldBe("process-limit");
        functions.Peers.LogOf(job.Id).ShouldContain("process limit 200 exceeded");
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();
        await functions.UntilAsync((await functions.ShellAsync("echo next")).Id, JobStatus.Succeeded);
    }
}
