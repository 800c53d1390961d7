using Mesh.Client.Connection;
using Mesh.Contracts.Functions;

namespace Mesh.Client.Functions;

/// <summary>The built-in functions.</summary>
public sealed class HubClient
{
    private readonly MeshConnection _connection;

    internal HubClient(MeshConnection connection) => _connection = connection;

    /// <summary>The whole catalogue.</summary>
    public IAsyncEnumerable<HubItem> ListAsync(CancellationToken ct = default) => _connection.ListAsync<HubItem>("/api/v1/hub", ct);

    /// <summary>One item: its params and what it makes.</summary>
    public Task<HubItem> GetAsync(string item, CancellationToken ct = default) =>
        _connection.GetAsync<HubItem>($"/api/v1/hub/{Query.Segment(item)}", ct);
}
