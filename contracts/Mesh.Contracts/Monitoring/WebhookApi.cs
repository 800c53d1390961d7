using Mesh.Contracts.Events;

namespace Mesh.Contracts.Monitoring;

/// <summary><c>PUT /api/v1/projects/{project}/webhooks/{webhook}</c></summary>
/// <param name="Url">Where events are posted: an https address. Members of the project see it, so it must not hold a password.</param>
/// <param name="Types">Patterns of the types that are sent, such as <c>run.*</c> or <c>drift.detected</c>; all when absent.</param>
/// <param name="Subject">Only events about this run, model, endpoint, …; any when absent.</param>
/// <param name="Description">For people.</param>
/// <param name="Paused">Whether events wait instead of being sent.</param>
public sealed record DefineWebhook(
    string Url, IReadOnlyList<string>? Types = null, string? Subject = null, string? Description = null, bool Paused = false) : IChecked
{
    /// <summary>Most characters of an address.</summary>
    public const int MaxUrl = 2000;

    /// <summary>Most patterns of types.</summary>
    public const int MaxTypes = 50;

    public void Check(Faults faults)
    {
        faults.Text(Url, "url", MaxUrl);
        faults.Require(IsAddress(Url), "url", "must be an https or http address with a host, and without a user, a password or a fragment.");
        faults.Text(Subject, "subject", 250);
        faults.Require(Subject is not "", "subject", "must not be empty; leave it out for events about anything.");
        faults.Text(Description, "description", 1000);
        if (Types is null) return;
        faults.Require(Types.Count is >= 1 and <= MaxTypes, "types", $"must hold 1 to {MaxTypes} patterns; leave it out for all types.");
        foreach (var (i, pattern) in Types.Index().Take(MaxTypes))
        {
            faults.Require(
                EventTypes.IsPattern(pattern) && EventTypes.ByName.Keys.Any(type => EventTypes.Matches(pattern, type)), $"types[{i}]",
                "must be a pattern that fits a type of event, such as run.* or drift.detected.");
        }
    }

    private static bool IsAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.Host.Length > 0 && url.UserInfo.Length == 0 && url.Fragment.Length == 0;
}

/// <summary>A webhook: never with its secret.</summary>
/// <param name="Types">Patterns of the types that are sent; all when there are none.</param>
/// <param name="PauseCause">Why the platform paused it; absent when somebody did.</param>
/// <param name="Position">Up to this position of the journal, events have become deliveries.</param>
/// <param name="Pending">Deliveries that are to be made.</param>
/// <param name="Failed">Deliveries that were given up, and can be made again.</param>
/// <param name="LastDeliveredAt">When the receiver last took an event.</param>
/// <param name="FailingSince">Since when the receiver has taken nothing that was sent; absent while it does.</param>
/// <param name="Cause">What went wrong last, while it is failing.</param>
/// <param name="SecretSince">When its secret was made.</param>
public sealed record WebhookInfo(
    string Name, string Url, IReadOnlyList<string> Types, string? Subject, string? Description, bool Paused, string? PauseCause, DateTimeOffset? PausedAt,
    long Position, long Pending, long Failed, DateTimeOffset? LastDeliveredAt, DateTimeOffset? FailingSince, string? Cause,
    string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset SecretSince);

/// <summary>The answer to the definition of a webhook.</summary>
/// <param name="Secret">What deliveries are signed with, <c>whsec_</c> and base64; only there when the webhook is new, and never shown again.</param>
public sealed record DefinedWebhook(WebhookInfo Webhook, string? Secret = null)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"DefinedWebhook {{ {Webhook.Name} }}";
}

/// <summary>A new secret of a webhook, never shown again.</summary>
/// <param name="PreviousUntil">Until then deliveries are signed with the secret before it, too.</param>
public sealed record RotatedSecret(string Secret, DateTimeOffset PreviousUntil)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"RotatedSecret {{ {PreviousUntil:O} }}";
}

/// <summary>What became of a delivery.</summary>
public enum DeliveryState
{
    /// <summary>It is to be made, for the first time or again.</summary>
    Pending,

    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>It was given up; it can be made again.</summary>
    Failed,
}

/// <summary>An event on its way to a receiver.</summary>
/// <param name="EventId">Id of the event, the same on every attempt and delivery: the header <c>webhook-id</c>.</param>
/// <param name="Position">Its position in the journal; absent for a test.</param>
/// <param name="StatusCode">What the receiver answered last.</param>
/// <param name="LatencyMs">How long it took to answer.</param>
/// <param name="Cause">What went wrong last.</param>
/// <param name="NextAttemptAt">When it is tried again, while it is pending. Events behind it about the same subject wait for it.</param>
public sealed record WebhookDelivery(
    long Id, Guid EventId, long? Position, string Type, string Subject, DeliveryState State, int Attempts, int? StatusCode, double? LatencyMs, string? Cause,
    DateTimeOffset CreatedAt, DateTimeOffset? LastAttemptAt, DateTimeOffset? NextAttemptAt);

/// <summary><c>POST …/webhooks/{webhook}/replay</c></summary>
/// <param name="After">Events after this position are sent, again where they were sent before: 0 for all that there are.</param>
public sealed record ReplayWebhook(long After) : IChecked
{
    public void Check(Faults faults) => faults.Require(After >= 0, "after", "must be a position in the journal: 0 for the beginning.");
}
