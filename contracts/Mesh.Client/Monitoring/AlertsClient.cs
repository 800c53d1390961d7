using Mesh.Client.Connection;
using Mesh.Contracts.Monitoring;

namespace Mesh.Client.Monitoring;

/// <summary>Alert rules: what is done when an event of a type happens.</summary>
public sealed class AlertsClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;

    internal AlertsClient(MeshConnection connection, string project) => (_connection, _path) = (connection, $"{project}/alerts");

    /// <summary>All rules.</summary>
    public IAsyncEnumerable<AlertRuleInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<AlertRuleInfo>(_path, ct);

    /// <summary>One rule.</summary>
    public Task<AlertRuleInfo> GetAsync(string rule, CancellationToken ct = default) => _connection.GetAsync<AlertRuleInfo>(Of(rule), ct);

    /// <summary>Defines a rule, or changes it.</summary>
    public Task<AlertRuleInfo> DefineAsync(string rule, DefineAlertRule body, CancellationToken ct = default) =>
        _connection.SendAsync<AlertRuleInfo>(HttpMethod.Put, Of(rule), body, Sending.Idempotent, ct);

    /// <summary>Removes a rule.</summary>
    public Task DeleteAsync(string rule, CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, Of(rule), null, Sending.Idempotent, ct);

    /// <summary>When a rule fired, newest first.</summary>
    public IAsyncEnumerable<AlertActivation> ActivationsAsync(string rule, CancellationToken ct = default) =>
        _connection.ListAsync<AlertActivation>($"{Of(rule)}/activations", ct);

    private string Of(string rule) => $"{_path}/{Query.Segment(rule)}";
}
