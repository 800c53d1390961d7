using Mesh.Client.Connection;
using Mesh.Contracts.Monitoring;

namespace Mesh.Client.Monitoring;

/// <summary>Webhooks: where events of the project are posted, and what became of them.</summary>
public sealed class WebhooksClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;

    internal WebhooksClient(MeshConnection connection, string project) => (_connection, _path) = (connection, $"{project}/webhooks");

    /// <summary>All webhooks.</summary>
    public IAsyncEnumerable<WebhookInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<WebhookInfo>(_path, ct);

    /// <summary>One webhook.</summary>
    public Task<WebhookInfo> GetAsync(string webhook, CancellationToken ct = default) => _connection.GetAsync<WebhookInfo>(Of(webhook), ct);

    /// <summary>Defines a webhook, or changes it. The secret of a new one is in the answer, this once; who lost the answer rotates it.</summary>
    public Task<DefinedWebhook> DefineAsync(string webhook, DefineWebhook body, CancellationToken ct = default) =>
        _connection.SendAsync<DefinedWebhook>(HttpMethod.Put, Of(webhook), body, Sending.Once, ct);

    /// <summary>Removes a webhook with its deliveries.</summary>
    public Task DeleteAsync(string webhook, CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, Of(webhook), null, Sending.Idempotent, ct);

    /// <summary>Makes a new secret, shown this once.</summary>
    public Task<RotatedSecret> RotateAsync(string webhook, CancellationToken ct = default) =>
        _connection.SendAsync<RotatedSecret>(HttpMethod.Post, $"{Of(webhook)}/rotate", null, Sending.Once, ct);

    /// <summary>Deliveries, newest first; of one state where it is named.</summary>
    public IAsyncEnumerable<WebhookDelivery> DeliveriesAsync(string webhook, DeliveryState? state = null, CancellationToken ct = default) =>
        _connection.ListAsync<WebhookDelivery>(Query.Add($"{Of(webhook)}/deliveries", ("state", state)), ct);

    /// <summary>Makes a delivery now, again where it was made or given up.</summary>
    public Task<WebhookDelivery> RedeliverAsync(string webhook, long delivery, CancellationToken ct = default) =>
        _connection.SendAsync<WebhookDelivery>(HttpMethod.Post, $"{Of(webhook)}/deliveries/{delivery}/redeliver", null, Sending.Once, ct);

    /// <summary>Sends the events after a position of the journal, again where they were sent before.</summary>
    public Task<WebhookInfo> ReplayAsync(string webhook, long after, CancellationToken ct = default) =>
        _connection.SendAsync<WebhookInfo>(HttpMethod.Post, $"{Of(webhook)}/replay", new ReplayWebhook(after), Sending.Idempotent, ct);

    /// <summary>Sends an event of type <c>mesh.test</c>, and says how it went.</summary>
    public Task<WebhookDelivery> TestAsync(string webhook, CancellationToken ct = default) =>
        _connection.SendAsync<WebhookDelivery>(HttpMethod.Post, $"{Of(webhook)}/test", null, Sending.Once, ct);

    /// <summary>
    /// Says <see cref="ChangeKind.Deliveries"/> when the webhook or its deliveries change, as it happens: once at the beginning, and again after a lost connection, since they
    /// may have changed meanwhile. Never ends by itself.
    /// </summary>
    public IAsyncEnumerable<ChangeKind> FollowAsync(string webhook, CancellationToken ct = default) => ChangeEvents.ReadAsync(_connection, $"{Of(webhook)}/stream", ct);

    private string Of(string webhook) => $"{_path}/{Query.Segment(webhook)}";
}
