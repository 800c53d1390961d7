using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;

namespace Mesh.Monitoring.Webhooks;

/// <summary>What can be asked of a webhook.</summary>
public abstract record WebhookCommand
{
    private WebhookCommand() { }

    /// <summary>Somebody defines it.</summary>
    /// <param name="Others">How many other webhooks the project has.</param>
    public sealed record Define(string Webhook, DefineWebhook Body, string By, long Others = 0) : WebhookCommand;

    /// <summary>Its receiver takes nothing.</summary>
    /// <param name="Url">The receiver that is meant: it may be another one by now.</param>
    public sealed record GiveUp(string Url, string Cause, string By) : WebhookCommand;

    /// <summary>Somebody wants a new secret.</summary>
    public sealed record Rotate(string Webhook, string By) : WebhookCommand;

    /// <summary>Somebody wants events sent from a position on.</summary>
    /// <param name="Last">Position of the newest event.</param>
    public sealed record Replay(string Webhook, long After, long Last, string By) : WebhookCommand;

    /// <summary>Somebody removes it.</summary>
    public sealed record Remove(string Webhook, string By) : WebhookCommand;
}

/// <summary>The rules of webhooks: pure.</summary>
public static class WebhookDecider
{
    /// <summary>Most webhooks of a project.</summary>
    public const int MostWebhooks = 20;

    /// <summary>What follows from the command in this state, at this time.</summary>
    public static Decision<WebhookEvent> Decide(WebhookCommand command, Webhook? state, DateTimeOffset now) => (command, state) switch
    {
        (WebhookCommand.Define c, { IsRemoved: false } webhook) => Decision<WebhookEvent>.Of([.. Changes(c, webhook, now)]),
        (WebhookCommand.Define { Others: >= MostWebhooks }, _) =>
            Rejection.Conflict("webhook.too-many", $"A project has at most {MostWebhooks} webhooks. Delete one that is not needed."),
        (WebhookCommand.Define c, _) => c.Body.Paused
            ? Decision<WebhookEvent>.Of(Defined(c, now), new WebhookEvent.Paused(c.Webhook, null, c.By, now))
            : Defined(c, now),

        (WebhookCommand.GiveUp c, { IsRemoved: false, IsPaused: false } webhook) when webhook.Url == c.Url =>
            new WebhookEvent.Paused(webhook.Name, c.Cause, c.By, now),
        (WebhookCommand.GiveUp, _) => Decision<WebhookEvent>.Nothing,

        (WebhookCommand.Rotate c, { IsRemoved: false }) => new WebhookEvent.SecretRotated(c.By, now),
        (WebhookCommand.Rotate c, _) => Unknown(c.Webhook),

        (WebhookCommand.Replay c, { IsRemoved: false }) when c.After > c.Last =>
            Rejection.Unprocessable("webhook.after-unknown", $"The journal goes up to {c.Last}: nothing is after {c.After}.", "after"),
        (WebhookCommand.Replay c, { IsRemoved: false }) => new WebhookEvent.Replayed(c.After, c.By, now),
        (WebhookCommand.Replay c, _) => Unknown(c.Webhook),

        (WebhookCommand.Remove c, { IsRemoved: false }) => new WebhookEvent.Removed(c.By, now),
        (WebhookCommand.Remove c, _) => Unknown(c.Webhook),

        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>The refusal for a webhook that is not there.</summary>
    public static Rejection Unknown(string webhook) => Rejection.NotFound("webhook.unknown", $"There is no webhook '{webhook}'.");

    private static IEnumerable<WebhookEvent> Changes(WebhookCommand.Define c, Webhook webhook, DateTimeOffset now)
    {
        var isSame = c.Body.Url == webhook.Url && (c.Body.Types ?? []).SequenceEqual(webhook.Types) && c.Body.Subject == webhook.Subject && c.Body.Description == webhook.Description;
        if (!isSame) yield return Defined(c, now);
        if (c.Body.Paused && !webhook.IsPaused) yield return new WebhookEvent.Paused(c.Webhook, null, c.By, now);
        if (!c.Body.Paused && webhook.IsPaused) yield return new WebhookEvent.Resumed(c.By, now);
    }

    private static WebhookEvent.Defined Defined(WebhookCommand.Define c, DateTimeOffset now) =>
        new(c.Webhook, c.Body.Url, c.Body.Types ?? [], c.Body.Subject, c.Body.Description, c.By, now);
}
