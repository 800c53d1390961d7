using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>What a search for versions looks for; what is null is not looked at.</summary>
public sealed record VersionQuery
{
    /// <summary>Of this kind.</summary>
    public ArtifactKind? Kind { get; init; }

    /// <summary>Made by this run.</summary>
    public Guid? RunId { get; init; }

    /// <summary>With all these labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Under a key that begins with this.</summary>
    public string? Prefix { get; init; }

    /// <summary>Under a key that holds this, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>Made then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Made before then.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Made by this user or job.</summary>
    public string? By { get; init; }

    /// <summary>To which this tag points.</summary>
    public string? Tag { get; init; }
}

public sealed partial class ArtifactsClient
{
    /// <summary>The version that a reference names: a number, <c>latest</c>, or <c>@tag</c>.</summary>
    public Task<ArtifactVersion> ResolveAsync(string key, string reference, CancellationToken ct = default) =>
        _connection.GetAsync<ArtifactVersion>(Version(key, reference), ct);

    /// <summary>The version that a <c>mesh://</c> address names.</summary>
    public Task<ArtifactVersion> ResolveAsync(MeshUri address, CancellationToken ct = default) =>
        _connection.GetAsync<ArtifactVersion>(Query.Add($"{_path}/resolve", ("uri", address.ToString())), ct);

    /// <summary>Versions of all artifacts, newest first; metadata is left out.</summary>
    public IAsyncEnumerable<ArtifactVersion> SearchAsync(VersionQuery query, CancellationToken ct = default)
    {
        var path = Query.Add(
            $"{_path}/versions", ("kind", query.Kind), ("runId", query.RunId), ("prefix", query.Prefix), ("text", query.Text), ("since", query.Since), ("until", query.Until), ("by", query.By),
            ("tag", query.Tag));
        foreach (var (name, value) in query.Labels ?? new Dictionary<string, string>()) path = Query.Add(path, ("label", $"{name}={value}"));
        return _connection.ListAsync<ArtifactVersion>(path, ct);
    }

    /// <summary>Points a tag to a version; with <see cref="MoveTag.Expected"/> only if nobody moved it meanwhile.</summary>
    public Task<ArtifactInfo> MoveTagAsync(string key, string tag, MoveTag body, CancellationToken ct = default) =>
        _connection.SendAsync<ArtifactInfo>(HttpMethod.Put, $"{Of(key)}/tags/{Query.Segment(tag)}", body, Sending.Idempotent, ct);

    /// <summary>Removes a tag.</summary>
    /// <param name="expected">The version at which the tag was seen; null removes it wherever it points.</param>
    public Task RemoveTagAsync(string key, string tag, int? expected = null, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, Query.Add($"{Of(key)}/tags/{Query.Segment(tag)}", ("expected", expected)), null, Sending.Idempotent, ct);

    /// <summary>Deletes a version that nothing uses.</summary>
    public Task DeleteVersionAsync(string key, string reference, DeletionStrategy strategy = DeletionStrategy.WithData, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, Query.Add(Version(key, reference), ("strategy", strategy)), null, Sending.Once, ct);

    /// <summary>Deletes all versions of an artifact, and its tags.</summary>
    public Task DeleteAsync(string key, DeletionStrategy strategy = DeletionStrategy.WithData, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, Query.Add(Of(key), ("strategy", strategy)), null, Sending.Once, ct);

    /// <summary>Says how long a version is kept.</summary>
    public Task<ArtifactVersion> RetainAsync(string key, string reference, VersionRetention retention, CancellationToken ct = default) =>
        _connection.SendAsync<ArtifactVersion>(HttpMethod.Put, $"{Version(key, reference)}/retention", retention, Sending.Idempotent, ct);

    /// <summary>The beginning of a version, or of a file of a directory.</summary>
    public Task<ArtifactPreview> PreviewAsync(string key, string reference = "latest", string? path = null, CancellationToken ct = default) =>
        _connection.GetAsync<ArtifactPreview>(Query.Add($"{Version(key, reference)}/preview", ("path", path)), ct);

    private string Version(string key, string reference) => $"{Of(key)}/versions/{Query.Segment(reference)}";
}
