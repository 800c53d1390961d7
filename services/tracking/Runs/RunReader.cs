using System.Globalization;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Runs;

/// <summary>Reads runs: one, a filtered list, or one as it was.</summary>
internal sealed class RunReader(ITrackingStore store, ServiceDatabase<ITrackingStore> database)
{
    /// <summary>A run that is in sight, or null.</summary>
    public async Task<Run?> FindAsync(string project, Guid run, CancellationToken ct) => await FindAnyAsync(project, run, ct) is { Deleted: false } found ? found : null;

    /// <summary>A run, deleted or not, but not one that was purged.</summary>
    public async Task<Run?> FindAnyAsync(string project, Guid run, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<Run>(run.ToString(), ct) is { PurgedAt: null } found ? found : null;
    }

    /// <summary>The part of a run that says whether samples are welcome.</summary>
    public async Task<RunLife?> FindLifeAsync(string project, Guid run, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        return await RunLife.ReadAsync(connection, project, run, ct);
    }

    // A page ends early rather than hold more than this of params and tags.
    private const int PageText = 16 << 20;

    /// <summary>
    /// Runs, newest first, with the keys that they are sorted by: at most <paramref name="limit"/>, fewer where they are large. Says whether
    /// there are more.
    /// </summary>
    public async Task<(IReadOnlyList<(Run Run, RunPosition At)> Rows, bool More)> ListAsync(
        string project, RunFilter filter, RunPosition? after, int limit, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = Select(project, filter, after, limit + 1);
        command.Connection = connection;
        var serializer = store.Options.Serializer();
        var runs = new List<(Run, RunPosition)>();
        var text = 0L;
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (runs.Count == limit || text > PageText) return (runs, true);
            var run = await serializer.FromJsonAsync<Run>(rows, 0, ct);
            text += run.TextLength;
            runs.Add((run, new RunPosition(await rows.GetFieldValueAsync<DateTimeOffset>(1, ct), run.Id)));
        }

        return (runs, false);
    }

    /// <summary>A run as it was at a moment or at a version, with the moment up to which that holds (null: now). Also of runs that were deleted since.</summary>
    public async Task<(Run? Run, DateTimeOffset? Until)> AsOfAsync(string project, Guid run, AsOf asOf, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var events = asOf.Time is { } time
            ? await session.Events.FetchStreamAsync(run.ToString(), timestamp: time, token: ct)
            : await session.Events.FetchStreamAsync(run.ToString(), version: asOf.Version!.Value + 1, token: ct);
        Run? state = null;
        foreach (var e in events)
        {
            if (asOf.Version is { } last && e.Version > last) return (state, e.Timestamp.AddTicks(-TimeSpan.TicksPerMicrosecond));
            state = Run.Evolve(state, (RunEvent)e.Data);
            state.Version = e.Version;
        }

        return (asOf.Version is { } version && state?.Version < version ? null : state, asOf.Time);
    }

    private static NpgsqlCommand Select(string project, RunFilter filter, RunPosition? after, int limit)
    {
        var command = new NpgsqlCommand();
        var tenant = Bind(project);
        List<string> where = [$"r.tenant_id = {tenant}", "not r.deleted", .. RunConditions.Of(filter, tenant, Bind)];
        if (after is not null) where.Add($"(r.created_at, r.id) < ({Bind(after.CreatedAt.ToUniversalTime())}, {Bind(after.Id)})");
        command.CommandText =
            $"select r.data, r.created_at from mt_doc_run r where {string.Join(" and ", where)} order by r.created_at desc, r.id desc limit {Bind(limit)}";
        return command;

        string Bind(object value, NpgsqlDbType? type = null)
        {
            var parameter = new NpgsqlParameter { Value = value };
            if (type is { } given) parameter.NpgsqlDbType = given;
            command.Parameters.Add(parameter);
            return string.Create(CultureInfo.InvariantCulture, $"${command.Parameters.Count}");
        }
    }
}
