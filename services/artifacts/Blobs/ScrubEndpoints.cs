using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Blobs;

/// <summary>What reading blobs again has found.</summary>
internal static class ScrubEndpoints
{
    private const int Most = 10_000;

    public static void MapDamage(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/projects/{project}/blobs/damage", List).WithTags("Blobs").WithName("ListDamagedBlobs")
        .WithSummary("Lists the project's blobs whose stored bytes are damaged or missing. Uploading the same content again heals one.");

    /// <summary>For who looks after the platform: reads at most <c>limit</c> blobs now, the longest unread first.</summary>
    public static void MapScrub(this IEndpointRouteBuilder inside) => inside.MapPost("/blobs/scrub", Run);

    private sealed record AfterDigest(string Digest);

    internal static async Task<Ok<Page<DamagedBlob>>> List(string project, PageRequest page, BlobScrub scrub, CancellationToken ct) => TypedResults.Ok(
        page.ToPage(await scrub.DamagedAsync(project, page.After<AfterDigest>()?.Digest ?? "", page.Limit + 1, ct), blob => new AfterDigest(blob.Digest)));

    internal static async Task<Results<Ok<ScrubReport>, ProblemHttpResult>> Run(int? limit, BlobScrub scrub, CancellationToken ct) =>
        await scrub.RunAsync(TimeSpan.Zero, Math.Clamp(limit ?? Most, 1, Most), ct) is { } report
            ? TypedResults.Ok(report)
            : Rejection.Conflict("scrub.running", "Blobs are being read again at this moment.").ToProblem();
}
