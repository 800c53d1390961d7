using System.Net;
using Mesh.Hosting.Tests.Notes;
using Mesh.Testing;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>Whether a service says that it is ready, with a broker that comes and goes.</summary>
public sealed class ReadinessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_service_is_ready_once_its_queues_are_bound_and_stays_so_while_the_broker_is_away()
    {
        await using var broker = await RabbitMqBroker.LaunchAsync();
        await broker.StopAsync();
        var host = await RabbitMqBusTests.StartAsync([new NotesService()], broker.Address.ToString());
        var anyone = host.Anonymous();
        (await ReadyAsync(anyone)).ShouldBe((HttpStatusCode.ServiceUnavailable, "unhealthy"));
        (await anyone.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await broker.StartAsync();
        await Eventually.Holds(async () => (await ReadyAsync(anyone)).ShouldBe((HttpStatusCode.OK, "healthy")), Patience);

        await broker.StopAsync();
        await Eventually.Holds(async () => (await anyone.GetStringAsync("/health/ready")).ShouldContain("degraded"), Patience);
        (await ReadyAsync(anyone)).ShouldBe((HttpStatusCode.OK, "healthy"));
        await RabbitMqBusTests.StopAsync(host);
    }

    private static async Task<(HttpStatusCode Status, string? Consumers)> ReadyAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/health/ready");
        using var report = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, report.RootElement.GetProperty("checks").GetProperty("consumers").GetString());
    }
}
