using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Monitoring.Webhooks;

/// <summary>How the deliveries of a webhook stand.</summary>
internal sealed record DeliveryStanding(
    long Position, long Pending, long Failed, DateTimeOffset? DeliveredAt, DateTimeOffset? FailingSince, string? Cause)
{
    public static DeliveryStanding None { get; } = new(0, 0, 0, null, null, null);
}

/// <summary>Lists deliveries, and has them made again.</summary>
internal sealed class DeliveryList(ServiceDatabase<IMonitoringStore> database)
{
    private const string Columns = "id, event_id, position, type, subject, state, attempts, status_code, latency_ms, cause, created_at, attempted_at, due_at";

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>How some webhooks of a project stand, by name.</summary>
    public async Task<IReadOnlyDictionary<string, DeliveryStanding>> StandingsAsync(string project, IReadOnlyList<string> webhooks, CancellationToken ct)
    {
        await using var command = _data.CreateCommand(
            """
            select webhook, position, delivered_at, failing_since, cause,
              (select count(*) from webhook_delivery d where d.project = c.project and d.webhook = c.webhook and d.state = 'pending'),
              (select count(*) from webhook_delivery d where d.project = c.project and d.webhook = c.webhook and d.state = 'failed')
            from webhook_cursor c where project = $1 and webhook = any ($2)
            """);
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = webhooks.ToArray() });
        var standings = new Dictionary<string, DeliveryStanding>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            standings[rows.GetString(0)] = new(rows.GetInt64(1), rows.GetInt64(5), rows.GetInt64(6), Time(rows, 2), Time(rows, 3), rows.GetValue(4) as string);
        return standings;
    }

    /// <summary>Deliveries before one, newest first.</summary>
    public async Task<IReadOnlyList<WebhookDelivery>> ReadAsync(WebhookKey key, DeliveryState? state, long before, int limit, CancellationToken ct)
    {
        await using var command = _data.CreateCommand(
            $"select {Columns} from webhook_delivery where project = $1 and webhook = $2 and id < $3 and ($4::text is null or state = $4) order by id desc limit $5");
        command.Parameters.Add(new() { Value = key.Project });
        command.Parameters.Add(new() { Value = key.Webhook });
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)(state is { } wanted ? EnumNames.Of(wanted) : null) ?? DBNull.Value });
        command.Parameters.Add(new() { Value = limit });
        var found = new List<WebhookDelivery>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add(Read(rows));
        return found;
    }

    /// <summary>One delivery.</summary>
    public async Task<WebhookDelivery?> FindAsync(WebhookKey key, long id, CancellationToken ct) =>
        await ReadAsync(key, null, id == long.MaxValue ? id : id + 1, 1, ct) is [{ } found] && found.Id == id ? found : null;

    /// <summary>
    /// Has a delivery made now: what is pending keeps its place, what is over is begun anew, without waiting for others of its subject.
    /// </summary>
    public async Task<WebhookDelivery?> RedeliverAsync(WebhookKey key, long id, CancellationToken ct)
    {
        await using var command = _data.CreateCommand(
            $"""
            update webhook_delivery set due_at = now(), attempts_past = attempts, in_order = in_order and state = 'pending', state = 'pending', finished_at = null
            where project = $1 and webhook = $2 and id = $3 returning {Columns}
            """);
        command.Parameters.Add(new() { Value = key.Project });
        command.Parameters.Add(new() { Value = key.Webhook });
        command.Parameters.Add(new() { Value = id });
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Read(row) : null;
    }

    private static WebhookDelivery Read(NpgsqlDataReader row)
    {
        var state = EnumNames.TryParse<DeliveryState>(row.GetString(5), out var known) ? known : throw new InvalidOperationException($"'{row.GetString(5)}' is no state of a delivery.");
        return new WebhookDelivery(
            row.GetInt64(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetInt64(2), row.GetString(3), row.GetString(4), state, row.GetInt32(6),
            row.IsDBNull(7) ? null : row.GetInt32(7), row.IsDBNull(8) ? null : row.GetDouble(8), row.GetValue(9) as string, Time(row, 10)!.Value, Time(row, 11),
            state is DeliveryState.Pending ? Time(row, 12) : null);
    }

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero);
}
