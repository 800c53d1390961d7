using System.Text.Json;
using Mesh.Cli.Tests.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Cli.Tests.Monitoring;

/// <summary>Deliveries of a webhook as they are made.</summary>
public sealed class DeliveriesFollowTests
{
    private const string Mark = "event: deliveries\ndata: {\"at\":\"2026-11-26T12:00:00Z\"}\n\n";
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Each_changed_delivery_is_a_line_the_oldest_first_until_somebody_interrupts(bool json)
    {
        WebhookDelivery made = new(7, Guid.Empty, 70, "run.completed", "r1", DeliveryState.Delivered, 1, 204, 12.5, null, Noon, Noon, null);
        WebhookDelivery waiting = new(8, Guid.Empty, 71, "drift.detected", "churn", DeliveryState.Pending, 2, 500, 30, "The receiver answered 500.", Noon, Noon, Noon.AddMinutes(1));
        await using var mesh = await StubMesh.StartAsync();
        mesh.On("GET webhooks/ci/deliveries", new Page<WebhookDelivery>([waiting, made])).OnOpen("GET webhooks/ci/stream", Mark + Mark, "text/event-stream");
        var (code, output, error) = await mesh.InterruptedAsync("drift.detected", ["webhooks", "deliveries", "ci", "--follow", .. json ? ["--json"] : Array.Empty<string>()]);
        (code, error).ShouldBe((0, ""));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (json) lines.Select(line => JsonSerializer.Deserialize<WebhookDelivery>(line, MeshJson.Tolerant)).ShouldBe([made, waiting]);
        else
        {
            lines.ShouldBe(
            [
                "       7  run.completed            r1  delivered, attempt 1  204  12.5 ms",
                "       8  drift.detected           churn  pending, attempt 2  500  30 ms  The receiver answered 500.",
            ]);
        }
    }
}
