using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mesh.Hosting.Telemetry;

/// <summary>Traces through gateway, bus and store; metrics for Prometheus; all signals by OTLP where an exporter is configured.</summary>
public static class TelemetryRegistration
{
    /// <summary>Whether spans, metrics and logs go to a collector.</summary>
    public static bool IsExported(IConfiguration configuration) => !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>Adds OpenTelemetry under the given service name. OTLP is on when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
    public static void AddMeshTelemetry(this WebApplicationBuilder builder, string service)
    {
        var exported = IsExported(builder.Configuration);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService($"mesh-{service}", serviceVersion: typeof(TelemetryRegistration).Assembly.GetName().Version?.ToString()))
            .WithMetrics(metrics => metrics
                .AddMeter(MeshMetrics.MeterName, "Marten", "MassTransit", "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddPrometheusExporter());
        if (!exported) return;
        telemetry.WithTracing(traces => traces
            .SetSampler(new ParentBasedSampler(new AlwaysOnSampler()))
            .AddSource(MeshActivity.SourceName, "Marten", "MassTransit", "Npgsql", "Yarp.ReverseProxy")
            .AddAspNetCoreInstrumentation(http => http.Filter = context => !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
            .AddHttpClientInstrumentation());
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeScopes = true;
            logs.IncludeFormattedMessage = true;
        });
        telemetry.UseOtlpExporter();
    }
}
