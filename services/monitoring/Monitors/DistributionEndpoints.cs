using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Monitoring.Drift;
using Mesh.Monitoring.Predictions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Monitoring.Monitors;

/// <summary>The HTTP surface of distributions.</summary>
internal static class DistributionEndpoints
{
    public static void MapDistributions(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/projects/{project}/monitors/{endpoint}/distributions", Get).WithName("GetFeatureDistributions").WithTags("Monitoring")
            .WithSummary("Rows of a version, the served one unless said, beside its training data, feature by feature: those of the last closed window, or of at most 31 days of event time")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);

    internal static async Task<Results<Ok<FeatureDistributions>, ProblemHttpResult>> Get(
        string project, string endpoint, string? from, string? to, int? modelVersion, IMonitoringStore store, Distributions distributions, CancellationToken ct)
    {
        if (QueryTime.Read("from", from, out var begin) is { } badFrom) return badFrom.ToProblem();
        if (QueryTime.Read("to", to, out var end) is { } badTo) return badTo.ToProblem();
        if (begin is null != end is null) return QueryTime.Wrong(begin is null ? "from" : "to", "given, as the other end is").ToProblem();
        if (await store.FindMonitorAsync(project, endpoint, ct) is not { } monitor) return MonitorDecider.Unknown(endpoint).ToProblem();
        if (modelVersion is { } other) monitor = monitor with { ModelVersion = other };
        if ((begin is { } first && end is { } last ? new EventWindow(EventSecond.Begin(first), EventSecond.End(last)) : monitor.LastWindowOf(monitor.ModelVersion)) is not { } span)
        {
            return Rejection.Conflict(
                "monitor.no-window", $"No window of version {monitor.ModelVersion} has closed yet: say 'from' and 'to', or another 'modelVersion'.", "modelVersion").ToProblem();
        }

        if (span.From >= span.To) return QueryTime.Wrong("from", "before 'to'").ToProblem();
        if (begin is not null && span.To - span.From > Distributions.Longest)
            return QueryTime.Wrong("from", $"at most {Distributions.Longest.Days} days before 'to'").ToProblem();
        return await distributions.CountAsync(project, monitor, span, ct) is { } counted
            ? TypedResults.Ok(counted)
            : Rejection.Conflict(
                "monitor.no-reference", $"Version {monitor.ModelVersion} of '{monitor.Model}' has no training statistics to compare with: register them with a version.").ToProblem();
    }
}
