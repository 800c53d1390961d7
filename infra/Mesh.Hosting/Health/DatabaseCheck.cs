using Mesh.Hosting.Store;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Mesh.Hosting.Health;

/// <summary>Whether the service's database answers.</summary>
internal sealed class DatabaseCheck(ServiceDatabase database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.DataSource.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
