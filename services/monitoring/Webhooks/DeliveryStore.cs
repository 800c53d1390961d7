using System.Text;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Live;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Monitoring.Webhooks;

/// <summary>A webhook of a project.</summary>
internal readonly record struct WebhookKey(string Project, string Webhook)
{
    /// <summary>What changes with its deliveries.</summary>
    public ChangeTopic Deliveries => new(ChangeKind.Deliveries, Project, Webhook);
}

/// <summary>An attempt that this process has to make, and nobody else for a while.</summary>
/// <param name="Attempt">Which one of the delivery it is.</param>
/// <param name="Round">Which one it is since the delivery was begun, or begun again.</param>
/// <param name="Secrets">The sealed secrets to sign with.</param>
/// <param name="Body">The CloudEvent; null when the journal does not have it any more.</param>
internal sealed record ClaimedDelivery(
    WebhookKey Key, long Id, Guid EventId, int Attempt, int Round, string Url, IReadOnlyList<byte[]> Secrets, byte[]? Body);

/// <summary>
/// Turns entries of the journal into deliveries, and hands those that are due to whoever asks. Rows are the state: whatever dies, a delivery that was not noted
/// as made is made again, after its claim has run out. Times are the database's, which all replicas share. Whoever looks is told once a statement is over, and with it committed.
/// </summary>
internal sealed class DeliveryStore(ServiceDatabase<IMonitoringStore> database, ChangeSignal changes)
{
    /// <summary>How long a claim holds: longer than an attempt may take.</summary>
    public static TimeSpan Hold { get; } = TimeSpan.FromSeconds(40);

    /// <summary>Deliveries of a webhook that wait; what is behind them waits in the journal.</summary>
    private const int MostPending = 2000;

    private const int MostAtOnce = 500;

    // One statement, one view of the journal: positions up to the last one have no holes in it.
    private static readonly string HandOutSql =
        $"""
        with w as (
          select project, webhook, position, types, subject from webhook_cursor c
          where not paused
            and exists (select from journal j where j.project = c.project and j.position > c.position)
            and (select count(*) from (select from webhook_delivery d where d.project = c.project and d.webhook = c.webhook and d.state = 'pending' limit {MostPending}) p) < {MostPending}
          limit 1 for update skip locked),
        entries as materialized (
          select j.position, j.event_id, j.type, j.subject from w, journal j
          where j.project = w.project and j.position > w.position and j.position <= (select last from journal_position)
            and (w.subject is null or j.subject = w.subject) and (w.types is null or j.type ~ w.types)
          order by j.position limit {MostAtOnce}),
        written as (
          insert into webhook_delivery (project, webhook, position, event_id, type, subject)
          select w.project, w.webhook, e.position, e.event_id, e.type, e.subject from w, entries e order by e.position),
        moved as (
          update webhook_cursor c set position = case
            when (select count(*) from entries) < {MostAtOnce} then (select last from journal_position) else (select max(position) from entries) end
          from w where c.project = w.project and c.webhook = w.webhook)
        select project, webhook, (select count(*) from entries) from w
        """;

    private const string DueSql =
        """
        select project, webhook, failures from webhook_cursor c
        where not paused and exists (
          select from webhook_delivery d where d.project = c.project and d.webhook = c.webhook and d.state = 'pending'
            and d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now()))
        order by failures, delivered_at nulls first
        """;

    private const string ClaimSql =
        """
        with due as (
          select d.id from webhook_delivery d
          where d.project = $1 and d.webhook = $2 and d.state = 'pending' and d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
            and (not d.in_order or not exists (
              select from webhook_delivery f
              where f.project = $1 and f.webhook = $2 and f.subject = d.subject and f.state = 'pending' and f.in_order and f.id < d.id))
          order by d.id limit $3 for update of d skip locked)
        update webhook_delivery d set attempts = d.attempts + 1, attempted_at = now(), claimed_until = now() + $4
        from due, webhook_cursor c
        where d.project = $1 and d.webhook = $2 and d.id = due.id and c.project = $1 and c.webhook = $2 and not c.paused
        returning d.id, d.event_id, d.attempts, d.attempts - d.attempts_past, c.url, c.secret, case when c.previous_until > now() then c.previous end,
          coalesce(d.event, (select j.event from journal j where j.position = d.position))::text
        """;

    private const string AddTestSql =
        """
        insert into webhook_delivery (project, webhook, event_id, type, subject, event, in_order, attempts, attempted_at, claimed_until)
        select project, webhook, $3, $4, webhook, $5::json, false, 1, now(), now() + $6 from webhook_cursor where project = $1 and webhook = $2
        returning id, (select url from webhook_cursor where project = $1 and webhook = $2), (select secret from webhook_cursor where project = $1 and webhook = $2)
        """;

    // Whoever was too late with an answer has no say: another attempt has begun.
    private const string TakenSql =
        """
        with taken as (
          update webhook_delivery set state = 'delivered', finished_at = now(), claimed_until = null, status_code = $5, latency_ms = $6, cause = null
          where project = $1 and webhook = $2 and id = $3 and attempts = $4 and state = 'pending')
        update webhook_cursor set failures = 0, failing_since = null, cause = null, delivered_at = now()
        where project = $1 and webhook = $2 and url = $7 and (failures > 0 or delivered_at is null or delivered_at < now() - interval '1 second')
        """;

    private const string NotTakenSql =
        """
        with refused as (
          update webhook_delivery set claimed_until = null, status_code = $5, latency_ms = $6, cause = $8,
            state = case when $9::interval is null then 'failed' else 'pending' end,
            due_at = case when $9::interval is null then due_at else now() + $9 end,
            finished_at = case when $9::interval is null then now() end
          where project = $1 and webhook = $2 and id = $3 and attempts = $4 and state = 'pending')
        update webhook_cursor set failures = failures + 1, failing_since = coalesce(failing_since, now()), cause = $8
        where project = $1 and webhook = $2 and url = $7
        returning failing_since, now()
        """;

    private const string TestedSql =
        """
        update webhook_delivery set state = case when $7::text is null then 'delivered' else 'failed' end, finished_at = now(), claimed_until = null,
          status_code = $5, latency_ms = $6, cause = $7
        where project = $1 and webhook = $2 and id = $3 and attempts = $4
        """;

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>Whether any webhook is to be looked after, and whether any delivery is pending.</summary>
    public async Task<(bool Webhooks, bool Pending)> AnyAsync(CancellationToken ct)
    {
        await using var command = _data.CreateCommand(
            """
            select exists (select from webhook_cursor where not paused),
              exists (select from webhook_cursor c where not paused and exists (select from webhook_delivery d where d.project = c.project and d.webhook = c.webhook and d.state = 'pending'))
            """);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetBoolean(0), row.GetBoolean(1));
    }

    /// <summary>Makes deliveries of new entries for one webhook.</summary>
    /// <returns>Whether there was one that had come behind, and that no other replica is at.</returns>
    public async Task<bool> HandOutAsync(CancellationToken ct)
    {
        await using var command = _data.CreateCommand(HandOutSql);
        WebhookKey key;
        await using (var row = await command.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return false;
            if (row.GetInt64(2) == 0) return true;
            key = new(row.GetString(0), row.GetString(1));
        }

        changes.Tell(key.Deliveries);
        return true;
    }

    /// <summary>The webhooks with something that may be due, those that take what they get first.</summary>
    public async Task<IReadOnlyList<(WebhookKey Key, int Failures)>> DueAsync(CancellationToken ct)
    {
        await using var command = _data.CreateCommand(DueSql);
        var due = new List<(WebhookKey, int)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) due.Add((new(rows.GetString(0), rows.GetString(1)), rows.GetInt32(2)));
        return due;
    }

    /// <summary>Takes deliveries that are due, of each subject at most the first.</summary>
    public async Task<IReadOnlyList<ClaimedDelivery>> ClaimAsync(WebhookKey key, int most, CancellationToken ct)
    {
        await using var command = Of(ClaimSql, key);
        command.Parameters.Add(new() { Value = most });
        command.Parameters.Add(new() { Value = Hold });
        var claimed = new List<ClaimedDelivery>();
        await using (var rows = await command.ExecuteReaderAsync(ct))
            while (await rows.ReadAsync(ct)) claimed.Add(Read(key, rows));
        if (claimed.Count > 0) changes.Tell(key.Deliveries);
        return claimed;
    }

    /// <summary>Adds the delivery of a test, claimed; null when there is no such webhook.</summary>
    public async Task<ClaimedDelivery?> AddTestAsync(WebhookKey key, Guid eventId, string type, byte[] body, CancellationToken ct)
    {
        await using var command = Of(AddTestSql, key);
        command.Parameters.Add(new() { Value = eventId });
        command.Parameters.Add(new() { Value = type });
        command.Parameters.Add(new() { Value = Encoding.UTF8.GetString(body) });
        command.Parameters.Add(new() { Value = Hold });
        ClaimedDelivery claimed;
        await using (var row = await command.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return null;
            claimed = new ClaimedDelivery(key, row.GetInt64(0), eventId, 1, 1, row.GetString(1), [await row.GetFieldValueAsync<byte[]>(2, ct)], body);
        }

        changes.Tell(key.Deliveries);
        return claimed;
    }

    /// <summary>Notes that the receiver took a delivery.</summary>
    public async Task TakenAsync(ClaimedDelivery delivery, DeliveryOutcome outcome, CancellationToken ct)
    {
        await using var command = Of(TakenSql, delivery, outcome);
        command.Parameters.Add(new() { Value = delivery.Url });
        await command.ExecuteNonQueryAsync(ct);
        changes.Tell(delivery.Key.Deliveries);
    }

    /// <summary>Notes that the receiver did not take a delivery, and when it is tried again, if it is.</summary>
    /// <returns>How long the receiver has taken nothing.</returns>
    public async Task<TimeSpan> NotTakenAsync(ClaimedDelivery delivery, DeliveryOutcome outcome, TimeSpan? retry, CancellationToken ct)
    {
        await using var command = Of(NotTakenSql, delivery, outcome);
        command.Parameters.Add(new() { Value = delivery.Url });
        command.Parameters.Add(new() { Value = outcome.Cause });
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Interval, Value = (object?)retry ?? DBNull.Value });
        TimeSpan failing;
        await using (var row = await command.ExecuteReaderAsync(ct))
            failing = await row.ReadAsync(ct) ? row.GetDateTime(1) - row.GetDateTime(0) : TimeSpan.Zero;
        changes.Tell(delivery.Key.Deliveries);
        return failing;
    }

    /// <summary>Notes how a test went: it says nothing of the events that wait, and is not tried again.</summary>
    public async Task TestedAsync(ClaimedDelivery delivery, DeliveryOutcome outcome, CancellationToken ct)
    {
        await using var command = Of(TestedSql, delivery, outcome);
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)outcome.Cause ?? DBNull.Value });
        await command.ExecuteNonQueryAsync(ct);
        changes.Tell(delivery.Key.Deliveries);
    }

    private static ClaimedDelivery Read(WebhookKey key, NpgsqlDataReader row) => new(
        key, row.GetInt64(0), row.GetGuid(1), row.GetInt32(2), row.GetInt32(3), row.GetString(4),
        row.IsDBNull(6) ? [row.GetFieldValue<byte[]>(5)] : [row.GetFieldValue<byte[]>(5), row.GetFieldValue<byte[]>(6)],
        row.IsDBNull(7) ? null : row.GetFieldValue<byte[]>(7));

    private NpgsqlCommand Of(string sql, ClaimedDelivery delivery, DeliveryOutcome outcome)
    {
        var command = Of(sql, delivery.Key);
        command.Parameters.Add(new() { Value = delivery.Id });
        command.Parameters.Add(new() { Value = delivery.Attempt });
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Integer, Value = (object?)outcome.StatusCode ?? DBNull.Value });
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Double, Value = (object?)outcome.LatencyMs ?? DBNull.Value });
        return command;
    }

    private NpgsqlCommand Of(string sql, WebhookKey key)
    {
        var command = _data.CreateCommand(sql);
        command.Parameters.Add(new() { Value = key.Project });
        command.Parameters.Add(new() { Value = key.Webhook });
        return command;
    }
}
