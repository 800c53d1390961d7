using Marten;
using Marten.Linq.MatchesSql;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Journal;
using Mesh.Monitoring.Live;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Monitoring.Webhooks;

/// <summary>The HTTP surface of webhooks.</summary>
internal static class WebhookEndpoints
{
    private sealed record NameCursor(string Name);

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup("/api/v1/projects/{project}/webhooks").WithTags("Webhooks").RefuseUnknownQuery();
        webhooks.MapGet("", List).WithName("ListWebhooks").WithSummary("Webhooks of the project and how their deliveries stand.");
        webhooks.MapPut("/{webhook}", Define).WithName("DefineWebhook").RequireRole(Role.Admin)
            .WithSummary("Defines a webhook, or changes it. A new one begins with the next event, and its secret is in this answer alone.");
        webhooks.MapGet("/{webhook}", Get).WithName("GetWebhook").WithSummary("A webhook and how its deliveries stand.");
        webhooks.MapDelete("/{webhook}", Remove).WithName("RemoveWebhook").RequireRole(Role.Admin).WithSummary("Removes a webhook with its deliveries.");
        webhooks.MapPost("/{webhook}/rotate", Rotate).WithName("RotateWebhookSecret").RequireRole(Role.Admin)
            .WithSummary("Makes a new secret, shown in this answer alone. Deliveries are signed with the old one, too, for 24 hours.");
        webhooks.MapPost("/{webhook}/replay", Replay).WithName("ReplayWebhook").RequireRole(Role.Admin)
            .WithSummary("Sends the events after a position of the journal, again where they were sent before.");
        webhooks.MapGet("/{webhook}/stream", Stream).WithName("StreamWebhook")
            .WithSummary("Says when a webhook or its deliveries change, as Server-Sent Events: 'deliveries', once at the beginning.")
            .Produces<Changed>(200, EventStream.ContentType).ProducesProblem(404);
        app.MapDeliveries();
    }

    internal static async Task<WebhookInfo?> FindAsync(IMonitoringStore store, DeliveryList deliveries, string project, string webhook, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<Webhook>(Webhook.StreamOf(webhook), ct) is { IsRemoved: false } found ? await DescribeAsync(deliveries, project, found, ct) : null;
    }

    internal static async Task<Ok<Page<WebhookInfo>>> List(string project, PageRequest page, IMonitoringStore store, DeliveryList deliveries, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var after = page.After<NameCursor>()?.Name ?? "";
        var webhooks = await session.Query<Webhook>()
            .Where(webhook => !webhook.IsRemoved && webhook.MatchesSql("d.data ->> 'name' collate \"C\" > ?", after))
            .OrderBySql("d.data ->> 'name' collate \"C\"")
            .Take(page.Limit + 1)
            .ToListAsync(ct);
        var standings = await deliveries.StandingsAsync(project, [.. webhooks.Select(webhook => webhook.Name)], ct);
        return TypedResults.Ok(page.ToPage<WebhookInfo, NameCursor>(
            [.. webhooks.Select(webhook => ToInfo(webhook, standings.GetValueOrDefault(webhook.Name)))], webhook => new(webhook.Name)));
    }

    internal static async Task<Results<Ok<DefinedWebhook>, ProblemHttpResult>> Define(
        string project, string webhook, DefineWebhook body, Caller caller, IMonitoringStore store, DeliveryList deliveries, WebhookSender sender, WebhookSecrets secrets,
        Signal<DeliveryLoop> signal, ChangeSignal changes, TimeProvider clock, CancellationToken ct)
    {
        if (!Names.IsLabel(webhook))
        {
            const string Form = "The name of a webhook must be a DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.";
            return Rejection.Malformed("webhook.invalid", Form, "webhook").ToProblem();
        }

        if (sender.Objection(new Uri(body.Url)) is { } objection) return Rejection.Unprocessable("webhook.address-refused", objection, "url").ToProblem();
        var others = await CountOthersAsync(store, project, webhook, ct);
        var (secret, isNew) = (WebhookSignature.NewSecret(), false);
        var written = await store.WriteAsync<Webhook, WebhookEvent>(
            caller, project, Webhook.StreamOf(webhook),
            state =>
            {
                isNew = state is not { IsRemoved: false };
                return WebhookDecider.Decide(new WebhookCommand.Define(webhook, body, caller.Name, others), state, clock.GetUtcNow());
            },
            ct, alongside: (session, events) => WebhookLedger.Note(session, project, webhook, events, secrets.Seal(project, webhook, secret)));
        if (written.Rejected is { } rejection) return rejection.ToProblem();
        signal.Raise();
        changes.Tell(new WebhookKey(project, webhook).Deliveries);
        return TypedResults.Ok(new DefinedWebhook(await DescribeAsync(deliveries, project, written.State!, ct), isNew ? secret : null));
    }

    internal static async Task<Results<Ok<WebhookInfo>, ProblemHttpResult>> Get(string project, string webhook, IMonitoringStore store, DeliveryList deliveries, CancellationToken ct) =>
        await FindAsync(store, deliveries, project, webhook, ct) is { } found ? TypedResults.Ok(found) : WebhookDecider.Unknown(webhook).ToProblem();

    internal static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string project, string webhook, Caller caller, IMonitoringStore store, ChangeSignal changes, TimeProvider clock, CancellationToken ct)
    {
        var written = await WriteAsync(store, caller, project, webhook, new WebhookCommand.Remove(webhook, caller.Name), changes, clock, [], ct);
        return written.Rejected is { } rejection ? rejection.ToProblem() : TypedResults.NoContent();
    }

    internal static async Task<Results<Ok<RotatedSecret>, ProblemHttpResult>> Rotate(
        string project, string webhook, Caller caller, IMonitoringStore store, WebhookSecrets secrets, ChangeSignal changes, TimeProvider clock, CancellationToken ct)
    {
        var secret = WebhookSignature.NewSecret();
        var written = await WriteAsync(store, caller, project, webhook, new WebhookCommand.Rotate(webhook, caller.Name), changes, clock, secrets.Seal(project, webhook, secret), ct);
        return written.Rejected is { } rejection ? rejection.ToProblem() : TypedResults.Ok(new RotatedSecret(secret, written.State!.SecretSince + WebhookLedger.Overlap));
    }

    internal static async Task<Results<Ok<WebhookInfo>, ProblemHttpResult>> Replay(
        string project, string webhook, ReplayWebhook body, Caller caller, IMonitoringStore store, DeliveryList deliveries, JournalStore journal,
        Signal<DeliveryLoop> signal, ChangeSignal changes, TimeProvider clock, CancellationToken ct)
    {
        var last = await journal.LastAsync(ct);
        var written = await WriteAsync(store, caller, project, webhook, new WebhookCommand.Replay(webhook, body.After, last, caller.Name), changes, clock, [], ct);
        if (written.Rejected is { } rejection) return rejection.ToProblem();
        signal.Raise();
        return TypedResults.Ok(await DescribeAsync(deliveries, project, written.State!, ct));
    }

    internal static async Task<IResult> Stream(string project, string webhook, IMonitoringStore store, DeliveryList deliveries, CancellationToken ct) =>
        await FindAsync(store, deliveries, project, webhook, ct) is null ? WebhookDecider.Unknown(webhook).ToProblem() : new ChangeStream(new WebhookKey(project, webhook).Deliveries);

    private static async Task<Written<Webhook, WebhookEvent>> WriteAsync(
        IMonitoringStore store, Caller caller, string project, string webhook, WebhookCommand command, ChangeSignal changes, TimeProvider clock, byte[] secret,
        CancellationToken ct)
    {
        var written = await store.WriteAsync<Webhook, WebhookEvent>(
            caller, project, Webhook.StreamOf(webhook), state => WebhookDecider.Decide(command, state, clock.GetUtcNow()), ct,
            alongside: (session, events) => WebhookLedger.Note(session, project, webhook, events, secret));
        if (written.Events.Count > 0) changes.Tell(new WebhookKey(project, webhook).Deliveries);
        return written;
    }

    private static async Task<int> CountOthersAsync(IMonitoringStore store, string project, string webhook, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.Query<Webhook>().Where(other => !other.IsRemoved && other.Name != webhook).CountAsync(ct);
    }

    private static async Task<WebhookInfo> DescribeAsync(DeliveryList deliveries, string project, Webhook webhook, CancellationToken ct) =>
        ToInfo(webhook, (await deliveries.StandingsAsync(project, [webhook.Name], ct)).GetValueOrDefault(webhook.Name));

    private static WebhookInfo ToInfo(Webhook webhook, DeliveryStanding? standing)
    {
        var (position, pending, failed, deliveredAt, failingSince, cause) = standing ?? DeliveryStanding.None;
        return new WebhookInfo(
            webhook.Name, webhook.Url, webhook.Types, webhook.Subject, webhook.Description, webhook.IsPaused, webhook.PauseCause, webhook.PausedAt,
            position, pending, failed, deliveredAt, failingSince, cause, webhook.CreatedBy, webhook.CreatedAt, webhook.SecretSince);
    }
}
