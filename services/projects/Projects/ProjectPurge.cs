using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Projects.Secrets;

namespace Mesh.Projects.Projects;

/// <summary>
/// Finishes deletions: when every service has purged what it held, the project is purged and its name is free. All it knows is in the store, so
/// a crash costs nothing, and several replicas do no harm.
/// </summary>
internal sealed class ProjectPurge(IProjectsStore store, ProjectQueries queries, ProjectUsages usages, ProjectsOptions options, TimeProvider clock, ILogger<ProjectPurge> log)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

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
        foreach (var project in await queries.DeletingAsync(ct))
        {
            if (clock.GetUtcNow() - project.UpdatedAt < options.PurgeAfter) continue;
            if (await DeletionOfAsync(project.Id, ct) is not { } deletion || !await usages.IsGoneAsync(project.Id, deletion, ct)) continue;
            var written = await store.WriteAsync<Project, ProjectEvent>(
                Caller.Service(ProjectsService.ServiceName), project.Id, project.Id,
                state => ProjectDecider.Decide(new ProjectCommand.ConfirmPurge(), state, clock.GetUtcNow()), ct,
                alongside: (session, _) => session.DeleteWhere<StoredSecret>(secret => secret.Id != ""));
            if (written.Events.Count > 0) log.LogInformation("Project {Project} is purged", project.Id);
        }
    }

    private async Task<Guid?> DeletionOfAsync(string project, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var events = await session.Events.FetchStreamAsync(project, token: ct);
        return events.LastOrDefault(e => e.Data is ProjectEvent.DeletionRequested)?.Id;
    }
}
