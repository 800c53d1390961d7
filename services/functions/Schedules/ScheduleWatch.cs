using Mesh.Functions.Queue;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Schedules;

/// <summary>Looks for schedules that are due, in every replica: whoever comes first fires, and the version of the stream lets one through.</summary>
internal sealed class ScheduleWatch(
    ServiceDatabase<IFunctionsStore> database, ScheduleRunner runner, IOptions<FunctionsOptions> options, QueueSignal signal, TimeProvider clock,
    ILogger<ScheduleWatch> log) : BackgroundService
{
    private const int AtOnce = 100;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(100);
    private bool _failed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // The end of a job may be what a time waits for.
            var next = signal.Next;
            var pause = LongestPause;
            try
            {
                await RunOnceAsync(stoppingToken);
                pause = await UntilDueAsync(stoppingToken);
                _failed = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!_failed) log.SchedulesStand(e.Message);
                _failed = true;
            }

            await Task.Delay(Gap, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested) await QueueSignal.WaitAsync(next, pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task RunOnceAsync(CancellationToken ct)
    {
        foreach (var (project, key) in await FindAsync(ct))
        {
            try
            {
                await runner.FireAsync(project, key, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException && !DatabaseOutage.Is(e))
            {
                // The others are not to wait for this one.
                log.ScheduleStands(e, key, project);
            }
        }
    }

    private async Task<List<(string Project, string Key)>> FindAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select s.tenant_id, s.id from mt_doc_schedule s where s.fire_at <= $1
            union all
            select s.tenant_id, s.id from mt_doc_schedule s
            where s.is_waiting and (s.fire_at > $1 or s.fire_at is null)
                and not exists (select from job_queue q where q.project = s.tenant_id and q.job_id = s.data ->> 'lastJobId')
            limit $2
            """);
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        command.Parameters.Add(new() { Value = AtOnce });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<(string, string)>();
        while (await rows.ReadAsync(ct)) found.Add((rows.GetString(0), rows.GetString(1)));
        return found;
    }

    private async Task<TimeSpan> UntilDueAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select min(fire_at) from mt_doc_schedule");
        var longest = options.Value.Poll < LongestPause ? options.Value.Poll : LongestPause;
        if (await command.ExecuteScalarAsync(ct) is not DateTime at) return longest;
        var wait = at - clock.GetUtcNow().UtcDateTime;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait < longest ? wait : longest;
    }
}

internal static partial class ScheduleWatchLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Schedules cannot be looked for: {Reason}")]
    public static partial void SchedulesStand(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The {Schedule} of {Project} could not be fired; it will be tried again")]
    public static partial void ScheduleStands(this ILogger logger, Exception fault, string schedule, string project);
}
