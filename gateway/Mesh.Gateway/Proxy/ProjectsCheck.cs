using Mesh.Hosting.Clients;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Gateway.Proxy;

/// <summary>Whether the projects service answers: without it the gateway lets nobody in.</summary>
internal sealed class ProjectsCheck([FromKeyedServices(GatewayModule.ServiceName)] ServiceClient services) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/health/ready");
            using var response = await services.SendAsync(request, "projects", ct: limited.Token);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is ServiceCallException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The projects service does not answer.");
        }
    }
}
