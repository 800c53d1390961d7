using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Hosting;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>What an attempt is told: the variables of its environment, and the secrets that become files.</summary>
/// <param name="SecretFiles">Values of the secrets that are files, by name.</param>
/// <param name="GitCredential">What opens the repository of its code, for who lays that out elsewhere.</param>
internal sealed record AttemptVariables(IReadOnlyDictionary<string, string> Variables, IReadOnlyDictionary<string, string> SecretFiles, string? GitCredential = null);

/// <summary>Puts together what an attempt is told: its address and token, its params, its declared variables, its secrets.</summary>
internal sealed class AttemptEnvironment(
    IFunctionsStore store, SecretSource secrets, IdentityTokens tokens, MeshOptions mesh, IOptions<FunctionsOptions> options, ILogger<AttemptEnvironment> log)
{
    private static readonly TimeSpan TokenReserve = TimeSpan.FromHours(1);

    /// <summary>Waits out a database and a projects service that are away.</summary>
    /// <exception cref="AttemptFailedException">A secret is not there.</exception>
    public async Task<AttemptVariables> ComposeAsync(HeldAttempt held, FunctionContent? content, AttemptFolder folder, CancellationToken ct)
    {
        var (project, jobId, number) = held.Key;
        var declared = await ReadDeclaredAsync(held);
        var opens = held.Profile.IsLocal ? null : content?.Git?.Secret;
        var revealed = await secrets.RevealAsync(project, jobId, [.. held.Job.AllSecrets().Union(opens is null ? [] : [opens], StringComparer.Ordinal)], ct);
        var (isHere, place) = (held.Profile.IsLocal, held.Profile.Options);
        var lasts = TimeSpan.FromSeconds(held.Job.TimeoutSeconds + (isHere ? 0 : place.PendingSeconds)) + TokenReserve;
        var token = tokens.IssueJob(Guid.Parse(jobId), project, lasts);
        var context = new JobContext(isHere ? mesh.Gateway : place.Api!, token, project, options.Value.RunsAs is null || !isHere ? null : folder.Work, isHere);
        var variables = JobVariables.Compose(context, held.Job, number, declared, Only(held.Job.Secrets), options.Value.PassEnvironment, held.Slot.Gpus);
        return new AttemptVariables(variables, Only(held.Job.Work.SecretFiles ?? []), opens is null ? null : revealed[opens]);

        Dictionary<string, string> Only(IReadOnlyList<string> names) => names.ToDictionary(name => name, name => revealed[name], StringComparer.Ordinal);
    }

    private async Task<IReadOnlyDictionary<string, string>> ReadDeclaredAsync(HeldAttempt held)
    {
        JobEnvironment? declared = null;
        await Outage.WaitOutAsync(
            async () =>
            {
                await using var session = store.OpenQuery(held.Key.Project);
                declared = await session.LoadAsync<JobEnvironment>(held.Key.JobId, held.Stopped);
            },
            log, held.Key.JobId, held.Stopped);
        return declared?.Variables ?? new Dictionary<string, string>();
    }
}
