using Mesh.EndToEnd.Tests.Running;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>The laptop's one process, under a steady load, killed and started again on the same data.</summary>
[Collection("one mesh at a time")]
public sealed class OneProcessTests
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_doubled_when_the_one_process_is_killed()
    {
        await using var mesh = await MeshUnderTest.OneProcessAsync();
        await using var work = await MeshUnderLoad.StartAsync(mesh);
        await work.GoesOnAsync();
        for (var round = 0; round < 3; round++) await work.KillMainAsync();
        await work.KillPostgresAsync();
        await work.KeepsItsPromisesAsync();
    }
}
