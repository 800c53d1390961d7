using System.Text.Json;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Mesh.Tracking.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Traces;

/// <summary>Keeps traces, finds them by their ids, and removes them.</summary>
internal sealed class TraceStore(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The columns of a trace's row <c>t</c>, in the order of <see cref="Read"/>.</summary>
    public const string Columns =
        "t.id, t.experiment, t.requested_at, t.duration, t.state, t.client_request_id, t.request_preview, t.response_preview, t.metadata::text, t.tags::text";

    // The experiment is held until the transaction ends, so that nothing slips in behind the purge of its project.
    private const string Put =
        $"""
        with held as (select from mt_doc_experiment e where e.tenant_id = $1 and e.number = $3 and not e.deleted for key share)
        insert into trace as t (project, id, experiment, requested_at, duration, state, client_request_id, request_preview, response_preview, metadata, tags)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from held
        on conflict (project, id) do update set
            requested_at = excluded.requested_at, duration = coalesce(excluded.duration, t.duration), state = excluded.state,
            client_request_id = coalesce(excluded.client_request_id, t.client_request_id), request_preview = coalesce(excluded.request_preview, t.request_preview),
            response_preview = coalesce(excluded.response_preview, t.response_preview), metadata = t.metadata || excluded.metadata, tags = t.tags || excluded.tags
        where t.experiment = excluded.experiment
        returning {Columns}
        """;

    /// <summary>
    /// Adds a trace. One of that id that is there takes the news: clients say a trace again as it goes on. What they do not say again stays.
    /// </summary>
    /// <returns>The trace as it is then.</returns>
    public async Task<(Trace? Kept, Rejection? Rejected)> PutAsync(string project, Trace trace, CancellationToken ct)
    {
        try
        {
            await using var connection = await database.DataSource.OpenConnectionAsync(ct);
            await using var command = new NpgsqlCommand(Put, connection)
            {
                Parameters =
                {
                    new() { Value = project }, new() { Value = trace.Id }, new() { Value = trace.Experiment }, new() { Value = trace.RequestedAt.ToUniversalTime() },
                    Perhaps(trace.Duration, NpgsqlDbType.Bigint), new() { Value = trace.State }, Perhaps(trace.ClientRequestId, NpgsqlDbType.Text),
                    Perhaps(trace.RequestPreview, NpgsqlDbType.Text), Perhaps(trace.ResponsePreview, NpgsqlDbType.Text), Json(trace.Metadata), Json(trace.Tags),
                },
            };
            await command.PrepareAsync(ct);
            await using var rows = await command.ExecuteReaderAsync(ct);
            if (await rows.ReadAsync(ct)) return (Read(rows), null);
        }
        catch (PostgresException e) when (IsTooLarge(e))
        {
            return (null, TooLarge);
        }

        await using var again = await database.DataSource.OpenConnectionAsync(ct);
        return (null, await RefuseAsync(again, project, trace, ct));
    }

    /// <summary>Why a trace was not written: it is one of another experiment, or its own was deleted meanwhile.</summary>
    public static async Task<Rejection> RefuseAsync(NpgsqlConnection connection, string project, Trace trace, CancellationToken ct)
    {
        await using var command = Command(connection, "select experiment from trace where project = $1 and id = $2", project, trace.Id);
        return await command.ExecuteScalarAsync(ct) is long other && other != trace.Experiment
            ? Rejection.Conflict("trace.exists", $"The trace {trace.Id} is of experiment {other}, not {trace.Experiment}.", "trace_id")
            : Rejection.NotFound("experiment.unknown", $"There is no experiment {trace.Experiment}.");
    }

    /// <summary>The tags or the metadata of a trace are too many.</summary>
    public static Rejection TooLarge => Rejection.Malformed(
        "trace.too-large", $"The tags and the metadata of a trace have at most {TraceSchema.MostCharacters} characters each, as JSON.");

    /// <summary>A trace by its id.</summary>
    public async Task<Trace?> FindAsync(string project, string id, CancellationToken ct) => (await FindAsync(project, [id], ct)).GetValueOrDefault(id);

    /// <summary>Traces by their ids.</summary>
    public async Task<Dictionary<string, Trace>> FindAsync(string project, string[] ids, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = Command(connection, $"select {Columns} from trace t where t.project = $1 and t.id = any($2)", project, ids);
        await command.PrepareAsync(ct);
        var found = new Dictionary<string, Trace>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var trace = Read(rows);
            found[trace.Id] = trace;
        }

        return found;
    }

    /// <summary>Sets a tag.</summary>
    /// <returns>Whether there is such a trace.</returns>
    public async Task<(bool Found, Rejection? Rejected)> SetTagAsync(string project, string id, string key, string value, CancellationToken ct)
    {
        try
        {
            return (await ExecuteAsync(
                "update trace set tags = tags || jsonb_build_object($3::text, $4::text) where project = $1 and id = $2", ct, project, id, key, value) > 0, null);
        }
        catch (PostgresException e) when (IsTooLarge(e))
        {
            return (true, TooLarge);
        }
    }

    /// <summary>Removes a tag.</summary>
    /// <returns>Whether there was such a tag.</returns>
    public async Task<bool> DeleteTagAsync(string project, string id, string key, CancellationToken ct) =>
        await ExecuteAsync("update trace set tags = tags - $3::text where project = $1 and id = $2 and tags ? $3", ct, project, id, key) > 0;

    /// <summary>Links traces to a run, all or none. A link that is there stays.</summary>
    /// <returns>A trace that there is not; null when all were linked.</returns>
    public async Task<(string? Missing, Rejection? Rejected)> LinkAsync(string project, Guid run, string[] ids, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (RunDecider.RefuseSamples(await RunLife.HoldAsync(connection, project, run, ct), null, afterEnd: true) is { } rejected) return (null, rejected);
        // In one order, whoever links or removes them.
        await using (var held = Command(connection, "select id from trace where project = $1 and id = any($2) order by id for key share", project, ids))
        {
            var found = new HashSet<string>(StringComparer.Ordinal);
            await using var rows = await held.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) found.Add(rows.GetString(0));
            if (ids.FirstOrDefault(id => !found.Contains(id)) is { } missing) return (missing, null);
        }

        await using (var link = Command(connection, "insert into trace_run (project, run, trace) select $1, $2, unnest($3::text[]) on conflict do nothing", project, run, ids))
            await link.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return (null, null);
    }

    /// <summary>Which of the ids are those of an experiment's traces.</summary>
    public Task<IReadOnlyList<string>> OfExperimentAsync(string project, long experiment, string[] ids, CancellationToken ct) =>
        IdsAsync("select id from trace where project = $1 and experiment = $2 and id = any($3)", ct, project, experiment, ids);

    /// <summary>The oldest traces of an experiment up to a moment.</summary>
    public Task<IReadOnlyList<string>> OldestAsync(string project, long experiment, DateTimeOffset until, int limit, CancellationToken ct) =>
        IdsAsync(
            "select id from trace where project = $1 and experiment = $2 and requested_at <= $3 order by requested_at, id limit $4", ct, project, experiment, until.ToUniversalTime(), limit);

    /// <summary>Removes traces.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> DeleteAsync(string project, long experiment, IReadOnlyList<string> ids, CancellationToken ct) => ExecuteAsync(
        "delete from trace where project = $1 and id in (select id from trace where project = $1 and experiment = $2 and id = any($3) order by id for update)", ct, project, experiment, ids.ToArray());

    /// <summary>Reads the <see cref="Columns"/> of a row.</summary>
    public static Trace Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetFieldValue<DateTimeOffset>(2), row.IsDBNull(3) ? null : row.GetInt64(3), row.GetString(4), Text(row, 5), Text(row, 6), Text(row, 7),
        Entries(row.GetString(8)), Entries(row.GetString(9)));

    private static bool IsTooLarge(PostgresException e) => e.ConstraintName == TraceSchema.Size;

    private async Task<IReadOnlyList<string>> IdsAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = Command(connection, sql, values);
        var ids = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) ids.Add(rows.GetString(0));
        return ids;
    }

    private async Task<int> ExecuteAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private static NpgsqlParameter Perhaps(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static NpgsqlParameter Json(IReadOnlyDictionary<string, string> entries) => new() { Value = JsonSerializer.Serialize(entries), NpgsqlDbType = NpgsqlDbType.Jsonb };

    private static Dictionary<string, string> Entries(string json) => JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
