using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Projects.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Projects.Projects;

/// <summary>The HTTP surface of projects.</summary>
internal static class ProjectEndpoints
{
    internal static void MapProjects(this IEndpointRouteBuilder app)
    {
        var all = app.MapGroup("/api/v1/projects").WithTags("Projects");
        all.MapPost("", Create).WithName("CreateProject").ProducesProblem(409);
        all.MapGet("", List).WithName("ListProjects");
        var one = all.MapGroup("/{project}");
        one.MapGet("", Get).WithName("GetProject").ProducesProblem(404);
        one.MapPatch("", Describe).RequireRole(Role.Admin).WithName("DescribeProject").ProducesProblem(409).ProducesProblem(412);
        one.MapDelete("", Delete).RequireRole(Role.Owner).WithName("DeleteProject").ProducesProblem(409).ProducesProblem(503);
        one.MapPost("/archive", Archive).RequireRole(Role.Owner).WithName("ArchiveProject");
        one.MapPost("/restore", Restore).RequireRole(Role.Owner).WithName("RestoreProject");
        one.MapGet("/history", History).WithName("GetProjectHistory");
    }

    internal static void MapInternalProjects(this IEndpointRouteBuilder app)
    {
        app.MapGet("/projects/{project}", Get);
        app.MapGet("/projects/{project}/usage", Usage);
    }

    private static async Task<Results<Created<ProjectInfo>, ProblemHttpResult>> Create(
        CreateProject body, Caller caller, IdempotencyKey key, IProjectsStore store, TokenQueries tokens, TimeProvider clock, HttpContext context, CancellationToken ct)
    {
        if (caller.Kind is CallerKind.Job) return Rejection.Forbidden("access.users-only", "A job works in its own project and creates none.").ToProblem();
        var maker = await tokens.MakerAsync(caller, ct);
        if (maker.Role < Role.Editor) return Rejection.Forbidden("access.role", "Your token may only read.").ToProblem();
        if (maker.Projects is { } mine && !mine.Contains(body.Name, StringComparer.Ordinal))
            return Rejection.Forbidden("token.scope", $"Your token is good for {string.Join(", ", mine)} only.").ToProblem();

        var request = key.Value is null ? null : $"{key.Id(caller, body.Name, "projects"):N}:{key.Fingerprint(body)}";
        var command = new ProjectCommand.Create(body.Name, body.Description, body.Labels, caller.Name, request);
        var written = await store.WriteAsync<Project, ProjectEvent>(
            caller, body.Name, body.Name, project => ProjectDecider.Decide(command, project, clock.GetUtcNow()), ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        EntityVersion.Write(context, written.Version);
        return TypedResults.Created($"/api/v1/projects/{body.Name}", written.State!.ToInfo());
    }

    private static async Task<Ok<Page<ProjectInfo>>> List(Caller caller, PageRequest page, ProjectQueries queries, TokenQueries tokens, CancellationToken ct)
    {
        var maker = await tokens.MakerAsync(caller, ct);
        var member = maker.PlatformAdmin || caller.Kind is not CallerKind.User ? null : caller.Name;
        var found = await queries.ListAsync(member, maker.Projects, page.After<ProjectCursor>()?.Name, page.Limit + 1, ct);
        return TypedResults.Ok(page.ToPage([.. found.Select(project => project.ToInfo())], project => new ProjectCursor(project.Name)));
    }

    private static async Task<Results<Ok<ProjectInfo>, ProblemHttpResult>> Get(string project, IProjectsStore store, HttpContext context, CancellationToken ct)
    {
        if (await LoadAsync(store, project, ct) is not { } found) return ProjectDecider.Unknown(project).ToProblem();
        EntityVersion.Write(context, found.Version);
        return TypedResults.Ok(found.ToInfo());
    }

    private static Task<Results<Ok<ProjectInfo>, ProblemHttpResult>> Describe(
        string project, DescribeProject body, Caller caller, EntityVersion version, IProjectsStore store, TimeProvider clock, HttpContext context, CancellationToken ct) =>
        ChangeAsync(project, new ProjectCommand.Describe(body.Description, body.Labels), caller, version, store, clock, context, ct);

    private static Task<Results<Ok<ProjectInfo>, ProblemHttpResult>> Archive(
        string project, Caller caller, EntityVersion version, IProjectsStore store, TimeProvider clock, HttpContext context, CancellationToken ct) =>
        ChangeAsync(project, new ProjectCommand.Archive(), caller, version, store, clock, context, ct);

    private static Task<Results<Ok<ProjectInfo>, ProblemHttpResult>> Restore(
        string project, Caller caller, EntityVersion version, IProjectsStore store, TimeProvider clock, HttpContext context, CancellationToken ct) =>
        ChangeAsync(project, new ProjectCommand.Restore(), caller, version, store, clock, context, ct);

    private static async Task<Results<Ok<ProjectInfo>, ProblemHttpResult>> ChangeAsync(
        string project, ProjectCommand command, Caller caller, EntityVersion version, IProjectsStore store, TimeProvider clock, HttpContext context, CancellationToken ct)
    {
        var written = await store.WriteAsync<Project, ProjectEvent>(
            caller, project, project, state => ProjectDecider.Decide(command, state, clock.GetUtcNow()), ct, version.Expected);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        EntityVersion.Write(context, written.Version);
        return TypedResults.Ok(written.State!.ToInfo());
    }

    /// <summary>
    /// 202: the services purge in the background, and the project is gone when reading it answers 404. Without cascade what is known to hold something
    /// is refused at once; else the project is closed, asked again in the background, and only then deleted: what is made in between would be lost.
    /// </summary>
    private static async Task<Results<Accepted<ProjectInfo>, ProblemHttpResult>> Delete(
        string project, Caller caller, EntityVersion version, IProjectsStore store, ProjectUsages usages, TimeProvider clock, CancellationToken ct, bool cascade = false)
    {
        if (await LoadAsync(store, project, ct) is not { } current) return ProjectDecider.Unknown(project).ToProblem();
        if (!cascade && current.Stage is not (ProjectStage.Closing or ProjectStage.Deleting) && await usages.RefusalAsync(current, ct) is { } refusal) return refusal.ToProblem();
        var written = await store.WriteAsync<Project, ProjectEvent>(
            caller, project, project, state => ProjectDecider.Decide(new ProjectCommand.RequestDeletion(cascade, caller.Name), state, clock.GetUtcNow()), ct, version.Expected);
        return written.Rejected is { } rejected
            ? rejected.ToProblem()
            : TypedResults.Accepted($"/api/v1/projects/{project}", written.State!.ToInfo());
    }

    private static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(string project, PageRequest page, Caller caller, IProjectsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Project>(project, ct) is not { Stage: not ProjectStage.Purged } current) return ProjectDecider.Unknown(project).ToProblem();
        // What an earlier project of this name did is nobody's business now.
        var after = Math.Max(current.PastVersion, page.After<HistoryCursor>()?.Version ?? 0);
        var entries = await session.ReadHistoryAsync(project, after, page.Limit + 1, ct);
        var found = page.ToPage(entries, entry => new HistoryCursor(entry.Version));
        // The names of secrets are for editors.
        return TypedResults.Ok(caller.Has(Role.Editor, project)
            ? found
            : found with { Items = [.. found.Items.Where(entry => !entry.Type.StartsWith("project.secret-", StringComparison.Ordinal))] });
    }

    private static async Task<Ok<ProjectUsage>> Usage(string project, IProjectsStore store, CancellationToken ct) =>
        TypedResults.Ok(ProjectUsages.Own(await LoadAsync(store, project, ct)));

    /// <summary>The project, or null when there is none of that name.</summary>
    internal static async Task<Project?> LoadAsync(IProjectsStore store, string project, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<Project>(project, ct) is { Stage: not ProjectStage.Purged } found ? found : null;
    }

    private sealed record ProjectCursor(string Name);

    private sealed record HistoryCursor(long Version);
}
