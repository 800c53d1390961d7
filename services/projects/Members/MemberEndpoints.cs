using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Projects.Projects;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Projects.Members;

/// <summary>Who may do what in a project.</summary>
internal static class MemberEndpoints
{
    internal static void MapMembers(this IEndpointRouteBuilder app)
    {
        var members = app.MapGroup("/api/v1/projects/{project}/members").WithTags("Members");
        members.MapGet("", List).WithName("ListMembers");
        members.MapPut("/{user}", Set).RequireRole(Role.Admin).WithName("SetMember").ProducesProblem(409);
        // Any member may leave; who removes others is the decider's rule.
        members.MapDelete("/{user}", Remove).RequireRole(Role.Viewer).WithName("RemoveMember").ProducesProblem(409);
    }

    private static async Task<Results<Ok<Page<Member>>, ProblemHttpResult>> List(string project, PageRequest page, IProjectsStore store, CancellationToken ct)
    {
        if (await ProjectEndpoints.LoadAsync(store, project, ct) is not { } found) return ProjectDecider.Unknown(project).ToProblem();
        var after = page.After<MemberCursor>()?.User ?? "";
        var rows = found.Members
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .Where(member => string.CompareOrdinal(member.Key, after) > 0)
            .Take(page.Limit + 1)
            .Select(member => new Member(member.Key, member.Value.Role, member.Value.Since));
        return TypedResults.Ok(page.ToPage([.. rows], member => new MemberCursor(member.User)));
    }

    private static async Task<Results<Ok<Member>, ProblemHttpResult>> Set(
        string project, string user, SetMember body, Caller caller, EntityVersion version, IProjectsStore store, TimeProvider clock, CancellationToken ct)
    {
        if (!Names.IsLabel(user)) return OutOfForm;
        var command = new ProjectCommand.SetMember(user, body.Role, RoleOf(caller));
        var written = await store.WriteAsync<Project, ProjectEvent>(
            caller, project, project, state => ProjectDecider.Decide(command, state, clock.GetUtcNow()), ct, version.Expected);
        return written.Rejected is { } rejected
            ? rejected.ToProblem()
            : TypedResults.Ok(new Member(user, body.Role, written.State!.Members[user].Since));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string project, string user, Caller caller, EntityVersion version, IProjectsStore store, TimeProvider clock, CancellationToken ct)
    {
        if (!Names.IsLabel(user)) return OutOfForm;
        var command = new ProjectCommand.RemoveMember(user, caller.Name, RoleOf(caller));
        var written = await store.WriteAsync<Project, ProjectEvent>(
            caller, project, project, state => ProjectDecider.Decide(command, state, clock.GetUtcNow()), ct, version.Expected);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    private static Role RoleOf(Caller caller) => caller.PlatformAdmin ? Role.Owner : caller.Role;

    private static ProblemHttpResult OutOfForm =>
        Rejection.Malformed("user.invalid", "A user's name is a DNS label: 1 to 63 of a-z, 0-9 and '-'.", "user").ToProblem();

    private sealed record MemberCursor(string User);
}
