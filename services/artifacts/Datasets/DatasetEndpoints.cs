using System.Globalization;
using Mesh.Artifacts.Pointers;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Datasets;

/// <summary>Data sets over HTTP, below <c>/api/v1/projects/{project}/datasets</c>: what is in artifacts of that kind.</summary>
internal static class DatasetEndpoints
{
    /// <summary>The media type of a stream of Arrow IPC.</summary>
    public const string ArrowStream = "application/vnd.apache.arrow.stream";

    public static void MapDatasets(this IEndpointRouteBuilder app)
    {
        var datasets = app.MapGroup("/api/v1/projects/{project}/datasets").WithTags("Datasets");
        datasets.MapGet("", List).WithName("ListDatasets").WithSummary("Lists data sets by key, each with its newest version, and with its size in rows and columns once that is known.");
        datasets.MapGet("/{key}", Get).WithName("GetDataset").WithSummary("Reads the newest version of a data set with its profile: schema, rows, statistics, histograms.");
        datasets.MapGet("/{key}/versions/{version}", GetVersion).WithName("GetDatasetVersion").WithSummary("Reads a version of a data set, by number, 'latest' or @tag, with its profile.");
        datasets.MapGet("/{key}/versions/{version}/rows", Rows).WithName("ListDatasetRows").WithSummary("Reads rows of a data set in the order of the file, as arrays; ?columns=a,b picks columns, ?filter= rows.");
        datasets.MapGet("/{key}/versions/{version}/sample", Sample).WithName("SampleDataset").WithSummary("Reads rows of a data set by chance, 100 unless ?rows= says otherwise; the same ?seed= gives the same rows.");
        datasets.MapGet("/{key}/versions/{version}/diff", Diff).WithName("DiffDataset").WithSummary("Compares a version of a data set with ?against=, the version before it unless named: schema, rows, statistics, shift of every column.");
        datasets.MapGet("/{key}/versions/{version}/stream", Stream).WithName("StreamDataset").WithSummary("Streams all rows of a data set as Arrow IPC; ?columns=a,b picks columns, ?filter= rows.");
    }

    internal static async Task<Ok<Page<DatasetInfo>>> List(string project, string? prefix, string? text, PageRequest page, DatasetCatalog catalog, CancellationToken ct) =>
        TypedResults.Ok(await catalog.ListAsync(project, prefix, text, page, ct));

    internal static async Task<Ok<DatasetVersion>> Get(string project, string key, DatasetCatalog catalog, CancellationToken ct) =>
        TypedResults.Ok(await catalog.DescribeAsync(project, key, Pointer.Latest, ct));

    internal static async Task<Ok<DatasetVersion>> GetVersion(string project, string key, string version, DatasetCatalog catalog, CancellationToken ct) =>
        TypedResults.Ok(await catalog.DescribeAsync(project, key, version, ct));

    internal static async Task<Ok<DatasetRows>> Rows(
        string project, string key, string version, string? columns, string? filter, long? offset, PageRequest page, DatasetCatalog catalog, DatasetReader reader, CancellationToken ct) =>
        TypedResults.Ok(await reader.PageAsync(await catalog.OpenAsync(project, key, version, ct), columns, filter, offset, page, ct));

    internal static async Task<Ok<DatasetSample>> Sample(
        string project, string key, string version, string? columns, int? rows, int? seed, DatasetCatalog catalog, DatasetReader reader, CancellationToken ct) =>
        TypedResults.Ok(await reader.SampleAsync(await catalog.OpenAsync(project, key, version, ct), columns, rows ?? 100, seed ?? 1, ct));

    internal static async Task<Ok<DatasetDiff>> Diff(
        string project, string key, string version, string? against, DatasetCatalog catalog, DatasetDiffer differ, CancellationToken ct)
    {
        var after = await catalog.OpenAsync(project, key, version, ct);
        var before = await catalog.OpenAsync(project, key, against ?? (after.Version.Version - 1).ToString(CultureInfo.InvariantCulture), ct);
        return TypedResults.Ok(await differ.CompareAsync(before, after, ct));
    }

    internal static async Task<PushStreamHttpResult> Stream(
        string project, string key, string version, string? columns, string? filter, HttpContext context, DatasetCatalog catalog, DatasetReader reader, CancellationToken ct)
    {
        var rows = await reader.StreamAsync(await catalog.OpenAsync(project, key, version, ct), columns, filter, ct);
        context.Response.RegisterForDisposeAsync(rows);
        // A stream that fails in the middle breaks off: without its end it is not taken for a whole one.
        return TypedResults.Stream(body => rows.WriteAsync(body, ct), ArrowStream);
    }
}
