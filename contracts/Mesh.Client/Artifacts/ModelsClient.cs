using System.Globalization;
using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>The model registry.</summary>
public sealed class ModelsClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;

    internal ModelsClient(MeshConnection connection, string project) => (_connection, _path) = (connection, $"{project}/models");

    /// <summary>All models.</summary>
    public IAsyncEnumerable<ModelInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<ModelInfo>(_path, ct);

    /// <summary>One model.</summary>
    public Task<ModelInfo> GetAsync(string model, CancellationToken ct = default) => _connection.GetAsync<ModelInfo>(Of(model), ct);

    /// <summary>One model, or null if there is none of that name.</summary>
    public Task<ModelInfo?> FindAsync(string model, CancellationToken ct = default) => _connection.FindAsync<ModelInfo>(Of(model), ct);

    /// <summary>All versions of a model, newest first, without their training statistics.</summary>
    public IAsyncEnumerable<ModelVersion> VersionsAsync(string model, CancellationToken ct = default) =>
        _connection.ListAsync<ModelVersion>($"{Of(model)}/versions", ct);

    /// <summary>Registers the next version of a model.</summary>
    public Task<ModelVersion> RegisterAsync(string model, RegisterModelVersion body, CancellationToken ct = default) =>
        _connection.SendAsync<ModelVersion>(HttpMethod.Post, $"{Of(model)}/versions", body, Sending.Creating, ct);

    /// <summary>A version by its number.</summary>
    public Task<ModelVersion> GetVersionAsync(string model, int version, CancellationToken ct = default) =>
        _connection.GetAsync<ModelVersion>($"{Of(model)}/versions/{version.ToString(CultureInfo.InvariantCulture)}", ct);

    /// <summary>The version that an alias points to.</summary>
    public Task<ModelVersion> GetVersionAsync(string model, string alias, CancellationToken ct = default) =>
        _connection.GetAsync<ModelVersion>($"{Of(model)}/versions/@{Query.Segment(alias)}", ct);

    /// <summary>The version that an alias points to, or null if there is no such model or alias.</summary>
    public Task<ModelVersion?> FindVersionAsync(string model, string alias, CancellationToken ct = default) =>
        _connection.FindAsync<ModelVersion>($"{Of(model)}/versions/@{Query.Segment(alias)}", ct);

    /// <summary>The version that a reference names: <c>model@3</c>, <c>model@champion</c>, or <c>model</c> for the newest.</summary>
    public async Task<ModelVersion> ResolveAsync(string reference, CancellationToken ct = default)
    {
        var (model, at) = reference.Split('@', 2) is [var name, var rest] ? (name, rest) : (reference, null);
        if (at is null) return await GetVersionAsync(model, (await GetAsync(model, ct)).LatestVersion, ct);
        return int.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? await GetVersionAsync(model, version, ct)
            : await GetVersionAsync(model, at, ct);
    }

    /// <summary>Downloads the file of a version, checked by its digest.</summary>
    /// <exception cref="InvalidOperationException">It has no single file here: its files are at <see cref="ModelVersion.Source"/>.</exception>
    public Task DownloadAsync(ModelVersion version, Stream target, CancellationToken ct = default) =>
        BlobFile.ReceiveAsync(
            _connection, $"{Of(version.Model)}/versions/{version.Version}/content",
            version.Digest ?? throw new InvalidOperationException($"The files of version {version.Version} of '{version.Model}' are at {version.Source}."), target, ct);

    /// <summary>Downloads the file of a version to a file, which appears only once it is whole.</summary>
    public Task DownloadFileAsync(ModelVersion version, string path, CancellationToken ct = default) =>
        BlobFile.WriteAsync(path, target => DownloadAsync(version, target, ct));

    /// <summary>Points an alias to a version, in one step.</summary>
    public Task<ModelInfo> MoveAliasAsync(string model, string alias, MoveAlias body, CancellationToken ct = default) =>
        _connection.SendAsync<ModelInfo>(HttpMethod.Put, $"{Of(model)}/aliases/{Query.Segment(alias)}", body, Sending.Idempotent, ct);

    /// <summary>Removes an alias.</summary>
    public Task RemoveAliasAsync(string model, string alias, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, $"{Of(model)}/aliases/{Query.Segment(alias)}", null, Sending.Idempotent, ct);

    /// <summary>Makes a version the one for production.</summary>
    public Task<ModelInfo> PromoteAsync(string model, PromoteModel body, CancellationToken ct = default) =>
        _connection.SendAsync<ModelInfo>(HttpMethod.Post, $"{Of(model)}/promote", body, Sending.Idempotent, ct);

    /// <summary>Makes a model before its first version.</summary>
    public Task<ModelInfo> CreateAsync(CreateModel body, CancellationToken ct = default) => _connection.SendAsync<ModelInfo>(HttpMethod.Post, _path, body, Sending.Once, ct);

    /// <summary>Changes the name, the description or tags of a model.</summary>
    public Task<ModelInfo> ChangeAsync(string model, ChangeModel body, CancellationToken ct = default) =>
        _connection.SendAsync<ModelInfo>(HttpMethod.Patch, Of(model), body, Sending.Once, ct);

    /// <summary>Deletes a model with its versions and aliases.</summary>
    public Task DeleteAsync(string model, CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, Of(model), null, Sending.Once, ct);

    /// <summary>Changes the description, tags or the stage of a version.</summary>
    public Task<ModelVersion> ChangeVersionAsync(string model, int version, ChangeModel body, CancellationToken ct = default) =>
        _connection.SendAsync<ModelVersion>(HttpMethod.Patch, Version(model, version), body, Sending.Idempotent, ct);

    /// <summary>Deletes a version and the aliases that point to it.</summary>
    public Task DeleteVersionAsync(string model, int version, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, Version(model, version), null, Sending.Once, ct);

    /// <summary>Asks for the approval of a version, gives it or refuses it.</summary>
    public Task<ModelVersion> DecideApprovalAsync(string model, int version, DecideApproval body, CancellationToken ct = default) =>
        _connection.SendAsync<ModelVersion>(HttpMethod.Post, $"{Version(model, version)}/approval", body, Sending.Idempotent, ct);

    /// <summary>Says what a version must fulfil before it takes an alias.</summary>
    public Task<ModelInfo> SetGateAsync(string model, string alias, SetGate body, CancellationToken ct = default) =>
        _connection.SendAsync<ModelInfo>(HttpMethod.Put, Gate(model, alias), body, Sending.Idempotent, ct);

    /// <summary>Lets any version take an alias.</summary>
    public Task RemoveGateAsync(string model, string alias, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, Gate(model, alias), null, Sending.Once, ct);

    /// <summary>Whether a version may take an alias, check by check.</summary>
    public Task<GateReport> CheckGateAsync(string model, string alias, int version, CancellationToken ct = default) =>
        _connection.GetAsync<GateReport>($"{Gate(model, alias)}/check?version={version.ToString(CultureInfo.InvariantCulture)}", ct);

    /// <summary>Versions side by side, each named by its number or by <c>@alias</c>.</summary>
    public Task<ModelComparison> CompareAsync(string model, IEnumerable<string> versions, CancellationToken ct = default) =>
        _connection.GetAsync<ModelComparison>($"{Of(model)}/compare?{string.Join('&', versions.Select(version => $"version={Uri.EscapeDataString(version)}"))}", ct);

    /// <summary>The model card of a version, in markdown.</summary>
    public async Task<string> GetCardAsync(string model, int version, CancellationToken ct = default)
    {
        using var response = await _connection.OpenAsync(_connection.Request(HttpMethod.Get, $"{Version(model, version)}/card"), Sending.Idempotent, ct);
        return await response.Content.ReadAsStringAsync(ct);
    }

    /// <summary>Logs metrics of a version after its registration. A repeated call changes nothing.</summary>
    public Task<ModelVersion> LogMetricsAsync(string model, int version, LogModelMetrics body, CancellationToken ct = default) =>
        _connection.SendAsync<ModelVersion>(HttpMethod.Post, $"{Version(model, version)}/metrics", body, Sending.Idempotent, ct);

    /// <summary>All metrics that were ever logged of a version, last first.</summary>
    public IAsyncEnumerable<ModelMetric> MetricsAsync(string model, int version, CancellationToken ct = default) =>
        _connection.ListAsync<ModelMetric>($"{Version(model, version)}/metrics", ct);

    /// <summary>What happened to a model, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string model, CancellationToken ct = default) =>
        _connection.ListAsync<HistoryEntry>($"{Of(model)}/history", ct);

    private string Version(string model, int version) => $"{Of(model)}/versions/{version.ToString(CultureInfo.InvariantCulture)}";

    private string Gate(string model, string alias) => $"{Of(model)}/gates/{Query.Segment(alias)}";

    private string Of(string model) => $"{_path}/{Query.Segment(model)}";
}
