using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Terminal;
using Mesh.Client;
using Mesh.Contracts.Monitoring;

namespace Mesh.Cli.Monitoring;

/// <summary><c>mesh webhooks …</c></summary>
internal static class WebhookCommands
{
    private static readonly Argument<string> Webhook = Options.Name("webhook", "Name of the webhook.");
    private static readonly Argument<long> Delivery = new("delivery") { Description = "Number of the delivery." };
    private static readonly Option<string?> Url = new("--url") { Description = "Where events are posted: an https address." };
    private static readonly Option<string?> Types = new("--types", "-t") { Description = "Types that are sent, with patterns: run.*,drift.detected; # for all." };
    private static readonly Option<string?> Subject = new("--subject") { Description = "Only events about this, such as a model; an empty text for any." };
    private static readonly Option<string?> Description = new("--description") { Description = "What it is for." };
    private static readonly Option<bool> Pause = new("--pause") { Description = "Let events wait." };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Send them again, those that waited first." };
    private static readonly Option<DeliveryState?> State = new("--state") { Description = "Only those that are pending, delivered or failed." };
    private static readonly Option<long> After = new("--after") { Description = "The position in the journal after which events are sent; 0 for all.", Required = true };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on as deliveries are made: a line for each that changed." };
    private static readonly Option<int> Limit = Options.Limit(50);

    public static Command Create() => Verb.Noun(
        "webhooks", "Webhooks: where events of a project are posted.",
        Verb.Of("list", "List webhooks.", [], context => context.Output.TableAsync(
            context.Project.Webhooks.ListAsync(context.Ct), "There is no webhook. Make one: mesh webhooks set NAME --url https://…",
            ["webhook", "url", "types", "state", "#pending", "#failed", "last delivered"], w => [w.Name, w.Url, TypesOf(w), StateOf(w), w.Pending, w.Failed, w.LastDeliveredAt], ct: context.Ct)),
        Verb.Of("set", "Make a webhook, or change it; what is not given stays. The secret of a new one is shown this once.", [Webhook, Url, Types, Subject, Description, Pause, Resume], SetAsync),
        Verb.Of("show", "Show a webhook and how its deliveries stand.", [Webhook], async context => Show(context, await context.Project.Webhooks.GetAsync(context.Get(Webhook), context.Ct))),
        Verb.Of("delete", "Delete a webhook with its deliveries.", [Webhook], async context =>
        {
            await context.Project.Webhooks.DeleteAsync(context.Get(Webhook), context.Ct);
            context.Output.Done(new { project = context.ProjectName, name = context.Get(Webhook), deleted = true }, $"The webhook {context.Get(Webhook)} is deleted.");
        }),
        Verb.Of("deliveries", "List deliveries, newest first.", [Webhook, State, Follow, Limit], context => context.Get(Follow) ? FollowAsync(context) : context.Output.TableAsync(
            context.Project.Webhooks.DeliveriesAsync(context.Get(Webhook), context.Get(State), context.Ct), "Nothing was delivered, and nothing waits.",
            ["#delivery", "type", "subject", "state", "#attempts", "#status", "#latency", "last attempt", "next attempt", "cause"],
            d => [d.Id, d.Type, d.Subject, d.State, d.Attempts, d.StatusCode, LatencyOf(d), d.LastAttemptAt, d.NextAttemptAt, d.Cause], context.Get(Limit), context.Ct)),
        Verb.Of("redeliver", "Make a delivery again, or now.", [Webhook, Delivery], async context =>
            Show(context, await context.Project.Webhooks.RedeliverAsync(context.Get(Webhook), context.Get(Delivery), context.Ct))),
        Verb.Of("replay", "Send the events after a position of the journal, again where they were sent before.", [Webhook, After], async context =>
            Show(context, await context.Project.Webhooks.ReplayAsync(context.Get(Webhook), context.Get(After), context.Ct))),
        Verb.Of("test", "Send an event of type mesh.test, and show how it went.", [Webhook], async context =>
        {
            var made = await context.Project.Webhooks.TestAsync(context.Get(Webhook), context.Ct);
            Show(context, made);
            return made.State is DeliveryState.Delivered ? ExitCode.Success : ExitCode.EndedBadly;
        }),
        Verb.Of("rotate", "Make a new secret, shown this once. The old one signs, too, for 24 hours.", [Webhook], async context =>
        {
            var rotated = await context.Project.Webhooks.RotateAsync(context.Get(Webhook), context.Ct);
            if (context.Output.Json) context.Output.Object(rotated);
            else ShowSecret(context, rotated.Secret, $"The old one signs, too, until {Terminal.Output.Text(rotated.PreviousUntil)}.");
        }));

    private static async Task SetAsync(Context context)
    {
        if (context.Get(Pause) && context.Get(Resume)) throw new UsageException("--pause or --resume, not both.");
        var (name, now) = (context.Get(Webhook), await FindAsync(context));
        var url = context.Get(Url) ?? now?.Url ?? throw new UsageException($"There is no webhook {name} yet: say where it posts to with --url https://…");
        var types = context.Get(Types) switch
        {
            null => now is { Types.Count: > 0 } ? now.Types : null,
            "#" => null,
            var given => given.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        };
        var subject = context.Get(Subject) is { } about ? about.Length > 0 ? about : null : now?.Subject;
        var defined = await context.Project.Webhooks.DefineAsync(
            name, new DefineWebhook(url, types, subject, context.Get(Description) ?? now?.Description, context.Get(Pause) || (now is { Paused: true } && !context.Get(Resume))), context.Ct);
        if (context.Output.Json)
        {
            context.Output.Object(defined);
            return;
        }

        Show(context, defined.Webhook);
        if (defined.Secret is { } secret) ShowSecret(context, secret, "Deliveries are signed with it.");
    }

    private static async Task FollowAsync(Context context)
    {
        var (webhooks, webhook) = (context.Project.Webhooks, context.Get(Webhook));
        var printed = new Dictionary<long, WebhookDelivery>();
        try
        {
            await foreach (var _ in webhooks.FollowAsync(webhook, context.Ct))
            {
                var newest = await webhooks.DeliveriesAsync(webhook, context.Get(State), context.Ct).Take(context.Get(Limit)).ToListAsync(context.Ct);
                foreach (var delivery in Enumerable.Reverse(newest).Where(delivery => delivery != printed.GetValueOrDefault(delivery.Id)))
                    context.Output.Piece(delivery, Line(delivery));
                printed = newest.ToDictionary(delivery => delivery.Id);
            }
        }
        catch (OperationCanceledException) when (context.Ct.IsCancellationRequested)
        {
            // There is no other end to wait for: whoever interrupts it has seen enough.
        }
    }

    private static string Line(WebhookDelivery delivery)
    {
        var outcome = string.Join("  ", new[] { delivery.StatusCode?.ToString(CultureInfo.InvariantCulture), LatencyOf(delivery), delivery.Cause }.OfType<string>());
        return $"{delivery.Id,8}  {delivery.Type,-24} {delivery.Subject}  {Terminal.Output.Text(delivery.State)}, attempt {delivery.Attempts}  {outcome}".TrimEnd();
    }

    private static async Task<WebhookInfo?> FindAsync(Context context)
    {
        try
        {
            return await context.Project.Webhooks.GetAsync(context.Get(Webhook), context.Ct);
        }
        catch (MeshException missing) when (missing.Code == "webhook.unknown")
        {
            return null;
        }
    }

    private static void ShowSecret(Context context, string secret, string sentence)
    {
        context.Output.Raw(secret);
        context.Output.Note($"The secret is shown only now. {sentence}");
    }

    private static void Show(Context context, WebhookInfo webhook) => context.Output.Object(
        webhook, ("webhook", webhook.Name), ("url", webhook.Url), ("types", TypesOf(webhook)), ("subject", webhook.Subject ?? "any"), ("state", StateOf(webhook)),
        ("paused because", webhook.PauseCause), ("paused", webhook.PausedAt), ("failing since", webhook.FailingSince), ("cause", webhook.Cause), ("position", webhook.Position),
        ("pending", webhook.Pending), ("failed", webhook.Failed), ("last delivered", webhook.LastDeliveredAt), ("description", webhook.Description),
        ("secret since", webhook.SecretSince), ("created", webhook.CreatedAt), ("by", webhook.CreatedBy));

    private static void Show(Context context, WebhookDelivery delivery) => context.Output.Object(
        delivery, ("delivery", delivery.Id), ("type", delivery.Type), ("subject", delivery.Subject), ("event", delivery.EventId), ("position", delivery.Position), ("state", delivery.State),
        ("attempts", delivery.Attempts), ("status", delivery.StatusCode), ("latency", LatencyOf(delivery)), ("cause", delivery.Cause), ("next attempt", delivery.NextAttemptAt));

    private static string TypesOf(WebhookInfo webhook) => webhook.Types.Count == 0 ? "all" : string.Join(",", webhook.Types);

    private static string StateOf(WebhookInfo webhook) => webhook.Paused ? "paused" : webhook.FailingSince is not null ? "failing" : "active";

    private static string? LatencyOf(WebhookDelivery delivery) => delivery.LatencyMs is { } ms ? $"{Figures.Number(ms)} ms" : null;
}
