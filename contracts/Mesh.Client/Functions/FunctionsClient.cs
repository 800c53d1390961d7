using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Functions;

namespace Mesh.Client.Functions;

/// <summary>Function definitions, versioned by their content.</summary>
public sealed class FunctionsClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;

    internal FunctionsClient(MeshConnection connection, string project) => (_connection, _path) = (connection, $"{project}/functions");

    /// <summary>Defines a function; the same content is the same version.</summary>
    public Task<FunctionInfo> DefineAsync(string function, DefineFunction body, CancellationToken ct = default) =>
        _connection.SendAsync<FunctionInfo>(HttpMethod.Put, $"{_path}/{Query.Segment(function)}", body, Sending.Idempotent, ct);

    /// <summary>The newest version of a function.</summary>
    public Task<FunctionInfo> GetAsync(string function, CancellationToken ct = default) =>
        _connection.GetAsync<FunctionInfo>($"{_path}/{Query.Segment(function)}", ct);

    /// <summary>The newest version of each function.</summary>
    public IAsyncEnumerable<FunctionInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<FunctionInfo>(_path, ct);

    /// <summary>All versions of a function.</summary>
    public IAsyncEnumerable<FunctionInfo> VersionsAsync(string function, CancellationToken ct = default) =>
        _connection.ListAsync<FunctionInfo>($"{_path}/{Query.Segment(function)}/versions", ct);

    /// <summary>What happened to a function, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string function, CancellationToken ct = default) =>
        _connection.ListAsync<HistoryEntry>($"{_path}/{Query.Segment(function)}/history", ct);
}
