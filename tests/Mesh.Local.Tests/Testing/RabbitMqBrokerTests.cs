using System.Text;
using Mesh.Testing;
using RabbitMQ.Client;

namespace Mesh.Local.Tests.Testing;

public sealed class RabbitMqBrokerTests(RabbitMqFixture fixture) : IClassFixture<RabbitMqFixture>
{
    [Fact]
    public async Task A_fixture_has_a_virtual_host_of_its_own()
    {
        await PublishAsync(fixture.Address, "here");

        (await ReceiveAsync(fixture.Address)).ShouldBe("here");
        fixture.Address.AbsolutePath.ShouldStartWith("/test-");
        using var api = await RabbitMqFixture.ApiClientAsync();
        (await api.GetStringAsync("queues" + fixture.Address.AbsolutePath)).ShouldContain("\"kept\"");
    }

    [Fact]
    public async Task A_broker_keeps_what_is_durable_over_a_stop_and_over_a_crash()
    {
        await using var broker = await RabbitMqBroker.LaunchAsync();
        await PublishAsync(broker.Address, "before the stop");

        await broker.StopAsync();
        await Should.ThrowAsync<RabbitMQ.Client.Exceptions.BrokerUnreachableException>(() => PublishAsync(broker.Address, "nobody hears this"));
        await broker.StartAsync();
        (await ReceiveAsync(broker.Address)).ShouldBe("before the stop");

        await PublishAsync(broker.Address, "before the crash");
        await broker.KillAsync();
        await broker.StartAsync();
        (await ReceiveAsync(broker.Address)).ShouldBe("before the crash");
    }

    private static async Task PublishAsync(Uri address, string text)
    {
        await using var connection = await new ConnectionFactory { Uri = address }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.QueueDeclareAsync("kept", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.BasicPublishAsync("", "kept", mandatory: true, new BasicProperties { Persistent = true }, Encoding.UTF8.GetBytes(text));
    }

    private static async Task<string?> ReceiveAsync(Uri address)
    {
        await using var connection = await new ConnectionFactory { Uri = address }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        // A quorum queue elects its leader anew after a start.
        var message = await Eventually.Answers(() => channel.BasicGetAsync("kept", autoAck: true));
        return Encoding.UTF8.GetString(message.Body.Span);
    }
}
