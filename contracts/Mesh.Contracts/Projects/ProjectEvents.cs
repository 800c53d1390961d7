using Mesh.Contracts.Events;

namespace Mesh.Contracts.Projects;

/// <summary>A project was created.</summary>
[EventType("project.created")]
public sealed record ProjectCreated(string Project, string CreatedBy, string? Description = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Project;
}

/// <summary>A project became read-only.</summary>
[EventType("project.archived")]
public sealed record ProjectArchived(string Project) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Project;
}

/// <summary>An archived project is in use again.</summary>
[EventType("project.restored")]
public sealed record ProjectRestored(string Project) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Project;
}

/// <summary>A project was deleted: every service purges what it holds of it.</summary>
[EventType("project.deleted")]
public sealed record ProjectDeleted(string Project, bool Cascade = false) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Project;
}

/// <summary>A member got a role, or lost it (<see cref="Role.None"/>).</summary>
[EventType("project.member-changed")]
public sealed record MemberChanged(string Project, string User, Role Role) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Project;
}

/// <summary>An access token was revoked.</summary>
[EventType("token.revoked")]
public sealed record TokenRevoked(Guid TokenId, string User) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => TokenId.ToString();
}
