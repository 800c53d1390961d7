using System.Globalization;
using System.Text;
using System.Text.Json;
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
        var where = new StringBuilder("tenant_id = ").Append(Bind(project)).Append(" and not deleted");
        if (filter.Statuses.Count > 0) where.Append(" and status = any(").Append(Bind(filter.Statuses.Select(s => s.ToString()).ToArray())).Append(')');
        if (filter.Experiment is { } experiment)
            where.Append(" and experiment_id = (select number from mt_doc_experiment where tenant_id = ").Append(Bind(project)).Append(" and name = ").Append(Bind(experiment)).Append(')');
        if (filter.Group is { } group) where.Append(" and run_group = ").Append(Bind(group));
        if (filter.Kind is { } kind) where.Append(" and kind = ").Append(Bind(kind));
        if (filter.Parent is { } parent) where.Append(" and parent = ").Append(Bind(parent));
        if (filter.Name is { } name) where.Append(name.Contains('*', StringComparison.Ordinal) ? " and name like " : " and name = ").Append(Bind(Pattern(name)));
        foreach (var tag in filter.Tags) where.Append(" and ").Append(Holds("tags", tag));
        foreach (var param in filter.Params) where.Append(" and ").Append(Holds("params", param));
        if (filter.CreatedAfter is { } from) where.Append(" and created_at >= ").Append(Bind(from));
        if (filter.CreatedBefore is { } to) where.Append(" and created_at < ").Append(Bind(to));
        if (after is not null)
            where.Append(" and (created_at, id) < (").Append(Bind(after.CreatedAt.ToUniversalTime())).Append(", ").Append(Bind(after.Id)).Append(')');
        command.CommandText = $"select data, created_at from mt_doc_run where {where} order by created_at desc, id desc limit {Bind(limit)}";
        return command;

        // Without a wildcard the pattern is the name itself.
        static string Pattern(string name) => name.Contains('*', StringComparison.Ordinal)
            ? name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal).Replace('*', '%')
            : name;

        string Bind(object value, NpgsqlDbType? type = null)
        {
            var parameter = new NpgsqlParameter { Value = value };
            if (type is { } given) parameter.NpgsqlDbType = given;
            command.Parameters.Add(parameter);
            return string.Create(CultureInfo.InvariantCulture, $"${command.Parameters.Count}");
        }

        string Holds(string member, (string Key, string? Value) pair) => pair.Value is null
            ? $"data -> '{member}' ? {Bind(pair.Key)}"
            : $"data -> '{member}' @> {Bind(JsonSerializer.Serialize(new Dictionary<string, string> { [pair.Key] = pair.Value }), NpgsqlDbType.Jsonb)}";
    }
}
