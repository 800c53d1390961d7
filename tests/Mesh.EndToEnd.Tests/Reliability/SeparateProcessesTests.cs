using Mesh.Contracts.Projects;
using Mesh.EndToEnd.Tests.Load;
using Mesh.EndToEnd.Tests.Running;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>Separate services on real PostgreSQL and RabbitMQ, under a steady load, while everything is killed in turn.</summary>
[Collection("one mesh at a time")]
public sealed class SeparateProcessesTests
{
    private const string Project = "reliability";

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_doubled_whatever_is_killed()
    {
        await using var broker = await RabbitMqBroker.LaunchAsync();
        await using var mesh = await MeshUnderTest.SeparateAsync(broker.Address);
        await using var outsider = await OutsideSubscriber.ListenAsync(broker.Address, "run.*");
        using var client = mesh.Client(TimeSpan.FromMinutes(2));
        await client.Projects.CreateAsync(new CreateProject(Project));
        var project = client.Project(Project);
        await using var predictions = await PredictionLoad.StartAsync(project);
        await using var load = new SteadyLoad(client, Project);

        foreach (var service in (string[])["projects", "tracking", "artifacts", "functions", "serving", "monitoring", "gateway"])
        {
            await load.GoesOnAsync(runs: 8, jobs: 2);
            await mesh.KillAsync(service);
        }

        await load.GoesOnAsync(runs: 8, jobs: 2);
        await broker.StopAsync();
        await Task.WhenAll(load.GoesOnAsync(runs: 8, jobs: 2), Task.Delay(TimeSpan.FromSeconds(20)));
        await broker.StartAsync();
        await load.GoesOnAsync(runs: 8, jobs: 2);
        await mesh.KillPostgresAsync();
        await load.GoesOnAsync(runs: 8, jobs: 2);
        await predictions.StopAsync();
        await load.StopAsync();

        try
        {
            Promises.NothingRightWasRefused(load);
            await Promises.EveryRunIsThereOnceAsync(project, load);
            await Promises.EveryJobEndsAsync(project, load);
            await Promises.TheJournalIsWholeAsync(project, load);
            await Promises.TheOutsiderMissedNothingAsync(outsider, load);
            await Promises.NothingWasAppliedTwiceAsync(project, load);
            predictions.Refusals.ShouldBeEmpty();
            predictions.Answered.ShouldBeGreaterThan(100);
        }
        catch (Exception e) when (e is ShouldAssertException or TimeoutException)
        {
            throw new InvalidOperationException($"{e.Message}\n{mesh.Said()}", e);
        }
    }
}
