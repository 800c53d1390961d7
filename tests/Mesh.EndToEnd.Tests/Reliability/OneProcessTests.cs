using Mesh.Contracts.Projects;
using Mesh.EndToEnd.Tests.Load;
using Mesh.EndToEnd.Tests.Running;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>The laptop's one process, under a steady load, killed and started again on the same data.</summary>
[Collection("one mesh at a time")]
public sealed class OneProcessTests
{
    private const string Project = "reliability";

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_doubled_when_the_one_process_is_killed()
    {
        await using var mesh = await MeshUnderTest.OneProcessAsync();
        using var client = mesh.Client(TimeSpan.FromMinutes(2));
        await client.Projects.CreateAsync(new CreateProject(Project));
        var project = client.Project(Project);
        await using var load = new SteadyLoad(client, Project);
        for (var round = 0; round < 3; round++)
        {
            await load.GoesOnAsync(runs: 10, jobs: 2);
            await mesh.KillMainAsync();
            await mesh.StartAsync();
        }

        await load.GoesOnAsync(runs: 10, jobs: 2);
        await mesh.KillPostgresAsync();
        await load.GoesOnAsync(runs: 10, jobs: 2);
        await load.StopAsync();

        try
        {
            Promises.NothingRightWasRefused(load);
            await Promises.EveryRunIsThereOnceAsync(project, load);
            await Promises.EveryJobEndsAsync(project, load);
            await Promises.TheJournalIsWholeAsync(project, load);
            await Promises.NothingWasAppliedTwiceAsync(project, load);
        }
        catch (Exception e) when (e is ShouldAssertException or TimeoutException)
        {
            throw new InvalidOperationException($"{e.Message}\n{mesh.Said()}", e);
        }
    }
}
