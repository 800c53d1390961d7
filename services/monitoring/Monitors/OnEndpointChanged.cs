using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Serving;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Purge;

namespace Mesh.Monitoring.Monitors;

/// <summary>Keeps monitors in step with endpoints: made when one is deployed, judged by what it serves, gone when it is deleted.</summary>
internal sealed class OnEndpointChanged(ProjectPurge purge, TimeProvider clock) : IEventConsumer
{
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        MonitorCommand? command = e.Type switch
        {
            "endpoint.deployed" => e.DataAs<EndpointDeployed>() is var deployed ? new MonitorCommand.Deploy(deployed.Endpoint, deployed.Model, e.Time) : null,
            "endpoint.version-served" => e.DataAs<EndpointVersionServed>() is var served
                ? new MonitorCommand.Serve(served.Endpoint, served.Model, served.ModelVersion, e.Time) : null,
            "endpoint.deleted" => new MonitorCommand.Remove(),
            _ => null,
        };
        if (command is null || await purge.DeletedAtAsync(e.Project, ct) >= e.Time) return;
        await session.DecideAsync<EndpointMonitor, MonitorEvent>(
            EndpointMonitor.StreamOf(e.Subject), state => MonitorDecider.Decide(command, state, clock.GetUtcNow()), ct);
    }
}
