using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Projects;
using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Queue;
using Mesh.Functions.Schedules;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Functions.Projects;

/// <summary>Notes that a project's data is to go. The purge itself waits for running jobs to end, and outlives a restart.</summary>
internal sealed class OnProjectDeleted(QueueSignal signal) : IEventConsumer
{
    public Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        session.QueueSqlCommand("insert into project_purges (project) values (?) on conflict do nothing", e.DataAs<ProjectDeleted>().Project);
        signal.Wake();
        return Task.CompletedTask;
    }
}

/// <summary>Purges deleted projects: aborts what runs, waits for its end, then removes functions, jobs and folders.</summary>
internal sealed class ProjectPurge(
    IFunctionsStore store, ServiceDatabase<IFunctionsStore> database, JobWriter writer, QueueSignal signal, MeshOptions mesh, IOptions<FunctionsOptions> options,
    TimeProvider clock, ILogger<ProjectPurge> log) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = signal.Next;
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.PurgeFailed(e);
            }

            // The end of an aborted job wakes this too; the pause keeps a busy queue from making it spin.
            await Task.Delay(TimeSpan.FromMilliseconds(500), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested)
                await QueueSignal.WaitAsync(next, Poll, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task RunOnceAsync(CancellationToken ct)
    {
        foreach (var project in await ReadAsync(ct))
        {
            if (!await EndJobsAsync(project, ct)) continue;
            await store.Advanced.DeleteAllTenantDataAsync(project, ct);
            foreach (var table in (string[])["job_leases", "job_queue", "job_limits"]) await ExecuteAsync($"delete from {table} where project = $1", project, ct);
            await AttemptFolder.RemoveProjectAsync(mesh.DataPath, project, options.Value.RunsAs);
            await ExecuteAsync("delete from project_purges where project = $1", project, ct);
            log.Purged(project);
        }
    }

    private async Task<bool> EndJobsAsync(string project, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        // What would only make more jobs.
        foreach (var name in await session.Query<Schedule>().Where(s => !s.IsDeleted).Select(s => s.Name).ToListAsync(ct))
        {
            await store.WriteAsync<Schedule, ScheduleEvent>(
                JobWriter.Self, project, Schedule.KeyOf(name), state => ScheduleDecider.Delete(name, JobWriter.Self.Name, state, clock.GetUtcNow()), ct);
        }

        var open = await session.Query<Job>()
            .Where(j => j.Status == JobStatus.Queued || j.Status == JobStatus.Running || j.Status == JobStatus.Aborting).Select(j => j.Id).ToListAsync(ct);
        var ended = true;
        foreach (var id in open)
        {
            var written = await writer.WriteAsync(JobWriter.Self, project, id, new JobCommand.Abort(JobWriter.Self.Name, "The project was deleted."), ct);
            ended &= written.State is null || written.State.HasEnded();
        }

        return ended;
    }

    private async Task<List<string>> ReadAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select project from project_purges order by asked_at");
        await using var rows = await command.ExecuteReaderAsync(ct);
        var projects = new List<string>();
        while (await rows.ReadAsync(ct)) projects.Add(rows.GetString(0));
        return projects;
    }

    private async Task ExecuteAsync(string sql, string project, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = project });
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>What this service still holds of a project.</summary>
internal static class UsageEndpoint
{
    public static void MapUsage(this IEndpointRouteBuilder app) => app.MapGet("/projects/{project}/usage", Get);

    private static async Task<ProjectUsage> Get(string project, IFunctionsStore store, ServiceDatabase<IFunctionsStore> database, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        await using var purges = database.DataSource.CreateCommand("select count(*) from project_purges where project = $1");
        purges.Parameters.Add(new NpgsqlParameter { Value = project });
        return new ProjectUsage(new Dictionary<string, long>
        {
            ["functions"] = await session.Query<Function>().CountAsync(ct),
            ["jobs"] = await session.Query<Job>().CountAsync(ct),
            ["schedules"] = await session.Query<Schedule>().CountAsync(ct),
            // A purge to come would take what a new project of this name puts here.
            ["purges"] = (long)(await purges.ExecuteScalarAsync(ct))!,
        });
    }
}

internal static partial class ProjectPurgeLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Project {Project} is purged")]
    public static partial void Purged(this ILogger logger, string project);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A purge did not finish; it will be tried again")]
    public static partial void PurgeFailed(this ILogger logger, Exception fault);
}
