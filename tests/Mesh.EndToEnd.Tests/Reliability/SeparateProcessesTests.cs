using Mesh.EndToEnd.Tests.Load;
using Mesh.EndToEnd.Tests.Running;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>Separate services on real PostgreSQL and RabbitMQ, under a steady load, while everything is killed in turn.</summary>
[Collection("one mesh at a time")]
public sealed class SeparateProcessesTests
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_doubled_whatever_is_killed()
    {
        await using var broker = await RabbitMqBroker.LaunchAsync();
        await using var outsider = await OutsideSubscriber.ListenAsync(broker.Address, "#");
        await using var mesh = await MeshUnderTest.SeparateAsync(broker.Address);
        await using var work = await MeshUnderLoad.StartAsync(mesh);
        await work.GoesOnAsync();
        foreach (var service in (string[])["projects", "tracking", "artifacts", "functions", "serving", "monitoring", "gateway"]) await work.KillAsync(service);
        await broker.StopAsync();
        await Task.WhenAll(work.GoesOnAsync(), Task.Delay(TimeSpan.FromSeconds(20)));
        await broker.StartAsync();
        await work.GoesOnAsync();
        await work.KillPostgresAsync();
        await work.KeepsItsPromisesAsync(outsider);
    }
}
