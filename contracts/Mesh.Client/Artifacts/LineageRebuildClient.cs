using Mesh.Client.Connection;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>The lineage of all projects, made again from the journal of events. For platform administrators.</summary>
public sealed class LineageRebuildClient
{
    private const string Path = "/api/v1/lineage/rebuild";

    private readonly MeshConnection _connection;

    internal LineageRebuildClient(MeshConnection connection) => _connection = connection;

    /// <summary>Begins a rebuild; while one runs, answers that one.</summary>
    public Task<LineageRebuild> StartAsync(CancellationToken ct = default) => _connection.SendAsync<LineageRebuild>(HttpMethod.Post, Path, null, Sending.Idempotent, ct);

    /// <summary>How far it is, or how the last one ended; null when there was none.</summary>
    public Task<LineageRebuild?> FindAsync(CancellationToken ct = default) => _connection.FindAsync<LineageRebuild>(Path, ct);

    /// <summary>Gives up the one that runs.</summary>
    public Task CancelAsync(CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, Path, null, Sending.Once, ct);
}
