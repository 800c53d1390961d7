using System.Text.Json;
using Mesh.Client.Tests.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Serving;
using Mesh.Testing;

namespace Mesh.Client.Tests.Monitoring;

public sealed class MonitorsClientTests(ClientMesh fixture)
{
    [Fact]
    public async Task What_changes_is_told_once_at_the_beginning_and_once_more_after_a_lost_connection()
    {
        var cutter = new Cutter();
        using var mesh = fixture.NewProject(cutter);
        var monitors = mesh.Project().Monitors;
        await DeployAsync(mesh.Options.Project!);
        await Eventually.Holds(async () => (await monitors.GetAsync("churn")).Model.ShouldBe("leavers"));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var changes = monitors.FollowAsync("churn", stop.Token).GetAsyncEnumerator(stop.Token);
        await NextAsync(ChangeKind.Traffic);
        await NextAsync(ChangeKind.Monitor);
        await monitors.ConfigureAsync("churn", new ConfigureMonitor(WindowSeconds: 60), stop.Token);
        await NextAsync(ChangeKind.Monitor);

        cutter.Cut();
        await NextAsync(ChangeKind.Traffic);
        await NextAsync(ChangeKind.Monitor);
        await monitors.ConfigureAsync("churn", new ConfigureMonitor(WindowSeconds: 120), stop.Token);
        await NextAsync(ChangeKind.Monitor);

        async Task NextAsync(ChangeKind kind)
        {
            (await changes.MoveNextAsync()).ShouldBeTrue();
            changes.Current.ShouldBe(kind);
        }
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_followed()
    {
        using var mesh = fixture.NewProject();
        (await Should.ThrowAsync<MeshException>(async () => await mesh.Project().Monitors.FollowAsync("none").FirstAsync())).Code.ShouldBe("monitor.unknown");
        (await Should.ThrowAsync<MeshException>(async () => await mesh.Project().Webhooks.FollowAsync("none").FirstAsync())).Code.ShouldBe("webhook.unknown");
    }

    private Task DeployAsync(string project)
    {
        var fact = new EndpointDeployed("churn", "leavers", "champion");
        return fixture.PublishAsync(new MeshEvent
        {
            Id = Guid.CreateVersion7(),
            Source = "/mesh/test",
            Type = "endpoint.deployed",
            Subject = "churn",
            Time = DateTimeOffset.UtcNow,
            Project = project,
            StreamVersion = 1,
            Data = JsonSerializer.SerializeToElement(fact, MeshJson.Tolerant),
        });
    }
}
