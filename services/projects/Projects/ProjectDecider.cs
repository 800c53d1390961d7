using System.Collections.Immutable;
using Mesh.Contracts;
using Mesh.Hosting.Decisions;

namespace Mesh.Projects.Projects;

/// <summary>The rules of a project's life, its members and the names of its secrets.</summary>
internal static class ProjectDecider
{
    internal const int MaxMembers = 1000;
    internal const int MaxSecrets = 200;

    internal static Decision<ProjectEvent> Decide(ProjectCommand command, Project? project, DateTimeOffset now) => (command, project) switch
    {
        (ProjectCommand.Create c, null or { Stage: ProjectStage.Purged }) => Create(c, project?.Version ?? 0, now),
        (ProjectCommand.Create c, { } p) when p.CreatedBy == c.By && c.RequestId is not null && p.RequestId == c.RequestId => Decision<ProjectEvent>.Nothing,
        (ProjectCommand.Create c, _) => Rejection.Conflict("project.exists", $"There is a project '{c.Name}' already.", "name"),

        (ProjectCommand.ConfirmPurge, { Stage: ProjectStage.Purged }) => Decision<ProjectEvent>.Nothing,
        (ProjectCommand.ConfirmPurge, { Stage: ProjectStage.Deleting }) => new ProjectEvent.Purged(now),

        (_, null or { Stage: ProjectStage.Purged }) => Unknown(project?.Id),

        (ProjectCommand.RequestDeletion, { Stage: ProjectStage.Deleting }) or (ProjectCommand.RequestDeletion { Cascade: false }, { Stage: ProjectStage.Closing }) =>
            Decision<ProjectEvent>.Nothing,
        (ProjectCommand.RequestDeletion { Cascade: true } c, _) => new ProjectEvent.DeletionRequested(true, c.By, now),
        (ProjectCommand.RequestDeletion c, _) => new ProjectEvent.DeletionAsked(c.By, now),
        (ProjectCommand.ConfirmEmpty, { Stage: ProjectStage.Closing } p) => new ProjectEvent.DeletionRequested(false, p.ClosedBy ?? p.CreatedBy, now),
        (ProjectCommand.WithdrawDeletion c, { Stage: ProjectStage.Closing }) => new ProjectEvent.DeletionWithdrawn(c.Reason, now),
        (ProjectCommand.ConfirmEmpty or ProjectCommand.WithdrawDeletion, _) => Decision<ProjectEvent>.Nothing,
        (ProjectCommand.RepeatDeletion c, { Stage: ProjectStage.Deleting }) => new ProjectEvent.DeletionRequested(true, c.By, now),
        (ProjectCommand.RepeatDeletion, _) => Decision<ProjectEvent>.Nothing,

        (_, { Stage: ProjectStage.Closing or ProjectStage.Deleting } p) => Rejection.Conflict("project.deleting", $"Project '{p.Id}' is being deleted."),

        (ProjectCommand.Archive, { Stage: ProjectStage.Archived }) => Decision<ProjectEvent>.Nothing,
        (ProjectCommand.Archive, _) => new ProjectEvent.Archived(now),
        (ProjectCommand.Restore, { Stage: ProjectStage.Active }) => Decision<ProjectEvent>.Nothing,
        (ProjectCommand.Restore, _) => new ProjectEvent.Restored(now),
        (ProjectCommand.ConfirmPurge, { } p) => Rejection.Conflict("project.not-deleting", $"Project '{p.Id}' has not been deleted."),

        (_, { Stage: ProjectStage.Archived } p) => Rejection.Conflict("project.archived", $"Project '{p.Id}' is archived; restore it first."),

        (ProjectCommand.Describe c, { } p) => Describe(c, p, now),
        (ProjectCommand.SetMember c, { } p) => SetMember(c, p, now),
        (ProjectCommand.RemoveMember c, { } p) => RemoveMember(c, p, now),
        (ProjectCommand.SetSecret c, { } p) when !p.Secrets.ContainsKey(c.Name) && p.Secrets.Count >= MaxSecrets =>
            Rejection.Unprocessable("secret.too-many", $"A project holds at most {MaxSecrets} secrets."),
        (ProjectCommand.SetSecret c, _) => new ProjectEvent.SecretSet(c.Name, c.By, now),
        (ProjectCommand.DeleteSecret c, { } p) when !p.Secrets.ContainsKey(c.Name) =>
            Rejection.NotFound("secret.unknown", $"There is no secret '{c.Name}' in project '{p.Id}'."),
        (ProjectCommand.DeleteSecret c, _) => new ProjectEvent.SecretDeleted(c.Name, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Not a command of a project."),
    };

    internal static Rejection Unknown(string? name) =>
        Rejection.NotFound("project.unknown", name is null ? "There is no such project, or you are no member of it." : $"There is no project '{name}', or you are no member of it.");

    private static Decision<ProjectEvent> Create(ProjectCommand.Create c, long pastVersion, DateTimeOffset now) => Decision<ProjectEvent>.Of(
        new ProjectEvent.Created(c.Name, c.Description, c.Labels ?? ImmutableSortedDictionary<string, string>.Empty, c.By, now, pastVersion, c.RequestId),
        new ProjectEvent.MemberSet(c.By, Role.Owner, now));

    private static Decision<ProjectEvent> Describe(ProjectCommand.Describe c, Project project, DateTimeOffset now)
    {
        var description = c.Description == project.Description ? null : c.Description;
        var labels = c.Labels is not null && Same(c.Labels, project.Labels) ? null : c.Labels;
        return description is null && labels is null ? Decision<ProjectEvent>.Nothing : new ProjectEvent.Described(description, labels, now);
    }

    private static Decision<ProjectEvent> SetMember(ProjectCommand.SetMember c, Project project, DateTimeOffset now)
    {
        var current = project.RoleOf(c.User);
        if (c.ByRole < Role.Admin) return Rejection.Forbidden("role.too-low", "Only an admin or owner of the project changes its members.");
        if (c.Role is Role.None || !Enum.IsDefined(c.Role)) return Rejection.Unprocessable("role.invalid", "A member's role is viewer, editor, admin or owner.", "role");
        if (current == c.Role) return Decision<ProjectEvent>.Nothing;
        if ((c.Role is Role.Owner || current is Role.Owner) && c.ByRole < Role.Owner) return OwnersOnly;
        if (current is Role.Owner && IsLastOwner(project, c.User)) return LastOwner(c.User);
        if (current is Role.None && project.Members.Count >= MaxMembers)
            return Rejection.Unprocessable("member.too-many", $"A project has at most {MaxMembers} members.");
        return new ProjectEvent.MemberSet(c.User, c.Role, now);
    }

    private static Decision<ProjectEvent> RemoveMember(ProjectCommand.RemoveMember c, Project project, DateTimeOffset now)
    {
        var current = project.RoleOf(c.User);
        if (c.ByRole < Role.Admin && c.User != c.By) return Rejection.Forbidden("role.too-low", "Only an admin or owner of the project removes others from it.");
        if (current is Role.None) return Rejection.NotFound("member.unknown", $"'{c.User}' is no member of project '{project.Id}'.");
        if (current is Role.Owner && c.ByRole < Role.Owner) return OwnersOnly;
        if (current is Role.Owner && IsLastOwner(project, c.User)) return LastOwner(c.User);
        return new ProjectEvent.MemberRemoved(c.User, now);
    }

    private static bool IsLastOwner(Project project, string user) =>
        project.Members.All(member => member.Key == user || member.Value.Role is not Role.Owner);

    private static bool Same(IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) =>
        a.Count == b.Count && a.All(pair => b.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static Rejection OwnersOnly => Rejection.Forbidden("member.owners-only", "Only an owner makes, lowers or removes an owner.");

    private static Rejection LastOwner(string user) => Rejection.Conflict("member.last-owner", $"'{user}' is the last owner: name another owner first.");
}
