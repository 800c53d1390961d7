using Mesh.Contracts.Tracking;
using Npgsql;

namespace Mesh.Tracking.Runs;

/// <summary>What decides whether a run still takes samples. Read from indexed columns of the snapshot, without its params and tags.</summary>
internal sealed record RunLife(RunStatus Status, int Attempt, DateTimeOffset? EndedAt, bool Deleted)
{
    /// <summary>Whether it has reached one of its three ends.</summary>
    public bool HasEnded => Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Aborted;

    /// <summary>Reads the lives of runs. Those that do not exist are absent.</summary>
    public static async Task<Dictionary<(string Project, Guid Run), RunLife>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(string Project, Guid Run)> runs, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select r.tenant_id, r.id, r.status, r.attempt, r.ended_at, r.deleted
            from unnest($1::text[], $2::text[]) as wanted (project, run)
            join mt_doc_run r on r.tenant_id = wanted.project and r.id = wanted.run
            """, connection)
        {
            Parameters =
            {
                new() { Value = runs.Select(r => r.Project).ToArray() },
                new() { Value = runs.Select(r => r.Run.ToString()).ToArray() },
            },
        };
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var lives = new Dictionary<(string, Guid), RunLife>(runs.Count);
        while (await rows.ReadAsync(ct))
        {
            lives[(rows.GetString(0), Guid.Parse(rows.GetString(1)))] = new RunLife(
                Enum.Parse<RunStatus>(rows.GetString(2)), rows.GetInt32(3),
                await rows.IsDBNullAsync(4, ct) ? null : await rows.GetFieldValueAsync<DateTimeOffset>(4, ct), rows.GetBoolean(5));
        }

        return lives;
    }

    /// <summary>Reads the life of one run.</summary>
    public static async Task<RunLife?> ReadAsync(NpgsqlConnection connection, string project, Guid run, CancellationToken ct) =>
        (await ReadAsync(connection, [(project, run)], ct)).GetValueOrDefault((project, run));
}
