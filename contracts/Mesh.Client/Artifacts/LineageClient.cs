using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>What came from what.</summary>
public sealed class LineageClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;

    internal LineageClient(MeshConnection connection, string project) => (_connection, _path) = (connection, $"{project}/lineage");

    /// <summary>What a thing was made from, and what was made from it.</summary>
    /// <param name="uri">Its <c>mesh://</c> address.</param>
    /// <param name="depth">How many steps, at most 20; 5 when absent.</param>
    /// <param name="limit">How many things, at most 10,000; 1,000 when absent.</param>
    public Task<LineageGraph> GetAsync(MeshUri uri, LineageDirection? direction = null, int? depth = null, int? limit = null, CancellationToken ct = default) =>
        _connection.GetAsync<LineageGraph>(Query.Add(_path, ("uri", uri), ("direction", direction), ("depth", depth), ("limit", limit)), ct);

    /// <summary>What would be affected if a thing were withdrawn.</summary>
    public Task<LineageAffected> AffectedAsync(MeshUri uri, CancellationToken ct = default) =>
        _connection.GetAsync<LineageAffected>(Query.Add($"{_path}/affected", ("uri", uri)), ct);

    /// <summary>Where run events are sent as OpenLineage, and how that goes; null when nowhere.</summary>
    public Task<OpenLineageTarget?> FindTargetAsync(CancellationToken ct = default) => _connection.FindAsync<OpenLineageTarget>($"{_path}/openlineage/target", ct);

    /// <summary>Has run events sent as OpenLineage from now on; what waits is tried at once.</summary>
    public Task<OpenLineageTarget> SetTargetAsync(SetOpenLineageTarget body, CancellationToken ct = default) =>
        _connection.SendAsync<OpenLineageTarget>(HttpMethod.Put, $"{_path}/openlineage/target", body, Sending.Idempotent, ct);

    /// <summary>Sends run events nowhere any more.</summary>
    public Task RemoveTargetAsync(CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, $"{_path}/openlineage/target", null, Sending.Once, ct);
}
