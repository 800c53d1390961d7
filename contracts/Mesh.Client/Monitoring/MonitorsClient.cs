using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Client.Monitoring;

/// <summary>Drift monitors, one per endpoint.</summary>
public sealed class MonitorsClient
{
    private readonly MeshConnection _connection;
    private readonly string _project;
    private readonly string _path;

    internal MonitorsClient(MeshConnection connection, string project) => (_connection, _project, _path) = (connection, project, $"{project}/monitors");

    /// <summary>All monitors.</summary>
    public IAsyncEnumerable<MonitorInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<MonitorInfo>(_path, ct);

    /// <summary>The monitor of an endpoint.</summary>
    public Task<MonitorInfo> GetAsync(string endpoint, CancellationToken ct = default) => _connection.GetAsync<MonitorInfo>(Of(endpoint), ct);

    /// <summary>Sets windows and thresholds.</summary>
    public Task<MonitorInfo> ConfigureAsync(string endpoint, ConfigureMonitor body, CancellationToken ct = default) =>
        _connection.SendAsync<MonitorInfo>(HttpMethod.Put, Of(endpoint), body, Sending.Idempotent, ct);

    /// <summary>Closed windows, newest first.</summary>
    public IAsyncEnumerable<DriftWindow> WindowsAsync(string endpoint, CancellationToken ct = default) =>
        _connection.ListAsync<DriftWindow>($"{Of(endpoint)}/windows", ct);

    /// <summary>Rows of a version, the served one unless said, beside its training data: those of the last closed window, or those of a span of event time.</summary>
    public Task<FeatureDistributions> DistributionsAsync(
        string endpoint, DateTimeOffset? from = null, DateTimeOffset? to = null, int? modelVersion = null, CancellationToken ct = default) =>
        _connection.GetAsync<FeatureDistributions>(Query.Add($"{Of(endpoint)}/distributions", ("from", from), ("to", to), ("modelVersion", modelVersion)), ct);

    /// <summary>Requests, rows, faults and latencies of an endpoint over time: the last hour unless asked otherwise.</summary>
    public Task<EndpointTraffic> TrafficAsync(
        string endpoint, DateTimeOffset? from = null, DateTimeOffset? to = null, int? points = null, CancellationToken ct = default) =>
        _connection.GetAsync<EndpointTraffic>(Query.Add($"{Of(endpoint)}/traffic", ("from", from), ("to", to), ("points", points)), ct);

    /// <summary>What happened to a monitor, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string endpoint, CancellationToken ct = default) =>
        _connection.ListAsync<HistoryEntry>($"{Of(endpoint)}/history", ct);

    /// <summary>Stored predictions of an endpoint, newest first.</summary>
    public IAsyncEnumerable<PredictionRecord> PredictionsAsync(string endpoint, int? pageSize = null, CancellationToken ct = default) =>
        PredictionsAsync(endpoint, null, null, null, pageSize, ct);

    /// <summary>Stored predictions by second of event time, newest first: of an endpoint, from a moment of event time up to another, of a version of the model.</summary>
    public IAsyncEnumerable<PredictionRecord> PredictionsAsync(
        string? endpoint, DateTimeOffset? from, DateTimeOffset? to, int? modelVersion, int? pageSize = null, CancellationToken ct = default) =>
        _connection.ListAsync<PredictionRecord>(
            Query.Add($"{_project}/predictions", ("endpoint", endpoint), ("from", from), ("to", to), ("modelVersion", modelVersion), ("limit", pageSize)), ct);

    /// <summary>
    /// What changes of an endpoint, as it happens: <see cref="ChangeKind.Traffic"/> when requests were counted, <see cref="ChangeKind.Monitor"/> when a window was closed or
    /// the settings changed. Each comes once at the beginning, and again after a lost connection, since it may have changed meanwhile. Never ends by itself.
    /// </summary>
    public IAsyncEnumerable<ChangeKind> FollowAsync(string endpoint, CancellationToken ct = default) => ChangeEvents.ReadAsync(_connection, $"{Of(endpoint)}/stream", ct);

    private string Of(string endpoint) => $"{_path}/{Query.Segment(endpoint)}";
}
