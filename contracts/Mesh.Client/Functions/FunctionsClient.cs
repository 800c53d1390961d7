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

    /// <summary>One version of a function.</summary>
    public Task<FunctionInfo> GetVersionAsync(string function, int version, CancellationToken ct = default) =>
        _connection.GetAsync<FunctionInfo>(Query.Add($"{_path}/{Query.Segment(function)}", ("version", version)), ct);

    /// <summary>How two versions differ, each a number, a tag, or <c>latest</c>.</summary>
    public Task<FunctionDiff> DiffAsync(string function, string from, string to = "latest", CancellationToken ct = default) =>
        _connection.GetAsync<FunctionDiff>(Query.Add($"{_path}/{Query.Segment(function)}/diff", ("from", from), ("to", to)), ct);

    /// <summary>Points a tag to a version; with <see cref="MoveFunctionTag.Expected"/> only if nobody moved it meanwhile.</summary>
    public Task<FunctionTags> MoveTagAsync(string function, string tag, MoveFunctionTag body, CancellationToken ct = default) =>
        _connection.SendAsync<FunctionTags>(HttpMethod.Put, $"{_path}/{Query.Segment(function)}/tags/{Query.Segment(tag)}", body, Sending.Idempotent, ct);

    /// <summary>Removes a tag.</summary>
    /// <param name="expected">The version at which the tag was seen; null removes it wherever it points.</param>
    public Task<FunctionTags> RemoveTagAsync(string function, string tag, int? expected = null, CancellationToken ct = default) =>
        _connection.SendAsync<FunctionTags>(
            HttpMethod.Delete, Query.Add($"{_path}/{Query.Segment(function)}/tags/{Query.Segment(tag)}", ("expected", expected)), null, Sending.Idempotent, ct);
}
