using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Artifacts.Lineage.Pushing;

/// <summary>An event of a run that waits to be sent.</summary>
internal sealed record WaitingEvent(long Id, Guid Run, string Type, DateTimeOffset At, string? Name, DateTimeOffset Since);

/// <summary>A target whose events this process sends for a while.</summary>
internal sealed record HeldTarget(string Project, Guid Holder, string Url, string? Secret, int Failures);

/// <summary>Where events of projects are sent, and which wait for it. An event that is gone from the table was taken by the receiver, or given up.</summary>
internal sealed class PushStore(ServiceDatabase<IArtifactsStore> database, IOptions<OpenLineageOptions> options, TimeProvider clock)
{
    public const string Schema =
        """
        create table openlineage_target (
            project      text primary key,
            url          text not null,
            secret       text,
            set_by       text not null,
            set_at       timestamptz not null,
            sent         bigint not null default 0,
            refused      bigint not null default 0,
            last_sent_at timestamptz,
            failures     int not null default 0,
            due_at       timestamptz not null,
            problem      text,
            holder       uuid,
            held_until   timestamptz
        );
        create table openlineage_waiting (
            project text not null references openlineage_target (project) on delete cascade,
            id      bigint generated always as identity,
            event   uuid not null,
            run     uuid not null,
            type    text not null,
            at      timestamptz not null,
            name    text,
            due_at  timestamptz not null,
            primary key (project, id),
            unique (project, event)
        );
        """;

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>How long a target is held: who does not come back lets go of it then.</summary>
    public static TimeSpan Hold { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The target of a project with its state, or null.</summary>
    public async Task<OpenLineageTarget?> FindAsync(string project, CancellationToken ct)
    {
        await using var command = With(
            _data.CreateCommand(
                """
                select url, secret, set_by, set_at, (select count(*) from openlineage_waiting w where w.project = t.project), sent, refused, last_sent_at, failures,
                  case when failures > 0 then due_at end, problem
                from openlineage_target t where project = $1
                """), project);
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        return new OpenLineageTarget(
            row.GetString(0), row.GetValue(1) as string, row.GetString(2), await row.GetFieldValueAsync<DateTimeOffset>(3, ct), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6),
            Time(row.GetValue(7)), row.GetInt32(8), Time(row.GetValue(9)), row.GetValue(10) as string);
    }

    /// <summary>Names the target of a project, or another one; what waits is sent there.</summary>
    public async Task SetAsync(string project, SetOpenLineageTarget target, string by, CancellationToken ct)
    {
        await using var command = With(
            _data.CreateCommand(
                """
                insert into openlineage_target as known (project, url, secret, set_by, set_at, due_at) values ($1, $2, $3, $4, $5, $5)
                on conflict (project) do update set url = excluded.url, secret = excluded.secret, set_by = excluded.set_by, set_at = excluded.set_at, due_at = excluded.due_at,
                  failures = 0, problem = null
                """), project, target.Url, target.Secret, by, clock.GetUtcNow());
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Ends sending for a project; what waits is forgotten.</summary>
    /// <returns>Whether there was a target.</returns>
    public async Task<bool> RemoveAsync(string project, CancellationToken ct)
    {
        await using var command = With(_data.CreateCommand("delete from openlineage_target where project = $1"), project);
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Has an event sent, where its project names a target. The same event again changes nothing while it waits.</summary>
    /// <returns>Whether it has one.</returns>
    public async Task<bool> AddAsync(string project, Guid id, Guid run, string type, DateTimeOffset at, string? name, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using var command = With(
            new NpgsqlCommand(
                """
                insert into openlineage_waiting (project, event, run, type, at, name, due_at)
                select project, $2, $3, $4, $5, $6, $7 from openlineage_target where project = $1 for key share
                on conflict (project, event) do nothing
                """, connection), project, id, run, type, at, name, now + TimeSpan.FromSeconds(options.Value.SettleSeconds));
        await command.PrepareAsync(ct);
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Takes a target that has something to be sent now, and that nobody else holds.</summary>
    public async Task<HeldTarget?> TakeAsync(CancellationToken ct)
    {
        var (now, holder) = (clock.GetUtcNow(), Guid.CreateVersion7());
        await using var command = With(
            _data.CreateCommand(
                """
                update openlineage_target set holder = $1, held_until = $2 where project = (
                    select project from openlineage_target t
                    where due_at <= $3 and (held_until is null or held_until < $3)
                      and exists (select from openlineage_waiting w where w.project = t.project and w.id = (select min(id) from openlineage_waiting f where f.project = t.project) and w.due_at <= $3)
                    order by due_at limit 1 for update skip locked)
                returning project, url, secret, failures
                """), holder, now + Hold, now);
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new HeldTarget(row.GetString(0), holder, row.GetString(1), row.GetValue(2) as string, row.GetInt32(3)) : null;
    }

    /// <summary>When the next event is to be sent, at the earliest; null when nothing waits.</summary>
    public async Task<DateTimeOffset?> NextAsync(CancellationToken ct)
    {
        await using var command = _data.CreateCommand(
            """
            select min(greatest(t.due_at, coalesce(t.held_until, t.due_at), (select w.due_at from openlineage_waiting w where w.project = t.project order by w.id limit 1)))
            from openlineage_target t where exists (select from openlineage_waiting w where w.project = t.project)
            """);
        return Time(await command.ExecuteScalarAsync(ct));
    }

    /// <summary>What waits longest of what is due, in order.</summary>
    public async Task<IReadOnlyList<WaitingEvent>> WaitingAsync(string project, int limit, CancellationToken ct)
    {
        await using var command = With(
            _data.CreateCommand("select id, run, type, at, name, due_at, due_at <= $2 from openlineage_waiting where project = $1 order by id limit $3"), project, clock.GetUtcNow(), limit);
        var waiting = new List<WaitingEvent>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        // Those behind one that is not due wait, too: the order of a run is kept.
        while (await rows.ReadAsync(ct) && rows.GetBoolean(6))
            waiting.Add(new(rows.GetInt64(0), rows.GetGuid(1), rows.GetString(2), await rows.GetFieldValueAsync<DateTimeOffset>(3, ct), rows.GetValue(4) as string, await rows.GetFieldValueAsync<DateTimeOffset>(5, ct)));
        return waiting;
    }

    /// <summary>An event was taken, or is given up with a reason.</summary>
    /// <returns>Whether the target is still held.</returns>
    public async Task<bool> DoneAsync(HeldTarget target, WaitingEvent e, string? refusal, CancellationToken ct)
    {
        await using var command = With(
            _data.CreateCommand(
                """
                with gone as (delete from openlineage_waiting where project = $1 and id = $3)
                update openlineage_target set sent = sent + $4, refused = refused + 1 - $4, failures = 0, problem = $5, last_sent_at = case when $4 = 1 then $6 else last_sent_at end
                where project = $1 and holder = $2
                """), target.Project, target.Holder, e.Id, refusal is null ? 1 : 0, refusal, clock.GetUtcNow());
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Lets go of a target; where something went wrong, it is left alone for longer each time.</summary>
    public async Task LetGoAsync(HeldTarget target, string? problem, CancellationToken ct)
    {
        // What went wrong with one address says nothing of another that was named meanwhile.
        await using var command = With(
            _data.CreateCommand(
                """
                update openlineage_target set holder = null, held_until = null,
                  failures = case when $3::text is null or url <> $5 then failures else failures + 1 end,
                  due_at = case when $3::text is null or url <> $5 then due_at else $4 + least(interval '5 minutes', interval '1 second' * power(2, least(failures, 20))) end,
                  problem = case when url <> $5 then problem else coalesce($3, problem) end
                where project = $1 and holder = $2
                """), target.Project, target.Holder, problem, clock.GetUtcNow(), target.Url);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static DateTimeOffset? Time(object? value) => value is DateTime time ? new DateTimeOffset(time, TimeSpan.Zero) : null;

    private static NpgsqlCommand With(NpgsqlCommand command, params ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(value switch
            {
                null => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                DateTimeOffset time => new NpgsqlParameter { Value = time.UtcDateTime },
                _ => new NpgsqlParameter { Value = value },
            });
        }

        return command;
    }
}
