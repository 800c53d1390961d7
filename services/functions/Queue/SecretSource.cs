using Mesh.Contracts.Projects;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Hosting.Clients;

namespace Mesh.Functions.Queue;

/// <summary>Fetches the values of secrets from projects, when an attempt begins and not before. They live in the attempt's environment, or in its files, alone.</summary>
internal sealed class SecretSource([FromKeyedServices("functions")] ServiceClient client, ILogger<SecretSource> log)
{
    /// <summary>The values by name.</summary>
    /// <exception cref="AttemptFailedException">The project has no such secret.</exception>
    public async Task<IReadOnlyDictionary<string, string>> RevealAsync(string project, string jobId, IReadOnlyList<string> names, CancellationToken ct)
    {
        if (names.Count == 0) return new Dictionary<string, string>();
        RevealedSecrets? revealed = null;
        try
        {
            await Outage.WaitOutAsync(
                async () => revealed = await client.PostAsync<RevealSecrets, RevealedSecrets>(
                    "projects", $"/internal/projects/{project}/secrets/reveal", new RevealSecrets(names), project, ct: ct), log, jobId, ct);
        }
        catch (ServiceCallException e)
        {
            throw new AttemptFailedException($"The secrets were refused: {e.Problem.Detail ?? e.Problem.Code}");
        }

        return names.FirstOrDefault(n => !revealed!.Values.ContainsKey(n)) is { } missing
            ? throw new AttemptFailedException(JobSubmission.UnknownSecret(missing).Detail)
            : revealed!.Values;
    }
}
