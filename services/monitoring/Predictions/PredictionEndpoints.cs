using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Monitoring.Predictions;

/// <summary>The HTTP surface of captured predictions.</summary>
internal static class PredictionEndpoints
{
    private const int MostBytes = 64 << 20;

    /// <summary>For everybody with a role.</summary>
    public static void MapPredictions(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/projects/{project}/predictions", List).WithName("ListPredictions").WithTags("Monitoring");

    /// <summary>For the serving service.</summary>
    public static void MapCapture(this IEndpointRouteBuilder app) =>
        app.MapPost("/projects/{project}/predictions", Capture).WithMaxBody(MostBytes);

    internal static async Task<Results<Ok<StoredBatch>, ProblemHttpResult>> Capture(string project, HttpRequest request, PredictionStore store, CancellationToken ct)
    {
        if (!Names.IsLabel(project)) return Rejection.Malformed("project.invalid", "The project is no DNS label.").ToProblem();
        if (request.ContentType != PredictionFrames.ContentType || request.ContentLength is not { } length)
            return Rejection.Malformed("body.media-type", $"The body must be {PredictionFrames.ContentType}, its length stated.").ToProblem();
        using var batch = await CapturedBatch.ReadAsync(request.Body, (int)length, ct);
        return TypedResults.Ok(await store.StoreAsync(project, batch, ct));
    }

    internal static async Task<Results<Ok<Page<PredictionRecord>>, ProblemHttpResult>> List(
        string project, PageRequest page, PredictionQuery predictions, string? endpoint, string? from, string? to, string? modelVersion, CancellationToken ct)
    {
        if (endpoint is not null && !Names.IsLabel(endpoint)) return QueryTime.Wrong("endpoint", "the name of an endpoint").ToProblem();
        if (QueryTime.Read("from", from, out var after) is { } badFrom) return badFrom.ToProblem();
        if (QueryTime.Read("to", to, out var before) is { } badTo) return badTo.ToProblem();
        var version = 0;
        if (modelVersion is not null && !int.TryParse(modelVersion, NumberStyles.None, CultureInfo.InvariantCulture, out version))
            return QueryTime.Wrong("modelVersion", "a whole number").ToProblem();
        var filter = new PredictionFilter(endpoint, after, before, modelVersion is null ? null : version);
        var rows = await predictions.ListAsync(project, filter, page.Limit + 1, page.After<PredictionCursor>(), ct);
        return TypedResults.Ok(page.ToPage(rows, row => new PredictionCursor(row.EventTime, row.Id)));
    }
}
