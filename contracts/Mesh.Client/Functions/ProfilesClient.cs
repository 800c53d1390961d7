using Mesh.Client.Connection;
using Mesh.Contracts.Functions;

namespace Mesh.Client.Functions;

/// <summary>The places where jobs run.</summary>
public sealed class ProfilesClient
{
    private readonly MeshConnection _connection;

    internal ProfilesClient(MeshConnection connection) => _connection = connection;

    /// <summary>All profiles by name.</summary>
    public IAsyncEnumerable<ProfileInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<ProfileInfo>("/api/v1/profiles", ct);
}
