using System.Collections.Immutable;
using JasperFx;
using Mesh.Contracts;
using Mesh.Contracts.Projects;

namespace Mesh.Projects.Projects;

/// <summary>Where a project is in its life, as the store knows it: the last stage is not seen from outside.</summary>
public enum ProjectStage
{
    /// <summary>In use.</summary>
    Active,

    /// <summary>Read-only until restored.</summary>
    Archived,

    /// <summary>To be deleted if it is empty, which is being asked.</summary>
    Closing,

    /// <summary>Deleted; services are purging.</summary>
    Deleting,

    /// <summary>Nothing is left; the name is free.</summary>
    Purged,
}

/// <summary>A member's role and since when they have it.</summary>
public sealed record Membership(Role Role, DateTimeOffset Since);

/// <summary>When a secret got its value, and from whom.</summary>
public sealed record SecretMark(DateTimeOffset At, string By);

/// <summary>A project: a fold over its events, kept as an inline snapshot.</summary>
public sealed record Project : ILongVersioned
{
    /// <summary>Name, and key of the stream.</summary>
    public required string Id { get; init; }

    public string? Description { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ProjectStage Stage { get; init; }

    /// <summary>Whether it was archived before it was closed.</summary>
    public bool WasArchived { get; init; }

    /// <summary>Who asked for the deletion of a closed project.</summary>
    public string? ClosedBy { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Roles by user.</summary>
    public ImmutableSortedDictionary<string, Membership> Members { get; init; } = ImmutableSortedDictionary<string, Membership>.Empty;

    /// <summary>Secrets by name, never with their values.</summary>
    public ImmutableSortedDictionary<string, SecretMark> Secrets { get; init; } = ImmutableSortedDictionary<string, SecretMark>.Empty;

    /// <summary>Version of the stream at which the previous project of this name ended: history starts after it.</summary>
    public long PastVersion { get; init; }

    /// <summary>Of the request that created it, if it came with an idempotency key.</summary>
    public string? RequestId { get; init; }

    /// <summary>Version of the stream, set by the store.</summary>
    public long Version { get; set; }

    /// <summary>The user's role, <see cref="Role.None"/> if they are no member.</summary>
    public Role RoleOf(string user) => Members.TryGetValue(user, out var member) ? member.Role : Role.None;

    /// <summary>As it is answered.</summary>
    public ProjectInfo ToInfo() => new(Id, Description, Labels, Status, CreatedBy, CreatedAt, UpdatedAt, Version);

    private ProjectStatus Status => Stage switch
    {
        ProjectStage.Active => ProjectStatus.Active,
        ProjectStage.Archived => ProjectStatus.Archived,
        ProjectStage.Closing or ProjectStage.Deleting or ProjectStage.Purged => ProjectStatus.Deleting,
        _ => throw new InvalidOperationException($"Stage {Stage} is unknown."),
    };

    public static Project Create(ProjectEvent.Created e) => new()
    {
        Id = e.Name,
        Description = e.Description,
        Labels = e.Labels,
        CreatedBy = e.By,
        CreatedAt = e.At,
        UpdatedAt = e.At,
        PastVersion = e.PastVersion,
        RequestId = e.RequestId,
    };

    // The name of a purged project begins a new life on the same stream: nothing of the old one is carried over.
    public Project Apply(ProjectEvent.Created e) => Create(e) with { Version = Version };

    public Project Apply(ProjectEvent.Described e) =>
        this with { Description = e.Description ?? Description, Labels = e.Labels ?? Labels, UpdatedAt = e.At };

    public Project Apply(ProjectEvent.Archived e) => this with { Stage = ProjectStage.Archived, UpdatedAt = e.At };

    public Project Apply(ProjectEvent.Restored e) => this with { Stage = ProjectStage.Active, UpdatedAt = e.At };

    public Project Apply(ProjectEvent.DeletionAsked e) =>
        this with { Stage = ProjectStage.Closing, WasArchived = Stage is ProjectStage.Archived, ClosedBy = e.By, UpdatedAt = e.At };

    public Project Apply(ProjectEvent.DeletionWithdrawn e) =>
        this with { Stage = WasArchived ? ProjectStage.Archived : ProjectStage.Active, WasArchived = false, ClosedBy = null, UpdatedAt = e.At };

    public Project Apply(ProjectEvent.DeletionRequested e) => this with { Stage = ProjectStage.Deleting, UpdatedAt = e.At };

    public Project Apply(ProjectEvent.Purged e) => this with
    {
        Stage = ProjectStage.Purged,
        Members = Members.Clear(),
        Secrets = Secrets.Clear(),
        UpdatedAt = e.At,
    };

    public Project Apply(ProjectEvent.MemberSet e) => this with { Members = Members.SetItem(e.User, new Membership(e.Role, e.At)), UpdatedAt = e.At };

    public Project Apply(ProjectEvent.MemberRemoved e) => this with { Members = Members.Remove(e.User), UpdatedAt = e.At };

    public Project Apply(ProjectEvent.SecretSet e) => this with { Secrets = Secrets.SetItem(e.Name, new SecretMark(e.At, e.By)), UpdatedAt = e.At };

    public Project Apply(ProjectEvent.SecretDeleted e) => this with { Secrets = Secrets.Remove(e.Name), UpdatedAt = e.At };
}
