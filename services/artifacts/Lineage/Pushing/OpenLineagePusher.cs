using Mesh.Contracts.Projects;
using Mesh.Hosting.Clients;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Artifacts.Lineage.Pushing;

/// <summary>Sends what waits: each event at least once, those of a project in order, and none before the receiver took the one before it.</summary>
internal sealed class OpenLineagePusher(
    PushStore store, OpenLineageHttp http, OpenLineageRuns runs, [FromKeyedServices("artifacts")] ServiceClient services, IOptions<OpenLineageOptions> options, TimeProvider clock,
    ILogger<OpenLineagePusher> log)
{
    private const int Batch = 100;

    // Well before a target is free for others.
    private static readonly TimeSpan Longest = PushStore.Hold / 2;

    /// <summary>Sends what is due of one project.</summary>
    /// <returns>Whether there was something.</returns>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        if (await store.TakeAsync(ct) is not { } target) return false;
        string? problem = null;
        try
        {
            problem = await SendAsync(target, ct);
        }
        catch (ServiceCallException e)
        {
            problem = $"The secret '{target.Secret}' was not given: {e.Problem.Detail ?? e.Problem.Code}";
        }
        catch (Exception e) when (e is not NpgsqlException && !ct.IsCancellationRequested)
        {
            log.LogError(e, "OpenLineage events of {Project} cannot be made", target.Project);
            problem = "The event could not be made.";
        }
        finally
        {
            await store.LetGoAsync(target, problem, CancellationToken.None);
        }

        if (problem is not null && target.Failures == 0) log.LogWarning("OpenLineage events of {Project} are not taken and will be sent again: {Problem}", target.Project, problem);
        return true;
    }

    private async Task<string?> SendAsync(HeldTarget target, CancellationToken ct)
    {
        var end = clock.GetUtcNow() + Longest;
        var url = new Uri(target.Url);
        var token = target.Secret is { } name ? await RevealAsync(target.Project, name, ct) : null;
        while (clock.GetUtcNow() < end && await store.WaitingAsync(target.Project, Batch, ct) is { Count: > 0 } waiting)
        {
            foreach (var e in waiting)
            {
                if (clock.GetUtcNow() >= end) break;
                var sent = await http.SendAsync(url, token, await runs.DescribeAsync(target.Project, e.Run, e.Type, e.At, e.Name, ct), ct);
                var refusal = sent.Problem is null ? null
                    : sent.IsFinal ? $"An event was refused and is left out: {sent.Problem}"
                    : e.Since < clock.GetUtcNow() - options.Value.KeptFor ? $"An event waited too long and is left out: {sent.Problem}"
                    : "";
                if (refusal is "") return sent.Problem;
                // Another one holds the target, or there is none any more.
                if (!await store.DoneAsync(target, e, refusal, ct)) return null;
            }
        }

        return null;
    }

    private async Task<string> RevealAsync(string project, string name, CancellationToken ct)
    {
        var revealed = await services.PostAsync<RevealSecrets, RevealedSecrets>("projects", $"/internal/projects/{project}/secrets/reveal", new RevealSecrets([name]), project, ct: ct);
        return revealed.Values[name];
    }
}
