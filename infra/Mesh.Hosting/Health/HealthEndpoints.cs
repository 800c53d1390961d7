using System.Text.Json;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Hosting.Health;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can do its work. A bus that goes away makes it degraded, not unready.</summary>
public static class HealthEndpoints
{
    /// <summary>Maps both.</summary>
    public static void MapMeshHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).AllowAnonymousCaller();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready"), ResponseWriter = WriteAsync })
            .AllowAnonymousCaller();
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        var checks = report.Entries.ToDictionary(entry => entry.Key, entry => Word(entry.Value.Status));
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { status = Word(report.Status), checks }));
    }

    private static string Word(HealthStatus status) => status.ToString().ToLowerInvariant();
}
