using System.Text.Json;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Traces.Assessments;

/// <summary>Keeps the assessments of traces. Whoever writes one holds its trace, so that limits hold and an assessment has one successor at a time.</summary>
internal sealed class AssessmentStore(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The most assessments of a trace.</summary>
    public const int MostOfTrace = 500;

    /// <summary>The most characters of the assessments of a trace: contents, rationales, metadata.</summary>
    public const int MostCharacters = 131_072;

    /// <summary><c>trace_assessment</c>: a row for each; it goes with its trace.</summary>
    public const string Schema =
        """
        create table trace_assessment (
            project     text collate "C" not null,
            trace       text collate "C" not null,
            id          text collate "C" not null,
            span        text collate "C",
            name        text collate "C" not null,
            kind        text collate "C" not null,
            content     jsonb not null,
            source_type text collate "C" not null,
            source_id   text collate "C",
            rationale   text,
            metadata    jsonb not null,
            overrides   text collate "C",
            valid       boolean not null,
            characters  int not null,
            created_at  timestamptz not null,
            updated_at  timestamptz not null,
            primary key (project, trace, id),
            foreign key (project, trace) references trace (project, id) on delete cascade
        );
        create index trace_assessment_by_name on trace_assessment (project, kind, name);
        """;

    private const string Columns =
        "id, trace, span, name, kind, content::text, source_type, source_id, rationale, metadata::text, overrides, valid, created_at, updated_at";

    /// <summary>There is no such trace.</summary>
    public static Rejection NoTrace { get; } = Rejection.NotFound("trace.unknown", "There is no such trace.");

    /// <summary>There is no such assessment.</summary>
    public static Rejection Unknown { get; } = Rejection.NotFound("assessment.unknown", "There is no such assessment.");

    /// <summary>Adds assessments to a trace, all or none. One that is there by its id stays as it is: clients say a trace again.</summary>
    public async Task<Rejection?> AddAsync(string project, string trace, IReadOnlyList<Assessment> assessments, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await HoldAsync(connection, project, trace, ct)) return NoTrace;
        try
        {
            foreach (var assessment in assessments)
            {
                if (await InsertAsync(connection, project, assessment, ct) == 0 || assessment.Overrides is not { } old) continue;
                await using var replace = Command(connection, "update trace_assessment set valid = false where project = $1 and trace = $2 and id = $3", project, trace, old);
                if (await replace.ExecuteNonQueryAsync(ct) == 0) return Unknown;
            }
        }
        catch (PostgresException e) when (IsUnkept(e))
        {
            return Unkept(e);
        }

        if (await OverfullAsync(connection, project, trace, ct) is { } full) return full;
        await transaction.CommitAsync(ct);
        return null;
    }

    /// <summary>Changes an assessment.</summary>
    public async Task<(Assessment? Changed, Rejection? Rejected)> ChangeAsync(string project, string trace, string id, AssessmentChange change, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await HoldAsync(connection, project, trace, ct)) return (null, NoTrace);
        if (await FindAsync(connection, project, trace, id, ct) is not { } found) return (null, Unknown);
        var (changed, rejected) = found.With(change, now);
        if (rejected is not null) return (null, rejected);
        try
        {
            await using var write = Command(
                connection,
                """
                update trace_assessment set name = $4, content = $5, rationale = $6, metadata = $7, valid = $8, characters = $9, updated_at = $10
                where project = $1 and trace = $2 and id = $3
                """, project, trace, id, changed!.Name);
            foreach (var parameter in (NpgsqlParameter[])
                [
                    Json(changed.Content), Perhaps(changed.Rationale), Json(JsonSerializer.Serialize(changed.Metadata)), new() { Value = changed.Valid }, new() { Value = changed.Characters },
                    new() { Value = changed.UpdatedAt },
                ]) write.Parameters.Add(parameter);
            await write.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException e) when (IsUnkept(e))
        {
            return (null, Unkept(e));
        }

        if (await OverfullAsync(connection, project, trace, ct) is { } full) return (null, full);
        await transaction.CommitAsync(ct);
        return (changed, null);
    }

    /// <summary>Removes an assessment, if it is there; one that it took the place of is valid again, unless yet another has taken it.</summary>
    /// <returns>The refusal when there is no such trace.</returns>
    public async Task<Rejection?> DeleteAsync(string project, string trace, string id, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await HoldAsync(connection, project, trace, ct)) return NoTrace;
        await using (var delete = Command(
            connection,
            """
            with gone as (delete from trace_assessment where project = $1 and trace = $2 and id = $3 returning overrides)
            update trace_assessment a set valid = true from gone g
            where a.project = $1 and a.trace = $2 and a.id = g.overrides
              and not exists (select from trace_assessment o where o.project = $1 and o.trace = $2 and o.overrides = g.overrides and o.id <> $3)
            """, project, trace, id)) await delete.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return null;
    }

    /// <summary>An assessment, or null.</summary>
    public async Task<Assessment?> FindAsync(string project, string trace, string id, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        return await FindAsync(connection, project, trace, id, ct);
    }

    /// <summary>The assessments of several traces with one query, the oldest first.</summary>
    public async Task<ILookup<string, Assessment>> OfAsync(string project, string[] traces, CancellationToken ct)
    {
        var found = new List<Assessment>();
        if (traces.Length == 0) return found.ToLookup(assessment => assessment.Trace);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = Command(connection, $"select {Columns} from trace_assessment where project = $1 and trace = any($2) order by trace, created_at, id", project, traces);
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add(Read(rows));
        return found.ToLookup(assessment => assessment.Trace);
    }

    private static async Task<Assessment?> FindAsync(NpgsqlConnection connection, string project, string trace, string id, CancellationToken ct)
    {
        await using var command = Command(connection, $"select {Columns} from trace_assessment where project = $1 and trace = $2 and id = $3", project, trace, id);
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? Read(rows) : null;
    }

    private static async Task<bool> HoldAsync(NpgsqlConnection connection, string project, string trace, CancellationToken ct)
    {
        await using var hold = Command(connection, "select true from trace where project = $1 and id = $2 for no key update", project, trace);
        return await hold.ExecuteScalarAsync(ct) is true;
    }

    private static async Task<int> InsertAsync(NpgsqlConnection connection, string project, Assessment a, CancellationToken ct)
    {
        await using var insert = new NpgsqlCommand(
            """
            insert into trace_assessment (project, trace, id, span, name, kind, content, source_type, source_id, rationale, metadata, overrides, valid, characters, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing
            """, connection)
        {
            Parameters =
            {
                new() { Value = project }, new() { Value = a.Trace }, new() { Value = a.Id }, Perhaps(a.Span), new() { Value = a.Name }, new() { Value = a.Kind }, Json(a.Content),
                new() { Value = a.SourceType }, Perhaps(a.SourceId), Perhaps(a.Rationale), Json(JsonSerializer.Serialize(a.Metadata)), Perhaps(a.Overrides), new() { Value = a.Valid },
                new() { Value = a.Characters }, new() { Value = a.CreatedAt }, new() { Value = a.UpdatedAt },
            },
        };
        return await insert.ExecuteNonQueryAsync(ct);
    }

    private static async Task<Rejection?> OverfullAsync(NpgsqlConnection connection, string project, string trace, CancellationToken ct)
    {
        await using var count = Command(
            connection, "select count(*) > $3 or coalesce(sum(characters), 0) > $4 from trace_assessment where project = $1 and trace = $2", project, trace, (long)MostOfTrace, (long)MostCharacters);
        return await count.ExecuteScalarAsync(ct) is true
            ? Rejection.Malformed("assessments.too-many", $"A trace has at most {MostOfTrace} assessments, and these at most {MostCharacters} characters of values, rationales and metadata together.")
            : null;
    }

    // JSON that PostgreSQL does not hold: U+0000, half of a surrogate pair, numbers beyond all measure.
    private static bool IsUnkept(PostgresException e) => e.SqlState.StartsWith("22", StringComparison.Ordinal);

    private static Rejection Unkept(PostgresException e) => Rejection.Malformed("assessment.value", $"The value cannot be kept: {e.MessageText}.");

    private static Assessment Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), Text(row, 2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), Text(row, 7), Text(row, 8),
        JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(9))!, Text(row, 10), row.GetBoolean(11), row.GetFieldValue<DateTimeOffset>(12), row.GetFieldValue<DateTimeOffset>(13));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static NpgsqlParameter Json(string json) => new() { Value = json, NpgsqlDbType = NpgsqlDbType.Jsonb };

    private static NpgsqlParameter Perhaps(string? text) => new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
