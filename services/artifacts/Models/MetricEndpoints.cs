using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Models;

/// <summary>Metrics of a version after its registration, at <c>…/models/{model}/versions/{version}/metrics</c>.</summary>
internal static class MetricEndpoints
{
    public static void MapModelMetrics(this IEndpointRouteBuilder app)
    {
        var metrics = app.MapGroup("/api/v1/projects/{project}/models/{model}/versions/{version}/metrics").WithTags("Models");
        metrics.MapPost("", Log).WithName("LogModelMetrics").WithSummary("Logs metrics of a version after its registration, such as of an evaluation on other data; what was measured last counts for gates and comparisons.");
        metrics.MapGet("", List).WithName("ListModelMetrics").WithSummary("All metrics that were logged of a version, named by number or @alias, last first, with who, when and on which data.");
    }

    internal static async Task<Results<Ok<ModelVersion>, ProblemHttpResult>> Log(
        string project, string model, int version, LogModelMetrics body, Caller caller, ModelRegistry registry, ModelReader reader, CancellationToken ct)
    {
        var written = await registry.LogMetricsAsync(caller, project, model, version, body.Metrics, ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        var (found, unknown) = await reader.VersionAsync(project, model, version, ct);
        return found is null ? unknown!.ToProblem() : TypedResults.Ok(found);
    }

    internal static async Task<Results<Ok<Page<ModelMetric>>, ProblemHttpResult>> List(
        string project, string model, string version, PageRequest page, ModelReader reader, MetricHistory history, CancellationToken ct)
    {
        var (found, rejected) = await reader.VersionAsync(project, model, version, ct);
        if (found is null || await reader.FindAsync(project, model, ct) is not { } state) return (rejected ?? ModelDecider.Unknown).ToProblem();
        return TypedResults.Ok(await history.ReadAsync(project, state.Id, found.Version, page, ct));
    }
}
