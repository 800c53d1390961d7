using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Tests.Doubles;
using Mesh.Functions.Tests.Execution;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Queue;

/// <summary>A service that is alone in a control group, as in a container or a unit of systemd, and dies without a word.</summary>
public sealed class AdoptionInGroupTests
{
    [Fact]
    public async Task What_runs_in_a_group_is_found_there_by_the_next_service_and_the_group_goes_with_it()
    {
        using var own = TestGroups.Make();
        await using var service = await ServiceProcess.CreateAsync();
        service.Group = own.Root;
        await service.StartAsync();
        var kept = await service.ShellAsync("echo up; sleep 6; echo done");
        var shed = await service.ShellAsync("setsid env -i sh -c 'trap \"\" TERM; while :; do sleep 300; done' & echo up; sleep 300");
        foreach (var job in (Guid[])[kept.Id, shed.Id]) await Eventually.Holds(() => service.Peers.LogOf(job).ShouldBe("up\n"), TimeSpan.FromSeconds(30));
        (await File.ReadAllLinesAsync(Path.Combine(own.Root, "service", "cgroup.procs"))).ShouldContain($"{service.Id}");
        var group = own.Groups.Of(new ProcessMark(shed.Id.ToString(), 1))!;
        group.Find().Count.ShouldBeGreaterThanOrEqualTo(4);

        await service.KillAsync();
        service.Group = Path.Combine(own.Root, "service");
        await service.StartAsync();
        (await service.UntilAsync(kept.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        service.Peers.LogOf(kept.Id).ShouldBe("up\ndone\n");
        (await service.Client.PostAsync($"{ServiceProcess.Jobs}/{shed.Id}/abort", null)).EnsureSuccessStatusCode();
        (await service.UntilAsync(shed.Id, JobStatus.Aborted)).Attempts.ShouldHaveSingleItem();
        group.Exists.ShouldBeFalse();
        Directory.EnumerateDirectories(own.Root).ShouldHaveSingleItem().ShouldEndWith("/service");

        await service.KillAsync();
        Directory.Delete(service.Group);
    }
}
