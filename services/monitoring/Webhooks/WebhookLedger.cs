using Marten;
using Mesh.Monitoring.Journal;

namespace Mesh.Monitoring.Webhooks;

/// <summary>What a webhook's events mean to its deliveries: in the transaction that appends them.</summary>
internal static class WebhookLedger
{
    /// <summary>For how long deliveries are signed with the old secret, too.</summary>
    public static TimeSpan Overlap { get; } = TimeSpan.FromHours(24);

    // A webhook begins where the journal ends. Whoever fails at another address gets a new chance there.
    private const string Define =
        """
        insert into webhook_cursor as c (project, webhook, url, types, subject, secret, position)
        values (?, ?, ?, nullif(?, ''), nullif(?, ''), ?, (select last from journal_position))
        on conflict (project, webhook) do update set url = excluded.url, types = excluded.types, subject = excluded.subject,
          failures = case when c.url = excluded.url then c.failures else 0 end,
          failing_since = case when c.url = excluded.url then c.failing_since end,
          cause = case when c.url = excluded.url then c.cause end
        """;

    private const string Pause = "update webhook_cursor set paused = true where project = ? and webhook = ?";
    private const string Resume = "update webhook_cursor set paused = false, failures = 0, failing_since = null, cause = null where project = ? and webhook = ?";
    private const string Retry = "update webhook_delivery set due_at = now(), attempts_past = attempts where project = ? and webhook = ? and state = 'pending'";
    private const string Rotate = "update webhook_cursor set previous = secret, previous_until = ?, secret = ? where project = ? and webhook = ?";
    private const string Replay = "update webhook_cursor set position = ? where project = ? and webhook = ?";
    private const string Recall = "delete from webhook_delivery where project = ? and webhook = ? and state = 'pending' and in_order and position > ?";
    private const string Remove = "delete from webhook_cursor where project = ? and webhook = ?";

    /// <summary>Adds what follows from the events to the session's transaction.</summary>
    /// <param name="secret">The sealed secret of a webhook that is new, or gets a new one.</param>
    public static void Note(IDocumentSession session, string project, string webhook, IReadOnlyList<WebhookEvent> events, byte[] secret)
    {
        foreach (var e in events)
        {
            switch (e)
            {
                case WebhookEvent.Defined x:
                    var types = new JournalFilter(x.Types.Count == 0 ? null : x.Types, null, null).TypesExpression();
                    session.QueueSqlCommand(Define, project, webhook, x.Url, types ?? "", x.Subject ?? "", secret);
                    session.QueueSqlCommand(Retry, project, webhook);
                    break;
                case WebhookEvent.Paused:
                    session.QueueSqlCommand(Pause, project, webhook);
                    break;
                case WebhookEvent.Resumed:
                    session.QueueSqlCommand(Resume, project, webhook);
                    session.QueueSqlCommand(Retry, project, webhook);
                    break;
                case WebhookEvent.SecretRotated x:
                    session.QueueSqlCommand(Rotate, (x.At + Overlap).ToUniversalTime(), secret, project, webhook);
                    break;
                case WebhookEvent.Replayed x:
                    // In this order: events that are being handed out hold the cursor until they can be seen.
                    session.QueueSqlCommand(Replay, x.After, project, webhook);
                    session.QueueSqlCommand(Recall, project, webhook, x.After);
                    break;
                case WebhookEvent.Removed:
                    session.QueueSqlCommand(Remove, project, webhook);
                    break;
                default:
                    throw new InvalidOperationException($"{e.GetType()} says nothing of deliveries.");
            }
        }
    }
}
