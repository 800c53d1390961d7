using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Gateway.Front;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Identity;

namespace Mesh.Gateway.Access;

/// <summary>Finds out what a credential may do.</summary>
internal interface IAccessSource
{
    /// <param name="credential">What the caller showed.</param>
    /// <param name="project">Name of the project, or empty.</param>
    /// <exception cref="ServiceCallException">The projects service does not answer.</exception>
    Task<AccessEntry> FindAsync(Credential credential, string project);
}

/// <summary>Asks the projects service; the token of a job is checked here, and only its project is asked for.</summary>
internal sealed class AccessSource([FromKeyedServices(GatewayModule.ServiceName)] ServiceClient services, IdentityTokens tokens, TimeProvider clock) : IAccessSource
{
    // Long enough that a flood of wrong tokens costs little, short enough that one which was just registered is soon good.
    private static readonly TimeSpan LifeOfUnknown = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<AccessEntry> FindAsync(Credential credential, string project)
    {
        if (!credential.TryReadSecret(out var secret)) return Unknown();
        if (credential.Kind is CredentialKind.Job) return await FindJobAsync(secret, project);
        var any = project == AccessKey.AnyProject;
        var query = new AccessQuery(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret))), project.Length == 0 || any ? null : project, any);
        AccessGrant grant;
        try
        {
            grant = await AskAsync(ct => services.PostAsync<AccessQuery, AccessGrant>("projects", "/internal/access", query, ct: ct));
        }
        catch (ServiceCallException e) when (e.Problem.Code == "token.unknown")
        {
            return Unknown();
        }

        var caller = new Caller(grant.User, CallerKind.User, grant.Role, query.Project, grant.PlatformAdmin, grant.TokenId);
        return Known(caller, grant.ProjectStatus, grant.ExpiresAt, grant.DefaultProject);
    }

    private async Task<AccessEntry> FindJobAsync(string token, string project)
    {
        if (await tokens.VerifyJobAsync(token) is not ({ Project: { } own } job, var issuedAt)) return Unknown();
        if (project is "" or AccessKey.AnyProject) return Known(job, null, DateTimeOffset.MaxValue, own);
        var stranger = job with { Role = Role.None, Project = project };
        if (project != own) return Known(stranger, null, DateTimeOffset.MaxValue);
        try
        {
            var info = await AskAsync(ct => services.GetAsync<ProjectInfo>("projects", $"/internal/projects/{project}", project, ct));
            // A project that was made after the token only has the name of the job's own. Tokens know their time to the second.
            return issuedAt.ToUnixTimeSeconds() < info.CreatedAt.ToUnixTimeSeconds()
                ? Known(stranger, null, DateTimeOffset.MaxValue)
                : Known(job, info.Status, DateTimeOffset.MaxValue);
        }
        catch (ServiceCallException e) when (e.Problem.Code == "project.unknown")
        {
            return Known(job, null, DateTimeOffset.MaxValue);
        }
    }

    private static async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask)
    {
        using var limited = new CancellationTokenSource(Patience);
        try
        {
            return await ask(limited.Token);
        }
        catch (ServiceCallException e) when (e.IsOutage)
        {
            // Perhaps a replica that has just gone: the second call goes to another one.
            return await ask(limited.Token);
        }
    }

    private AccessEntry Known(Caller caller, ProjectStatus? status, DateTimeOffset end, string? defaultProject = null)
    {
        var until = clock.GetUtcNow() + AccessCache.Life;
        return new AccessEntry(caller, tokens.Issue(caller), status, (end < until ? end : until).UtcTicks, defaultProject);
    }

    private AccessEntry Unknown() => new(null, "", null, (clock.GetUtcNow() + LifeOfUnknown).UtcTicks);
}
