using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Identity;

namespace Mesh.Gateway.Access;

/// <summary>What a credential may do in a project (or outside of any), as it was found to be a moment ago.</summary>
/// <param name="Caller">Who calls; null when the credential is not genuine, or no longer.</param>
/// <param name="Identity">The signed identity for services.</param>
/// <param name="Status">Status of the project; null outside of projects, and when there is none of that name.</param>
/// <param name="Until">When this must be asked again, in ticks of UTC.</param>
/// <param name="DefaultProject">The project that is meant when none is named; only where <see cref="AccessKey.AnyProject"/> was asked for.</param>
internal sealed record AccessEntry(Caller? Caller, string Identity, ProjectStatus? Status, long Until, string? DefaultProject = null)
{
    /// <summary>Whether the caller has a role in the project that was asked for.</summary>
    internal bool IsMember => Caller is { } caller && Status is not null && (caller.Role is not Role.None || caller.PlatformAdmin);
}

/// <summary>What access is cached by.</summary>
/// <param name="Credential">As it came.</param>
/// <param name="Project">Name, or empty outside of projects.</param>
internal readonly record struct AccessKey(string Credential, string Project)
{
    /// <summary>Stands in the project's place when the caller's default project is asked for; no project has this name.</summary>
    internal const string AnyProject = "*";

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"AccessKey {{ {Project} }}";
}

/// <summary>An <see cref="AccessKey"/> before its project is a string of its own.</summary>
internal readonly ref struct AccessKeySpan(string credential, ReadOnlySpan<char> project)
{
    internal string Credential { get; } = credential;

    internal ReadOnlySpan<char> Project { get; } = project;
}

/// <summary>Lets a look-up by <see cref="AccessKeySpan"/> find without an allocation.</summary>
internal sealed class AccessKeyComparer : IEqualityComparer<AccessKey>, IAlternateEqualityComparer<AccessKeySpan, AccessKey>
{
    internal static readonly AccessKeyComparer Instance = new();

    public bool Equals(AccessKey x, AccessKey y) => x == y;

    public int GetHashCode(AccessKey obj) => Hash(obj.Credential, obj.Project);

    public AccessKey Create(AccessKeySpan alternate) => new(alternate.Credential, alternate.Project.ToString());

    public bool Equals(AccessKeySpan alternate, AccessKey other) => alternate.Credential == other.Credential && alternate.Project.SequenceEqual(other.Project);

    public int GetHashCode(AccessKeySpan alternate) => Hash(alternate.Credential, alternate.Project);

    private static int Hash(string credential, ReadOnlySpan<char> project) => HashCode.Combine(credential.GetHashCode(StringComparison.Ordinal), string.GetHashCode(project, StringComparison.Ordinal));
}
