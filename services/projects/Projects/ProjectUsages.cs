using Mesh.Contracts.Events;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Decisions;

namespace Mesh.Projects.Projects;

/// <summary>Asks every other service what it still holds of a project.</summary>
internal sealed class ProjectUsages([FromKeyedServices(ProjectsService.ServiceName)] ServiceClient services)
{
    /// <summary>Every service that keeps something of projects.</summary>
    internal static readonly IReadOnlyList<string> Keepers = ["tracking", "artifacts", "functions", "serving", "monitoring"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What this service itself holds.</summary>
    internal static ProjectUsage Own(Project? project) => new(new Dictionary<string, long> { ["secrets"] = project?.Secrets.Count ?? 0 });

    /// <summary>Why the project may not be deleted as it is: it holds something (409), or that is not known (503). Null when it may.</summary>
    internal async Task<Rejection?> RefusalAsync(Project project, CancellationToken ct)
    {
        var (counts, silent) = await AskAsync(project.Id, ct);
        if (silent.Count > 0)
            return Rejection.Unavailable("project.usage-unknown", $"Nothing was deleted: {string.Join(", ", silent)} cannot say what project '{project.Id}' holds. Try again later.");
        var held = counts.Concat(Own(project).Counts).Where(count => count.Value > 0).OrderBy(count => count.Key, StringComparer.Ordinal).ToList();
        return held.Count == 0
            ? null
            : Rejection.Conflict(
                "project.not-empty",
                $"Project '{project.Id}' holds {string.Join(", ", held.Select(count => $"{count.Key}: {count.Value}"))}. Delete it with all that with ?cascade=true, or archive it.");
    }

    /// <summary>
    /// How far a deletion has come. A project is gone when every other service has handled the news of the deletion, and holds nothing: without the
    /// first, news that come late would purge the next project of this name.
    /// </summary>
    /// <param name="project">Name of the project.</param>
    /// <param name="deletion">Id of the event of its deletion.</param>
    internal async Task<PurgeProgress> ProgressAsync(string project, Guid deletion, CancellationToken ct)
    {
        // Asked first: what is held after that was not there to be purged, or has still to go.
        var handled = await Task.WhenAll(Keepers.Select(service => HasHandledAsync(service, project, deletion, ct)));
        var (counts, silent) = await AskAsync(project, ct);
        if (silent.Count > 0 || !handled.All(yes => yes)) return PurgeProgress.UnderWay;
        return counts.Any(count => count.Value > 0) ? PurgeProgress.LeftSomething : PurgeProgress.Gone;
    }

    private async Task<bool> HasHandledAsync(string service, string project, Guid deletion, CancellationToken ct)
    {
        try
        {
            var path = $"/internal/inbox/{service}/{deletion}?type={EventTypes.NameOf<ProjectDeleted>()}";
            return (await services.GetAsync<EventHandled>(service, path, project, ct)).Handled;
        }
        catch (ServiceCallException)
        {
            return false;
        }
    }

    private async Task<(IReadOnlyList<KeyValuePair<string, long>> Counts, IReadOnlyList<string> Silent)> AskAsync(string project, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(Patience);
        var answers = await Task.WhenAll(Keepers.Select(async service => (service, usage: await AskAsync(service, project, limited.Token, ct))));
        return (
            [.. answers.Where(answer => answer.usage is not null).SelectMany(answer => answer.usage!.Counts)],
            [.. answers.Where(answer => answer.usage is null).Select(answer => answer.service)]);
    }

    private async Task<ProjectUsage?> AskAsync(string service, string project, CancellationToken limited, CancellationToken ct)
    {
        try
        {
            return await services.GetAsync<ProjectUsage>(service, $"/internal/projects/{project}/usage", project, limited);
        }
        catch (Exception e) when (e is ServiceCallException or InvalidOperationException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }
}

/// <summary>How far a deletion has come.</summary>
internal enum PurgeProgress
{
    /// <summary>Not every service has handled it, or one does not answer.</summary>
    UnderWay,

    /// <summary>Every service has handled it, and one holds something: it is still at it, or something was written behind its purge.</summary>
    LeftSomething,

    /// <summary>Nothing is left.</summary>
    Gone,
}
