using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>Files by key and version. What goes up and down is checked by its SHA-256.</summary>
public sealed partial class ArtifactsClient
{
    private readonly MeshConnection _connection;
    private readonly string _project;
    private readonly string _path;

    internal ArtifactsClient(MeshConnection connection, string project) => (_connection, _project, _path) = (connection, project, $"{project}/artifacts");

    /// <summary>Artifacts, each with its newest version, or the newest that a run made; metadata is left out.</summary>
    /// <param name="prefix">Only keys that begin with this.</param>
    public IAsyncEnumerable<ArtifactInfo> ListAsync(ArtifactKind? kind = null, Guid? runId = null, string? prefix = null, CancellationToken ct = default) =>
        _connection.ListAsync<ArtifactInfo>(Query.Add(_path, ("kind", kind), ("runId", runId), ("prefix", prefix)), ct);

    /// <summary>An artifact with its newest version.</summary>
    public Task<ArtifactInfo> GetAsync(string key, CancellationToken ct = default) => _connection.GetAsync<ArtifactInfo>(Of(key), ct);

    /// <summary>One version of an artifact; the newest when none is named.</summary>
    public async Task<ArtifactVersion> GetVersionAsync(string key, int? version = null, CancellationToken ct = default) =>
        version is null
            ? (await GetAsync(key, ct)).Latest
            : await _connection.GetAsync<ArtifactVersion>($"{Of(key)}/versions/{version}", ct);

    /// <summary>All versions of an artifact.</summary>
    public IAsyncEnumerable<ArtifactVersion> VersionsAsync(string key, CancellationToken ct = default) =>
        _connection.ListAsync<ArtifactVersion>($"{Of(key)}/versions", ct);

    /// <summary>What happened to an artifact, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string key, CancellationToken ct = default) =>
        _connection.ListAsync<HistoryEntry>($"{Of(key)}/history", ct);

    /// <summary>Makes the next version of an artifact from a blob that the project holds.</summary>
    public Task<ArtifactVersion> CreateAsync(CreateArtifactVersion body, CancellationToken ct = default) =>
        _connection.SendAsync<ArtifactVersion>(HttpMethod.Post, _path, body, Sending.Creating, ct);

    /// <summary>Uploads a file as the next version of an artifact. Bytes that the project holds already are not sent again.</summary>
    public async Task<ArtifactVersion> UploadFileAsync(string key, string path, UploadSpec? spec = null, CancellationToken ct = default)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        spec ??= new UploadSpec();
        return await UploadAsync(key, file, spec with { FileName = spec.FileName ?? Path.GetFileName(path) }, ct);
    }

    /// <summary>Uploads bytes as the next version of an artifact.</summary>
    public async Task<ArtifactVersion> UploadAsync(string key, ReadOnlyMemory<byte> content, UploadSpec? spec = null, CancellationToken ct = default)
    {
        await using var stream = new MemoryStream(content.ToArray(), writable: false);
        return await UploadAsync(key, stream, spec, ct);
    }

    /// <summary>
    /// Uploads a stream as the next version of an artifact. It is read twice, first for its digest, so that it can be sent again when the connection
    /// breaks; one that cannot seek goes through a temporary file. More than 64 MiB go in parts, four at once, and what broke off is gone on with.
    /// </summary>
    public async Task<ArtifactVersion> UploadAsync(string key, Stream content, UploadSpec? spec = null, CancellationToken ct = default)
    {
        if (!content.CanSeek)
        {
            await using var buffer = new FileStream(Path.GetTempFileName(), new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            });
            await content.CopyToAsync(buffer, ct);
            buffer.Position = 0;
            return await UploadAsync(key, buffer, spec, ct);
        }

        spec ??= new UploadSpec();
        var start = content.Position;
        var digest = await PutBlobAsync(content, start, ct);
        return await CreateAsync(
            new CreateArtifactVersion(key, digest, spec.Kind, spec.MediaType(), spec.FileName, spec.RunId, spec.Labels, spec.Metadata), ct);
    }

    /// <summary>Whether the project holds a blob.</summary>
    public async Task<bool> HasBlobAsync(string digest, CancellationToken ct = default)
    {
        using var response = await _connection.OpenAsync(
            _connection.Request(HttpMethod.Head, Blob(digest)), Sending.Idempotent with { AcceptNotFound = true }, ct);
        return response.StatusCode != HttpStatusCode.NotFound;
    }

    /// <summary>Downloads a version into <paramref name="target"/> and returns what it was; the newest when no version is named.</summary>
    /// <exception cref="MeshException">Code <c>content.corrupt</c>: what arrived is not what was stored.</exception>
    public async Task<ArtifactVersion> DownloadAsync(string key, Stream target, int? version = null, CancellationToken ct = default)
    {
        var info = await GetVersionAsync(key, version, ct);
        await DownloadVersionAsync(info, target, ct);
        return info;
    }

    /// <summary>Downloads a version to a file, which appears only once it is whole; the newest when no version is named.</summary>
    public async Task<ArtifactVersion> DownloadFileAsync(string key, string path, int? version = null, CancellationToken ct = default)
    {
        var info = await GetVersionAsync(key, version, ct);
        await BlobFile.WriteAsync(path, target => DownloadVersionAsync(info, target, ct));
        return info;
    }

    /// <summary>Downloads a version into memory; the newest when no version is named.</summary>
    public async Task<byte[]> DownloadBytesAsync(string key, int? version = null, CancellationToken ct = default)
    {
        using var memory = new MemoryStream();
        await DownloadAsync(key, memory, version, ct);
        return memory.ToArray();
    }

    /// <summary>Downloads a blob by its digest, and checks it.</summary>
    public Task DownloadBlobAsync(string digest, Stream target, CancellationToken ct = default) =>
        BlobFile.ReceiveAsync(_connection, Blob(digest), digest, target, ct);

    /// <summary>What the blobs of the project take, and how much they may.</summary>
    public Task<ProjectStorageInfo> GetStorageAsync(CancellationToken ct = default) => _connection.GetAsync<ProjectStorageInfo>($"{_project}/storage", ct);

    /// <summary>Sets how many bytes the project may have; null for as many as the platform lets any. For platform administrators.</summary>
    public Task<ProjectStorageInfo> SetQuotaAsync(long? bytes, CancellationToken ct = default) =>
        _connection.SendAsync<ProjectStorageInfo>(HttpMethod.Put, $"{_project}/storage", new SetProjectStorage(bytes), Sending.Idempotent, ct);

    /// <summary>Sets how many bytes the project may have, and in which store its new blobs go. For platform administrators.</summary>
    public Task<ProjectStorageInfo> SetStorageAsync(SetProjectStorage body, CancellationToken ct = default) =>
        _connection.SendAsync<ProjectStorageInfo>(HttpMethod.Put, $"{_project}/storage", body, Sending.Idempotent, ct);

    /// <summary>Takes away the blobs that nothing refers to and whose grace is over, or only says which.</summary>
    public Task<BlobCollection> CollectAsync(bool dryRun = false, CancellationToken ct = default) =>
        _connection.SendAsync<BlobCollection>(HttpMethod.Post, Query.Add($"{_project}/blobs/collect", ("dryRun", dryRun)), null, Sending.Idempotent, ct);

    private async Task<string> PutBlobAsync(Stream content, long start, CancellationToken ct)
    {
        if (content.Length - start > PartedUpload.Threshold)
        {
            using var parted = new PartedUpload(_connection, _project, content, start);
            var whole = await parted.HashAsync(ct);
            if (!await HasBlobAsync(whole, ct)) await parted.SendAsync(whole, ct);
            return whole;
        }

        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct));
        await PutWholeAsync(digest, content, start, ct);
        return digest;
    }

    private async Task PutWholeAsync(string digest, Stream content, long start, CancellationToken ct)
    {
        // Asking first costs a round trip: worth it only where the bytes cost more.
        if (content.Length - start > 65_536 && await HasBlobAsync(digest, ct)) return;

        HttpRequestMessage Request()
        {
            content.Position = start;
            return new HttpRequestMessage(HttpMethod.Put, _connection.Address(Blob(digest)))
            {
                Content = new StreamContent(new Undisposed(content), 81_920)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream"), ContentLength = content.Length - start },
                },
            };
        }

        using var response = await _connection.OpenAsync(Request, new Sending(MayRepeat: true, Long: true), ct);
    }

    private string Of(string key) => $"{_path}/{Query.Segment(key)}";

    private string Blob(string digest) => $"{_project}/blobs/{digest}";
}
