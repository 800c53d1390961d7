using Mesh.Contracts.Functions;
using Mesh.Contracts.Projects;
using Mesh.Functions.Jobs;
using Mesh.Functions.Queue;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Code.Git;

/// <summary>The secrets that open repositories. Jobs do not see them, unless they name them too.</summary>
internal sealed class GitSecrets([FromKeyedServices("functions")] ServiceClient client, SecretSource secrets) : IGitCredentials
{
    /// <summary>The value for a question that somebody waits for; null where none is named.</summary>
    public async Task<(string? Value, Rejection? Rejected)> ReadAsync(string project, GitSource source, CancellationToken ct)
    {
        if (source.Secret is not { } name) return (null, null);
        try
        {
            var revealed = await client.PostAsync<RevealSecrets, RevealedSecrets>("projects", $"/internal/projects/{project}/secrets/reveal", new RevealSecrets([name]), project, ct: ct);
            return revealed.Values.TryGetValue(name, out var value) ? (value, null) : (null, JobSubmission.UnknownSecret(name, "git.secret"));
        }
        catch (ServiceCallException e)
        {
            return (null, e.IsOutage
                ? new Rejection(RejectionKind.Unavailable, "function.git-secret-unread", $"The secret '{name}' could not be read: {e.Message}", "git.secret")
                : Rejection.Unprocessable(e.Problem.Code, e.Problem.Detail ?? e.Problem.Title, "git.secret"));
        }
    }

    /// <summary>The value for an attempt, which waits while projects are away.</summary>
    public async Task<string?> RevealAsync(string project, string jobId, GitSource source, CancellationToken ct) =>
        source.Secret is { } name ? (await secrets.RevealAsync(project, jobId, [name], ct))[name] : null;
}
