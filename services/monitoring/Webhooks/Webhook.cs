namespace Mesh.Monitoring.Webhooks;

/// <summary>A webhook: where events of a project are posted.</summary>
/// <param name="Id">Key of its stream.</param>
/// <param name="Name">Its name.</param>
/// <param name="Url">Where events are posted.</param>
/// <param name="Types">Patterns of the types that are sent; all when there are none.</param>
/// <param name="Subject">Only events about this; any when null.</param>
/// <param name="Description">For people.</param>
/// <param name="IsPaused">Whether events wait.</param>
/// <param name="PauseCause">Why the platform paused it.</param>
/// <param name="PausedAt">Since when it is paused.</param>
/// <param name="SecretSince">When its secret was made.</param>
/// <param name="CreatedBy">Who defined it first.</param>
/// <param name="CreatedAt">When it was defined first.</param>
/// <param name="IsRemoved">Whether it is gone.</param>
public sealed record Webhook(
    string Id, string Name, string Url, IReadOnlyList<string> Types, string? Subject, string? Description, bool IsPaused, string? PauseCause,
    DateTimeOffset? PausedAt, DateTimeOffset SecretSince, string CreatedBy, DateTimeOffset CreatedAt, bool IsRemoved)
{
    /// <summary>Key of the stream of a webhook.</summary>
    public static string StreamOf(string webhook) => $"webhook-{webhook}";

    public static Webhook Create(WebhookEvent.Defined e) =>
        new(StreamOf(e.Webhook), e.Webhook, e.Url, e.Types, e.Subject, e.Description, false, null, null, e.At, e.By, e.At, false);

    public Webhook Apply(WebhookEvent.Defined e) =>
        IsRemoved ? Create(e) : this with { Url = e.Url, Types = e.Types, Subject = e.Subject, Description = e.Description };

    public Webhook Apply(WebhookEvent.Paused e) => this with { IsPaused = true, PauseCause = e.Cause, PausedAt = e.At };

    public Webhook Apply(WebhookEvent.Resumed e) => this with { IsPaused = false, PauseCause = null, PausedAt = null };

    public Webhook Apply(WebhookEvent.SecretRotated e) => this with { SecretSince = e.At };

    public Webhook Apply(WebhookEvent.Replayed e) => this;

    public Webhook Apply(WebhookEvent.Removed e) => this with { IsRemoved = true };
}
