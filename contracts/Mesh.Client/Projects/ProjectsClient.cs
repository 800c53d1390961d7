using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Projects;

namespace Mesh.Client.Projects;

/// <summary>Projects, their members and secrets.</summary>
public sealed class ProjectsClient
{
    private readonly MeshConnection _connection;

    internal ProjectsClient(MeshConnection connection) => _connection = connection;

    /// <summary>All projects in which the caller has a role.</summary>
    public IAsyncEnumerable<ProjectInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<ProjectInfo>("/api/v1/projects", ct);

    /// <summary>One project.</summary>
    public Task<ProjectInfo> GetAsync(string project, CancellationToken ct = default) => _connection.GetAsync<ProjectInfo>(Path(project), ct);

    /// <summary>One project, or null if there is none of that name.</summary>
    public Task<ProjectInfo?> FindAsync(string project, CancellationToken ct = default) => _connection.FindAsync<ProjectInfo>(Path(project), ct);

    /// <summary>Creates a project; the caller becomes its owner.</summary>
    public Task<ProjectInfo> CreateAsync(CreateProject body, CancellationToken ct = default) =>
        _connection.SendAsync<ProjectInfo>(HttpMethod.Post, "/api/v1/projects", body, Sending.Creating, ct);

    /// <summary>Changes description and labels; what is null stays.</summary>
    public Task<ProjectInfo> DescribeAsync(string project, DescribeProject body, CancellationToken ct = default) =>
        _connection.SendAsync<ProjectInfo>(HttpMethod.Patch, Path(project), body, Sending.Idempotent, ct);

    /// <summary>Makes a project read-only.</summary>
    public Task ArchiveAsync(string project, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Post, $"{Path(project)}/archive", null, Sending.Idempotent, ct);

    /// <summary>Brings an archived project back.</summary>
    public Task RestoreAsync(string project, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Post, $"{Path(project)}/restore", null, Sending.Idempotent, ct);

    /// <summary>Deletes a project; refused while it holds anything unless <paramref name="cascade"/>.</summary>
    public Task DeleteAsync(string project, bool cascade = false, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, Query.Add(Path(project), ("cascade", cascade ? true : null)), null, Sending.Idempotent, ct);

    /// <summary>What happened to a project, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string project, CancellationToken ct = default) =>
        _connection.ListAsync<HistoryEntry>($"{Path(project)}/history", ct);

    /// <summary>Members and their roles.</summary>
    public IAsyncEnumerable<Member> MembersAsync(string project, CancellationToken ct = default) =>
        _connection.ListAsync<Member>($"{Path(project)}/members", ct);

    /// <summary>Gives a user a role.</summary>
    public Task SetMemberAsync(string project, string user, Role role, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Put, $"{Path(project)}/members/{Query.Segment(user)}", new SetMember(role), Sending.Idempotent, ct);

    /// <summary>Takes a user's role away.</summary>
    public Task RemoveMemberAsync(string project, string user, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, $"{Path(project)}/members/{Query.Segment(user)}", null, Sending.Idempotent, ct);

    /// <summary>Names of the secrets, never their values.</summary>
    public IAsyncEnumerable<SecretInfo> SecretsAsync(string project, CancellationToken ct = default) =>
        _connection.ListAsync<SecretInfo>($"{Path(project)}/secrets", ct);

    /// <summary>Sets a secret; jobs that name it get it as an environment variable.</summary>
    public Task SetSecretAsync(string project, string name, string value, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Put, $"{Path(project)}/secrets/{Query.Segment(name)}", new SetSecret(value), Sending.Idempotent, ct);

    /// <summary>Removes a secret.</summary>
    public Task RemoveSecretAsync(string project, string name, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, $"{Path(project)}/secrets/{Query.Segment(name)}", null, Sending.Idempotent, ct);

    private static string Path(string project) => $"/api/v1/projects/{Query.Segment(project)}";
}
