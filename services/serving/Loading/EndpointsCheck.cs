using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Serving.Loading;

/// <summary>Keeps a replica out of rotation until it has tried to load every endpoint once.</summary>
internal sealed class EndpointsCheck(EndpointTable table) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!table.Listed.IsCompleted) return Task.FromResult(HealthCheckResult.Unhealthy("endpoints are not listed yet"));
        var open = table.FirstSlots.Count(slot => !slot.Settled.IsCompleted);
        return Task.FromResult(open == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"{open} endpoints are still loading"));
    }
}
