using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Serving;

namespace Mesh.Client.Serving;

/// <summary>Endpoints: a model behind a stable name, spoken to by the Open Inference Protocol.</summary>
public sealed class EndpointsClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;
    private readonly string _protocol;

    internal EndpointsClient(MeshConnection connection, string project) =>
        (_connection, _path, _protocol) = (connection, $"{project}/endpoints", $"{project}/v2");

    /// <summary>All endpoints.</summary>
    public IAsyncEnumerable<EndpointInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<EndpointInfo>(_path, ct);

    /// <summary>One endpoint.</summary>
    public Task<EndpointInfo> GetAsync(string endpoint, CancellationToken ct = default) => _connection.GetAsync<EndpointInfo>(Of(endpoint), ct);

    /// <summary>One endpoint, or null if there is none of that name.</summary>
    public Task<EndpointInfo?> FindAsync(string endpoint, CancellationToken ct = default) => _connection.FindAsync<EndpointInfo>(Of(endpoint), ct);

    /// <summary>Deploys an endpoint, or points it elsewhere; it loads in the background.</summary>
    public Task<EndpointInfo> DeployAsync(string endpoint, DeployEndpoint body, CancellationToken ct = default) =>
        _connection.SendAsync<EndpointInfo>(HttpMethod.Put, Of(endpoint), body, Sending.Idempotent, ct);

    /// <summary>Removes an endpoint.</summary>
    public Task DeleteAsync(string endpoint, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, Of(endpoint), null, Sending.Idempotent, ct);

    /// <summary>What happened to an endpoint, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string endpoint, CancellationToken ct = default) =>
        _connection.ListAsync<HistoryEntry>($"{Of(endpoint)}/history", ct);

    /// <summary>Waits until an endpoint serves, or could not be loaded; look at its status. With <paramref name="version"/>, until it serves that version.</summary>
    public async Task<EndpointInfo> WaitAsync(string endpoint, int? version = null, CancellationToken ct = default)
    {
        for (var delay = 50.0; ; delay = Math.Min(delay * 1.3, 1000))
        {
            var info = await GetAsync(endpoint, ct);
            if (info.Status == EndpointStatus.Failed || (info.Status == EndpointStatus.Ready && (version is null || info.ServingVersion == version))) return info;
            await Task.Delay(TimeSpan.FromMilliseconds(delay), _connection.Options.Clock, ct);
        }
    }

    /// <summary>Inputs and outputs of what an endpoint serves.</summary>
    public Task<ModelMetadata> MetadataAsync(string endpoint, CancellationToken ct = default) => _connection.GetAsync<ModelMetadata>(Model(endpoint), ct);

    /// <summary>Predicts. An answer that was lost is asked for again, and the prediction may then have been captured twice.</summary>
    /// <param name="version">A version of the model that the endpoint holds; what it serves when absent.</param>
    public Task<InferResponse> InferAsync(string endpoint, InferRequest request, int? version = null, CancellationToken ct = default) =>
        _connection.SendAsync<InferResponse>(
            HttpMethod.Post, version is null ? $"{Model(endpoint)}/infer" : $"{Model(endpoint)}/versions/{version}/infer", request, Sending.Idempotent, ct);

    private string Of(string endpoint) => $"{_path}/{Query.Segment(endpoint)}";

    private string Model(string endpoint) => $"{_protocol}/models/{Query.Segment(endpoint)}";
}
