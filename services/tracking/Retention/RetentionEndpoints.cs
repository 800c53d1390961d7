using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Retention;

/// <summary>How long a project keeps its deleted runs, and their purge at once.</summary>
internal static class RetentionEndpoints
{
    public static void MapRetention(this IEndpointRouteBuilder app)
    {
        var project = app.MapGroup("/api/v1/projects/{project}").WithTags("Retention");
        project.MapGet("/retention", Get).WithName("GetRetention").WithSummary("How long deleted runs are kept");
        project.MapPut("/retention", Set).WithName("SetRetention").RequireRole(Role.Admin)
            .WithSummary("Sets how long deleted runs are kept; null: for ever").ProducesProblem(400);
        project.MapPost("/runs/purge", Purge).WithName("PurgeRuns").RequireRole(Role.Admin)
            .WithSummary("Ends deleted runs for good; dryRun=true only counts them").ProducesProblem(400).ProducesProblem(409);
    }

    internal static async Task<Ok<RetentionInfo>> Get(string project, ITrackingStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return TypedResults.Ok(Show(await session.LoadAsync<RetentionPolicy>(RetentionPolicy.Only, ct)));
    }

    internal static async Task<Ok<RetentionInfo>> Set(
        string project, SetRetention body, Caller caller, ITrackingStore store, TimeProvider clock, CancellationToken ct)
    {
        await using var session = store.OpenSession(caller, project);
        var policy = new RetentionPolicy { PurgeDeletedAfterDays = body.PurgeDeletedAfterDays, SetBy = caller.Name, SetAt = clock.GetUtcNow() };
        session.Store(policy);
        await session.SaveChangesAsync(ct);
        return TypedResults.Ok(Show(policy));
    }

    internal static async Task<Results<Ok<PurgedRuns>, ProblemHttpResult>> Purge(
        string project, PurgeRuns body, bool? dryRun, Caller caller, RunPurge purge, CancellationToken ct)
    {
        var dry = dryRun == true;
        if (body.Runs is { } ids)
        {
            var (purged, rejected) = await purge.ByIdAsync(caller, project, [.. ids.Distinct()], dry, ct);
            return rejected is null ? TypedResults.Ok(purged!) : rejected.ToProblem();
        }

        var before = body.DeletedBefore!.Value;
        var count = dry ? await purge.CountAsync(project, before, ct) : await purge.BeforeAsync(caller, project, before, ct);
        return TypedResults.Ok(new PurgedRuns(count, dry, []));
    }

    private static RetentionInfo Show(RetentionPolicy? policy) =>
        policy is null ? new RetentionInfo(null) : new RetentionInfo(policy.PurgeDeletedAfterDays, policy.SetBy, policy.SetAt);
}
