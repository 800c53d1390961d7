using Mesh.Contracts.Tracking;
using Npgsql;

namespace Mesh.Tracking.Runs;

/// <summary>What decides whether a run still takes samples. Read from indexed columns of the snapshot, without its params and tags.</summary>
/// <param name="LostAttempt">The newest attempt known to be lost, 0 if none is.</param>
/// <param name="LostCause">Why it was lost; read only while no other attempt has followed.</param>
internal sealed record RunLife(RunStatus Status, int Attempt, int LostAttempt, string? LostCause, DateTimeOffset? EndedAt, bool Deleted)
{
    /// <summary>Whether it has reached one of its three ends.</summary>
    public bool HasEnded => Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Aborted;

    /// <summary>Reads the lives of runs. Those that do not exist are absent.</summary>
    public static Task<Dictionary<(string Project, Guid Run), RunLife>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(string Project, Guid Run)> runs, CancellationToken ct) => ReadAsync(connection, runs, "", ct);

    /// <summary>
    /// Reads the lives of runs and keeps the runs from being purged until the transaction ends, so that no sample slips in behind the purge of a
    /// project. Changes of the runs are not held up.
    /// </summary>
    public static Task<Dictionary<(string Project, Guid Run), RunLife>> HoldAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(string Project, Guid Run)> runs, CancellationToken ct) =>
        ReadAsync(connection, runs, "for key share of r", ct);

    /// <summary>Reads the life of one run.</summary>
    public static async Task<RunLife?> ReadAsync(NpgsqlConnection connection, string project, Guid run, CancellationToken ct) =>
        (await ReadAsync(connection, [(project, run)], ct)).GetValueOrDefault((project, run));

    /// <summary>Reads the life of one run and keeps it from being purged until the transaction ends.</summary>
    public static async Task<RunLife?> HoldAsync(NpgsqlConnection connection, string project, Guid run, CancellationToken ct) =>
        (await HoldAsync(connection, [(project, run)], ct)).GetValueOrDefault((project, run));

    /// <summary>Reads lives as <see cref="HoldAsync(NpgsqlConnection, IReadOnlyCollection{ValueTuple{string, Guid}}, CancellationToken)"/> does, as a part of a longer batch.</summary>
    public static NpgsqlBatchCommand Hold(IReadOnlyCollection<(string Project, Guid Run)> runs)
    {
        var command = new NpgsqlBatchCommand(Select("for key share of r"));
        Bind(command.Parameters, runs);
        return command;
    }

    /// <summary>Reads the rows of <see cref="Hold"/>.</summary>
    public static async Task<Dictionary<(string Project, Guid Run), RunLife>> ReadAsync(NpgsqlDataReader rows, CancellationToken ct)
    {
        var lives = new Dictionary<(string, Guid), RunLife>();
        while (await rows.ReadAsync(ct))
        {
            lives[(rows.GetString(0), Guid.Parse(rows.GetString(1)))] = new RunLife(
                Enum.Parse<RunStatus>(rows.GetString(2)), rows.GetInt32(3), rows.GetInt32(6), await rows.IsDBNullAsync(7, ct) ? null : rows.GetString(7),
                await rows.IsDBNullAsync(4, ct) ? null : await rows.GetFieldValueAsync<DateTimeOffset>(4, ct), rows.GetBoolean(5));
        }

        return lives;
    }

    private static async Task<Dictionary<(string Project, Guid Run), RunLife>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(string Project, Guid Run)> runs, string locking, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Select(locking), connection);
        Bind(command.Parameters, runs);
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await ReadAsync(rows, ct);
    }

    private static string Select(string locking) =>
        $"""
        select r.tenant_id, r.id, r.status, r.attempt, r.ended_at, r.deleted, coalesce(r.lost_attempt, 0),
               case when r.lost_attempt >= r.attempt and r.lost_attempt > 0 then r.data ->> 'lostCause' end
        from unnest($1::text[], $2::text[]) as wanted (project, run)
        join mt_doc_run r on r.tenant_id = wanted.project and r.id = wanted.run
        {locking}
        """;

    private static void Bind(NpgsqlParameterCollection parameters, IReadOnlyCollection<(string Project, Guid Run)> runs)
    {
        parameters.Add(new() { Value = runs.Select(r => r.Project).ToArray() });
        parameters.Add(new() { Value = runs.Select(r => r.Run.ToString()).ToArray() });
    }
}
