using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Monitoring.Live;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Monitoring.Webhooks;

/// <summary>The HTTP surface of the deliveries of a webhook.</summary>
internal static class DeliveryEndpoints
{
    /// <summary>The type of the event that a test sends; no other event has it.</summary>
    public const string TestType = "mesh.test";

    private sealed record IdCursor(long Id);

    public static void MapDeliveries(this IEndpointRouteBuilder app)
    {
        var webhook = app.MapGroup("/api/v1/projects/{project}/webhooks/{webhook}").WithTags("Webhooks").RefuseUnknownQuery();
        webhook.MapGet("/deliveries", List).WithName("ListWebhookDeliveries").WithSummary("Deliveries of a webhook, newest first; of one state where it is named.");
        webhook.MapPost("/deliveries/{delivery}/redeliver", Redeliver).WithName("RedeliverWebhookDelivery").RequireRole(Role.Admin)
            .WithSummary("Makes a delivery now: one that was given up or made begins anew, one that waits to be tried again does not wait.");
        webhook.MapPost("/test", Test).WithName("TestWebhook").RequireRole(Role.Admin)
            .WithSummary("Sends an event of type mesh.test, also while the webhook is paused, and answers with how it went. It is not tried again.");
    }

    internal static async Task<Results<Ok<Page<WebhookDelivery>>, ProblemHttpResult>> List(
        string project, string webhook, PageRequest page, IMonitoringStore store, DeliveryList deliveries, string? state, CancellationToken ct)
    {
        DeliveryState? wanted = null;
        if (state is not null)
        {
            if (!EnumNames.TryParse<DeliveryState>(state, out var parsed))
                return Rejection.Malformed("state.invalid", "'state' must be pending, delivered or failed.", "state").ToProblem();
            wanted = parsed;
        }

        if (await WebhookEndpoints.FindAsync(store, deliveries, project, webhook, ct) is null) return WebhookDecider.Unknown(webhook).ToProblem();
        var rows = await deliveries.ReadAsync(new(project, webhook), wanted, page.After<IdCursor>()?.Id ?? long.MaxValue, page.Limit + 1, ct);
        return TypedResults.Ok(page.ToPage(rows, delivery => new IdCursor(delivery.Id)));
    }

    internal static async Task<Results<Ok<WebhookDelivery>, ProblemHttpResult>> Redeliver(
        string project, string webhook, long delivery, DeliveryList deliveries, Signal<DeliveryLoop> signal, ChangeSignal changes, CancellationToken ct)
    {
        if (await deliveries.RedeliverAsync(new(project, webhook), delivery, ct) is not { } begun)
            return Rejection.NotFound("delivery.unknown", $"There is no delivery {delivery} of a webhook '{webhook}'.").ToProblem();
        signal.Raise();
        changes.Tell(new WebhookKey(project, webhook).Deliveries);
        return TypedResults.Ok(begun);
    }

    internal static async Task<Results<Ok<WebhookDelivery>, ProblemHttpResult>> Test(
        string project, string webhook, Caller caller, DeliveryStore store, DeliveryList deliveries, WebhookSender sender, TimeProvider clock, CancellationToken ct)
    {
        var e = new MeshEvent
        {
            Id = Guid.CreateVersion7(),
            Source = $"/mesh/{MonitoringService.ServiceName}",
            Type = TestType,
            Subject = webhook,
            Time = clock.GetUtcNow(),
            Project = project,
            StreamVersion = 0,
            Actor = caller.Name,
            Data = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["webhook"] = webhook }, MeshJson.Strict),
        };
        var key = new WebhookKey(project, webhook);
        if (await store.AddTestAsync(key, e.Id, e.Type, JsonSerializer.SerializeToUtf8Bytes(e, MeshJson.Tolerant), ct) is not { } claimed)
            return WebhookDecider.Unknown(webhook).ToProblem();
        // Whoever asked may go away meanwhile; what was sent is noted.
        await store.TestedAsync(claimed, await sender.SendAsync(claimed, CancellationToken.None), CancellationToken.None);
        return await deliveries.FindAsync(key, claimed.Id, ct) is { } made ? TypedResults.Ok(made) : WebhookDecider.Unknown(webhook).ToProblem();
    }
}
