using Marten;
using Marten.Linq.MatchesSql;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Serving;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Serving.Loading;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Serving.Endpoints;

/// <summary>Endpoints over HTTP, below <c>/api/v1/projects/{project}/endpoints</c>.</summary>
internal static class EndpointRoutes
{
    private sealed record AfterName(string Name);

    private sealed record AfterVersion(long Version);

    public static void MapModelEndpoints(this IEndpointRouteBuilder app)
    {
        var endpoints = app.MapGroup("/api/v1/projects/{project}/endpoints").WithTags("Endpoints");
        endpoints.MapGet("", List).WithName("ListEndpoints").WithSummary("Lists endpoints by name.");
        endpoints.MapGet("/{endpoint}", Get).WithName("GetEndpoint").WithSummary("Reads an endpoint: what it follows, what it serves, what it captured.");
        endpoints.MapPut("/{endpoint}", Deploy).WithName("DeployEndpoint")
            .WithSummary("Creates an endpoint, or points it to another model or alias without a failed request.");
        endpoints.MapDelete("/{endpoint}", Delete).WithName("DeleteEndpoint").WithSummary("Deletes an endpoint.");
        endpoints.MapGet("/{endpoint}/history", History).WithName("GetEndpointHistory").WithSummary("What happened to an endpoint, oldest first.");
    }

    public static void MapUsage(this IEndpointRouteBuilder inside) => inside.MapGet("/projects/{project}/usage", Usage);

    internal static async Task<Ok<Page<EndpointInfo>>> List(string project, PageRequest page, IServingStore store, EndpointTable table, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var query = session.Query<ModelEndpoint>().Where(endpoint => !endpoint.IsDeleted);
        if (page.After<AfterName>() is { } after) query = query.Where(endpoint => endpoint.MatchesSql("d.id > ?", ModelEndpoint.StreamOf(after.Name)));
        var found = await query.OrderBy(endpoint => endpoint.Id).Take(page.Limit + 1).ToListAsync(ct);
        return TypedResults.Ok(page.ToPage<EndpointInfo, AfterName>(
            [.. found.Select(endpoint => Info(table, project, endpoint))], info => new AfterName(info.Name)));
    }

    internal static async Task<Results<Ok<EndpointInfo>, ProblemHttpResult>> Get(
        string project, string endpoint, HttpContext context, IServingStore store, EndpointTable table, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<ModelEndpoint>(ModelEndpoint.StreamOf(endpoint), ct) is not { IsDeleted: false } state)
            return EndpointDecider.Unknown.ToProblem();
        EntityVersion.Write(context, state.Version);
        return TypedResults.Ok(Info(table, project, state));
    }

    internal static async Task<Results<Ok<EndpointInfo>, Created<EndpointInfo>, ProblemHttpResult>> Deploy(
        string project, string endpoint, DeployEndpoint body, EntityVersion match, Caller caller, HttpContext context, IServingStore store, ModelSource models,
        EndpointTable table, EndpointLoader loader, TimeProvider clock, CancellationToken ct)
    {
        if (!Names.IsLabel(endpoint)) return Malformed.ToProblem();
        if (await models.RefuseAsync(project, body.Model, body.Alias, ct) is { } refused) return refused.ToProblem();
        var command = new EndpointCommand.Deploy(endpoint, body.Model, body.Alias, body.CapturePredictions, caller.Name);
        var isNew = false;
        var written = await store.WriteAsync<ModelEndpoint, EndpointEvent>(
            caller, project, ModelEndpoint.StreamOf(endpoint),
            state =>
            {
                isNew = state is null or { IsDeleted: true };
                return EndpointDecider.Decide(command, state, clock.GetUtcNow());
            },
            ct, match.Expected);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        loader.Wake(new EndpointKey(project, endpoint));
        EntityVersion.Write(context, written.Version);
        var info = Info(table, project, written.State!) with { Version = written.Version };
        return isNew ? TypedResults.Created($"/api/v1/projects/{project}/endpoints/{endpoint}", info) : TypedResults.Ok(info);
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string project, string endpoint, EntityVersion match, Caller caller, IServingStore store, EndpointLoader loader, TimeProvider clock, CancellationToken ct)
    {
        var written = await store.WriteAsync<ModelEndpoint, EndpointEvent>(
            caller, project, ModelEndpoint.StreamOf(endpoint),
            state => EndpointDecider.Decide(new EndpointCommand.Delete(caller.Name), state, clock.GetUtcNow()), ct, match.Expected);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        loader.Wake(new EndpointKey(project, endpoint));
        return TypedResults.NoContent();
    }

    internal static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, string endpoint, PageRequest page, IServingStore store, CancellationToken ct)
    {
        var after = page.After<AfterVersion>()?.Version ?? 0;
        await using var session = store.OpenQuery(project);
        var entries = await session.ReadHistoryAsync(ModelEndpoint.StreamOf(endpoint), after, page.Limit + 1, ct);
        if (entries.Count == 0 && after == 0) return EndpointDecider.Unknown.ToProblem();
        return TypedResults.Ok(page.ToPage(entries, entry => new AfterVersion(entry.Version)));
    }

    internal static async Task<Ok<ProjectUsage>> Usage(string project, IServingStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return TypedResults.Ok(new ProjectUsage(new Dictionary<string, long>
        {
            ["endpoints"] = await session.Query<ModelEndpoint>().CountAsync(endpoint => !endpoint.IsDeleted, ct),
        }));
    }

    private static Rejection Malformed { get; } = Rejection.Malformed(
        "endpoint.name-malformed", "The name of an endpoint is a DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.", "endpoint");

    private static EndpointInfo Info(EndpointTable table, string project, ModelEndpoint endpoint)
    {
        var slot = table.Find(new EndpointKey(project, endpoint.Name));
        return endpoint.ToInfo(slot?.Captured ?? 0, slot?.Dropped ?? 0);
    }
}
