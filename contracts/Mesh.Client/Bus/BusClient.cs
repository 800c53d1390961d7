using Mesh.Client.Connection;
using Mesh.Contracts.Bus;

namespace Mesh.Client.Bus;

/// <summary>Events that consumers gave up. For platform administrators.</summary>
public sealed class BusClient
{
    private readonly MeshConnection _connection;

    internal BusClient(MeshConnection connection) => _connection = connection;

    /// <summary>Which services there are on the bus.</summary>
    public Task<BusInfo> GetAsync(CancellationToken ct = default) => _connection.GetAsync<BusInfo>("/api/v1/bus", ct);

    /// <summary>What the consumers of a service gave up, those given up last first.</summary>
    public IAsyncEnumerable<BusError> ErrorsAsync(string service, CancellationToken ct = default) => _connection.ListAsync<BusError>(PathOf(service), ct);

    /// <summary>Hands an event to its consumer again. It is gone from the errors when that works.</summary>
    public Task ReplayAsync(string service, string id, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Post, $"{PathOf(service)}/{Uri.EscapeDataString(id)}/replay", null, Sending.Once, ct);

    /// <summary>Forgets an event for good.</summary>
    public Task DropAsync(string service, string id, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, $"{PathOf(service)}/{Uri.EscapeDataString(id)}", null, Sending.Idempotent, ct);

    private static string PathOf(string service) => $"/api/v1/bus/{Uri.EscapeDataString(service)}/errors";
}
