using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Functions;

namespace Mesh.Client.Functions;

/// <summary>The hubs of a project, and functions that are made of their items.</summary>
public sealed class HubsClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;
    private readonly string _imports;

    internal HubsClient(MeshConnection connection, string project) => (_connection, _path, _imports) = (connection, $"{project}/hubs", $"{project}/hub-imports");

    /// <summary>Hubs by name.</summary>
    public IAsyncEnumerable<HubInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<HubInfo>(_path, ct);

    /// <summary>Registers a hub, or says anew where its items come from, and reads its source.</summary>
    public Task<HubInfo> RegisterAsync(string hub, PutHub body, CancellationToken ct = default) =>
        _connection.SendAsync<HubInfo>(HttpMethod.Put, Of(hub), body, Sending.Idempotent, ct);

    /// <summary>A hub, and what was wrong with its source when it was last read.</summary>
    public Task<HubInfo> GetAsync(string hub, CancellationToken ct = default) => _connection.GetAsync<HubInfo>(Of(hub), ct);

    /// <summary>Removes a hub; functions that were made of its items stay.</summary>
    public Task RemoveAsync(string hub, CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, Of(hub), null, Sending.Idempotent, ct);

    /// <summary>Reads the source of a hub again.</summary>
    public Task<HubRefresh> RefreshAsync(string hub, CancellationToken ct = default) =>
        _connection.SendAsync<HubRefresh>(HttpMethod.Post, $"{Of(hub)}/refresh", null, Sending.Idempotent, ct);

    /// <summary>What happened to a hub, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string hub, CancellationToken ct = default) => _connection.ListAsync<HistoryEntry>($"{Of(hub)}/history", ct);

    /// <summary>Items of a hub by name.</summary>
    /// <param name="text">A part of the name or the description.</param>
    public IAsyncEnumerable<HubItemSummary> ItemsAsync(string hub, string? text = null, string? category = null, CancellationToken ct = default) =>
        _connection.ListAsync<HubItemSummary>(Query.Add($"{Of(hub)}/items", ("text", text), ("category", category)), ct);

    /// <summary>A version of an item; the latest when none is named.</summary>
    public Task<HubItemVersion> ItemAsync(string hub, string item, string? version = null, CancellationToken ct = default) =>
        _connection.GetAsync<HubItemVersion>(Query.Add(Of(hub, item), ("version", version)), ct);

    /// <summary>Versions of an item, the greatest first.</summary>
    public IAsyncEnumerable<HubItemVersionSummary> VersionsAsync(string hub, string item, CancellationToken ct = default) =>
        _connection.ListAsync<HubItemVersionSummary>($"{Of(hub, item)}/versions", ct);

    /// <summary>The Markdown file of an item.</summary>
    public Task<HubItemDoc> DocAsync(string hub, string item, string? version = null, CancellationToken ct = default) =>
        _connection.GetAsync<HubItemDoc>(Query.Add($"{Of(hub, item)}/doc", ("version", version)), ct);

    /// <summary>How two versions of an item differ.</summary>
    /// <param name="to">The latest when absent.</param>
    public Task<HubItemDiff> DiffAsync(string hub, string item, string from, string? to = null, CancellationToken ct = default) =>
        _connection.GetAsync<HubItemDiff>(Query.Add($"{Of(hub, item)}/diff", ("from", from), ("to", to)), ct);

    /// <summary>Makes a function of a version of an item.</summary>
    public Task<FunctionInfo> ImportAsync(string hub, string item, ImportHubItem? body = null, CancellationToken ct = default) =>
        _connection.SendAsync<FunctionInfo>(HttpMethod.Post, $"{Of(hub, item)}/import", body ?? new ImportHubItem(), Sending.Idempotent, ct);

    /// <summary>Makes a version of an item of a function.</summary>
    public Task<HubItemVersion> PublishAsync(string hub, PublishHubItem body, CancellationToken ct = default) =>
        _connection.SendAsync<HubItemVersion>(HttpMethod.Post, $"{Of(hub)}/items", body, Sending.Idempotent, ct);

    /// <summary>Functions that were made of items.</summary>
    /// <param name="outdated">Only those whose item has a later version.</param>
    public IAsyncEnumerable<HubImport> ImportsAsync(bool outdated = false, CancellationToken ct = default) =>
        _connection.ListAsync<HubImport>(Query.Add(_imports, ("outdated", outdated ? true : null)), ct);

    private string Of(string hub) => $"{_path}/{Query.Segment(hub)}";

    private string Of(string hub, string item) => $"{Of(hub)}/items/{Query.Segment(item)}";
}
