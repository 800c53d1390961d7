using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Tracking.Runs;
using Npgsql;

namespace Mesh.Tracking.Retention;

/// <summary>
/// Purges deleted runs. From the event on nothing answers for a run; what is kept of it goes when that event comes back from the bus
/// (<see cref="OnRunPurged"/>), so that everybody hears of it before its stream is gone.
/// </summary>
internal sealed class RunPurge(ITrackingStore store, ServiceDatabase<ITrackingStore> database, TimeProvider clock)
{
    private const int AtOnce = 200;

    /// <summary>Purges runs by their ids, or none when one of them is not deleted. Ids without a run are told, not refused: the same may be asked twice.</summary>
    public async Task<(PurgedRuns? Purged, Rejection? Rejected)> ByIdAsync(Caller caller, string project, Guid[] ids, bool dryRun, CancellationToken ct)
    {
        await using var session = store.OpenSession(caller, project);
        var found = (await session.LoadManyAsync<Run>(ct, ids.Select(id => id.ToString()))).Where(run => run.PurgedAt is null)
            .ToDictionary(run => Guid.Parse(run.Id));
        foreach (var run in found.Values)
            if (RunDecider.Decide(new RunCommand.Purge(), run, clock.GetUtcNow()).Rejected is { } rejected) return (null, rejected);
        var purged = dryRun ? found.Count : 0;
        if (!dryRun)
            foreach (var part in found.Keys.Chunk(AtOnce)) purged += await AppendAsync(caller, project, part.Select(id => id.ToString()), ct);
        return (new PurgedRuns(purged, dryRun, [.. ids.Where(id => !found.ContainsKey(id))]), null);
    }

    /// <summary>Purges all runs that were deleted before a moment.</summary>
    /// <returns>How many there were.</returns>
    public async Task<long> BeforeAsync(Caller caller, string project, DateTimeOffset before, CancellationToken ct)
    {
        var purged = 0L;
        var after = "";
        while (true)
        {
            var ids = await IdsAsync(project, before, after, ct);
            if (ids.Count == 0) return purged;
            purged += await AppendAsync(caller, project, ids, ct);
            after = ids[^1];
        }
    }

    /// <summary>How many runs were deleted before a moment.</summary>
    public async Task<long> CountAsync(string project, DateTimeOffset before, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select count(*) from mt_doc_run where tenant_id = $1 and deleted and purged_at is null and deleted_at < $2");
        command.Parameters.Add(new NpgsqlParameter { Value = project });
        command.Parameters.Add(new NpgsqlParameter { Value = before.ToUniversalTime() });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    // Behind an id: a run that lost a race (somebody restored it) is not met again and again.
    private async Task<IReadOnlyList<string>> IdsAsync(string project, DateTimeOffset before, string after, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select id from mt_doc_run where tenant_id = $1 and deleted and purged_at is null and deleted_at < $2 and id > $3 order by id limit $4");
        foreach (var value in (object[])[project, before.ToUniversalTime(), after, AtOnce]) command.Parameters.Add(new NpgsqlParameter { Value = value });
        var ids = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) ids.Add(rows.GetString(0));
        return ids;
    }

    // A run that was restored or purged meanwhile is left as it is.
    private async Task<int> AppendAsync(Caller caller, string project, IEnumerable<string> ids, CancellationToken ct)
    {
        var purged = 0;
        foreach (var id in ids)
        {
            var written = await store.WriteAsync<Run, RunEvent>(
                caller, project, id, run => run is null ? Decision<RunEvent>.Nothing : RunDecider.Decide(new RunCommand.Purge(), run, clock.GetUtcNow()), ct);
            purged += written.Events.Count;
        }

        return purged;
    }
}
