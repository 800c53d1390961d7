using Mesh.Contracts;

namespace Mesh.Projects.Projects;

/// <summary>What happened to a project. The stream's key and tenant are the project's name.</summary>
public abstract record ProjectEvent
{
    private ProjectEvent()
    {
    }

    /// <summary>It was created, perhaps under a name that a purged project had before.</summary>
    /// <param name="PastVersion">Version of the stream at which the previous project of this name ended; 0 for the first.</param>
    /// <param name="RequestId">Of the request that created it, when it came with an idempotency key: a repeat is recognized by it.</param>
    public sealed record Created(
        string Name, string? Description, IReadOnlyDictionary<string, string> Labels, string By, DateTimeOffset At,
        long PastVersion = 0, string? RequestId = null) : ProjectEvent;

    /// <summary>Its description or labels changed; what is null stayed.</summary>
    public sealed record Described(string? Description, IReadOnlyDictionary<string, string>? Labels, DateTimeOffset At) : ProjectEvent;

    /// <summary>It became read-only.</summary>
    public sealed record Archived(DateTimeOffset At) : ProjectEvent;

    /// <summary>It is in use again.</summary>
    public sealed record Restored(DateTimeOffset At) : ProjectEvent;

    /// <summary>
    /// It is to be deleted if it is empty. Nothing is made in it from here on, so that what is found to be empty stays so; then it is deleted, or
    /// the deletion is withdrawn.
    /// </summary>
    public sealed record DeletionAsked(string By, DateTimeOffset At) : ProjectEvent;

    /// <summary>It was not empty, and is as before.</summary>
    public sealed record DeletionWithdrawn(string Reason, DateTimeOffset At) : ProjectEvent;

    /// <summary>It was deleted; every service purges what it holds of it. Comes again when something was still written behind the purge.</summary>
    public sealed record DeletionRequested(bool Cascade, string By, DateTimeOffset At) : ProjectEvent;

    /// <summary>Nothing is left of it; the name is free.</summary>
    public sealed record Purged(DateTimeOffset At) : ProjectEvent;

    /// <summary>A user got a role.</summary>
    public sealed record MemberSet(string User, Role Role, DateTimeOffset At) : ProjectEvent;

    /// <summary>A user lost their role.</summary>
    public sealed record MemberRemoved(string User, DateTimeOffset At) : ProjectEvent;

    /// <summary>A secret got a value, which is nowhere in the stream.</summary>
    public sealed record SecretSet(string Name, string By, DateTimeOffset At) : ProjectEvent;

    /// <summary>A secret was removed.</summary>
    public sealed record SecretDeleted(string Name, DateTimeOffset At) : ProjectEvent;
}
