using Mesh.Client.Connection;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

public sealed partial class ArtifactsClient
{
    /// <summary>Makes the next version of an artifact from what is at an address, without copying it: <c>https://…</c>, <c>s3://bucket/key</c> or <c>file:///path</c>.</summary>
    /// <param name="digest">SHA-256 of what must be there; it is read once then.</param>
    /// <param name="size">How many bytes there must be.</param>
    public Task<ArtifactVersion> ReferAsync(string key, string source, UploadSpec? spec = null, string? digest = null, long? size = null, CancellationToken ct = default)
    {
        spec ??= new UploadSpec();
        return CreateAsync(
            new CreateArtifactVersion(key, digest, spec.Kind, spec.MediaType(), spec.FileName, spec.RunId, spec.Labels, spec.Metadata, Source: source, Size: size), ct);
    }

    /// <summary>Copies the bytes of a version that names where they are into the store.</summary>
    public Task<ArtifactVersion> ImportAsync(string key, string reference = "latest", CancellationToken ct = default) =>
        _connection.SendAsync<ArtifactVersion>(HttpMethod.Post, $"{Version(key, reference)}/import", null, new Sending(MayRepeat: true, Long: true), ct);

    // What is not copied comes from where it is, by way of the platform. Its digest is checked where somebody has read it to its end.
    private Task DownloadVersionAsync(ArtifactVersion version, Stream target, CancellationToken ct) => version.Source is { ImportedAt: null } source
        ? BlobFile.ReceiveAsync(_connection, Query.Add($"{Of(version.Key)}/content", ("version", version.Version)), source.IsChecked ? version.Digest : null, target, ct)
        : DownloadBlobAsync(version.Digest, target, ct);
}
