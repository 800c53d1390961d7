using System.Collections.Concurrent;
using Marten;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Projects.Secrets;

namespace Mesh.Projects.Projects;

/// <summary>
/// Finishes deletions. A closed project is deleted when it is found empty, else opened again. A deleted one is purged, and its name free, when
/// every service has purged what it held; what was written behind a service's purge is purged by telling the deletion once more. All this knows
/// is in the store, so a crash costs nothing, and several replicas do no harm.
/// </summary>
internal sealed class ProjectPurge(IProjectsStore store, ProjectQueries queries, ProjectUsages usages, ProjectsOptions options, TimeProvider clock, ILogger<ProjectPurge> log)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly Caller Self = Caller.Service(ProjectsService.ServiceName);

    private readonly ConcurrentDictionary<string, bool> _failing = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        var failing = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                failing = false;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                if (!failing) log.LogWarning(fault, "Deleted projects cannot be purged now; it will be tried again");
                failing = true;
            }
        }
    }

    internal async Task RunOnceAsync(CancellationToken ct)
    {
        var projects = await queries.DeletingAsync(ct);
        foreach (var project in projects)
        {
            // One that fails must not keep the others.
            try
            {
                await (project.Stage is ProjectStage.Closing ? SettleAsync(project, ct) : PurgeAsync(project, ct));
                _failing.TryRemove(project.Id, out _);
            }
            catch (Exception fault) when (fault is not OperationCanceledException && !DatabaseOutage.Is(fault))
            {
                if (_failing.TryAdd(project.Id, true))
                    log.LogWarning(fault, "The deletion of project {Project} cannot be finished now; it will be tried again", project.Id);
            }
        }
    }

    private async Task SettleAsync(Project project, CancellationToken ct)
    {
        // A gateway may believe for some seconds that the project is open, and then its last request has to end.
        if (clock.GetUtcNow() - project.UpdatedAt < 2 * options.PurgeAfter) return;
        var refusal = await usages.RefusalAsync(project, ct);
        if (refusal is { Kind: RejectionKind.Unavailable }) return;
        await WriteAsync(project.Id, refusal is null ? new ProjectCommand.ConfirmEmpty() : new ProjectCommand.WithdrawDeletion(refusal.Detail), ct);
        if (refusal is not null) log.LogInformation("Project {Project} is not deleted: {Reason}", project.Id, refusal.Detail);
    }

    private async Task PurgeAsync(Project project, CancellationToken ct)
    {
        var since = clock.GetUtcNow() - project.UpdatedAt;
        if (since < options.PurgeAfter || await DeletionOfAsync(project.Id, ct) is not { } deletion) return;
        switch (await usages.ProgressAsync(project.Id, deletion, ct))
        {
            case PurgeProgress.Gone:
                var written = await WriteAsync(project.Id, new ProjectCommand.ConfirmPurge(), ct, session => session.DeleteWhere<StoredSecret>(secret => secret.Id != ""));
                if (written.Events.Count > 0) log.LogInformation("Project {Project} is purged", project.Id);
                break;
            case PurgeProgress.LeftSomething when since >= 10 * options.PurgeAfter:
                await WriteAsync(project.Id, new ProjectCommand.RepeatDeletion(Self.Name), ct);
                break;
        }
    }

    private Task<Written<Project, ProjectEvent>> WriteAsync(string project, ProjectCommand command, CancellationToken ct, Action<IDocumentSession>? alongside = null) =>
        store.WriteAsync<Project, ProjectEvent>(
            Self, project, project, state => ProjectDecider.Decide(command, state, clock.GetUtcNow()), ct, alongside: (session, _) => alongside?.Invoke(session));

    private async Task<Guid?> DeletionOfAsync(string project, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var events = await session.Events.FetchStreamAsync(project, token: ct);
        return events.LastOrDefault(e => e.Data is ProjectEvent.DeletionRequested)?.Id;
    }
}
