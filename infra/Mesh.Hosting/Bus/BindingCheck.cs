using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Hosting.Bus;

/// <summary>
/// Whether the queues of this process have been bound: until then, what is published would pass its consumers by. Once they are, a broker that goes
/// away changes nothing: what is bound stays bound, and the service works without it.
/// </summary>
internal sealed class BindingCheck(BusTopology topology) : IReceiveEndpointObserver, IHealthCheck
{
    private readonly ConcurrentDictionary<string, bool> _awaited = new(topology.Consumers.Select(consumer => KeyValuePair.Create(consumer.Queue, true)));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_awaited.IsEmpty ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"{_awaited.Count} queues are not bound yet"));

    public Task Ready(ReceiveEndpointReady ready)
    {
        _awaited.TryRemove(ready.InputAddress.AbsolutePath.Split('/')[^1], out _);
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;
}
