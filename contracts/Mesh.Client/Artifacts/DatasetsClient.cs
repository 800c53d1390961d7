using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Mesh.Client.Connection;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>Data sets: what is in artifacts of that kind. Versions are numbers; the newest is meant when none is given.</summary>
public sealed class DatasetsClient
{
    private readonly MeshConnection _connection;
    private readonly ArtifactsClient _artifacts;
    private readonly string _path;

    internal DatasetsClient(MeshConnection connection, string project, ArtifactsClient artifacts) => (_connection, _artifacts, _path) = (connection, artifacts, $"{project}/datasets");

    /// <summary>Data sets by key, each with its newest version and, once somebody has read it, how large it is.</summary>
    /// <param name="prefix">Only keys that begin with this.</param>
    public IAsyncEnumerable<DatasetInfo> ListAsync(string? prefix = null, CancellationToken ct = default) =>
        _connection.ListAsync<DatasetInfo>(Query.Add(_path, ("prefix", prefix)), ct);

    /// <summary>A version with its profile as far as that is there: the first to ask has it made.</summary>
    public Task<DatasetVersion> GetAsync(string key, int? version = null, CancellationToken ct = default) =>
        _connection.GetAsync<DatasetVersion>(Of(key, version), ct);

    /// <summary>A version once its profile is made, or is known not to be possible. The service holds each question for a while, so this asks seldom.</summary>
    public async Task<DatasetVersion> ProfileAsync(string key, int? version = null, CancellationToken ct = default)
    {
        while (true)
        {
            var found = await GetAsync(key, version, ct);
            if (found.State is not (DatasetState.Profiling or DatasetState.New)) return found;
            await Task.Delay(TimeSpan.FromMilliseconds(500), _connection.Options.Clock, ct);
        }
    }

    /// <summary>Uploads a file as the next version of a data set. Its name says what form it is in.</summary>
    public Task<ArtifactVersion> PutFileAsync(string key, string path, UploadSpec? spec = null, CancellationToken ct = default) =>
        _artifacts.UploadFileAsync(key, path, (spec ?? new UploadSpec()) with { Kind = ArtifactKind.Dataset }, ct);

    /// <summary>A page of rows in the order of the file.</summary>
    /// <param name="columns">Only these columns, in this order.</param>
    /// <param name="filter">Only rows of which this holds: <c>age &gt;= 18 and city in ('Rome', 'Oslo')</c>.</param>
    /// <param name="cursor">Where the page before ended: its <see cref="DatasetRows.Next"/>.</param>
    public Task<DatasetRows> PageAsync(
        string key, int? version = null, IEnumerable<string>? columns = null, string? filter = null, int? limit = null, string? cursor = null, CancellationToken ct = default) =>
        _connection.GetAsync<DatasetRows>(Query.Add($"{Of(key, version)}/rows", ("columns", Names(columns)), ("filter", filter), ("limit", limit), ("cursor", cursor)), ct);

    /// <summary>All rows, page after page: each an array with a value per column. <see cref="OpenArrowAsync"/> is faster where there are many.</summary>
    public async IAsyncEnumerable<JsonElement> RowsAsync(
        string key, int? version = null, IEnumerable<string>? columns = null, string? filter = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        // All pages are of one version, whatever is uploaded meanwhile.
        version ??= (await _artifacts.GetVersionAsync(key, ct: ct)).Version;
        var names = columns?.ToList();
        string? cursor = null;
        do
        {
            var page = await PageAsync(key, version, names, filter, 1000, cursor, ct);
            foreach (var row in page.Items) yield return row;
            cursor = page.Next;
        }
        while (cursor is not null);
    }

    /// <summary>Rows by chance; the same seed gives the same.</summary>
    public Task<DatasetSample> SampleAsync(string key, int rows = 100, int seed = 1, int? version = null, IEnumerable<string>? columns = null, CancellationToken ct = default) =>
        _connection.GetAsync<DatasetSample>(Query.Add($"{Of(key, version)}/sample", ("columns", Names(columns)), ("rows", rows), ("seed", seed)), ct);

    /// <summary>How a version differs from another, the one before it unless named.</summary>
    public Task<DatasetDiff> DiffAsync(string key, int? version = null, int? against = null, CancellationToken ct = default) =>
        _connection.GetAsync<DatasetDiff>(Query.Add($"{Of(key, version)}/diff", ("against", against)), ct);

    /// <summary>All rows as a stream of Arrow IPC, as <c>ArrowStreamReader</c> of Apache.Arrow reads it. The caller disposes of it.</summary>
    /// <remarks>A stream that breaks off has no end mark of Arrow's.</remarks>
    public async Task<Stream> OpenArrowAsync(string key, int? version = null, IEnumerable<string>? columns = null, string? filter = null, CancellationToken ct = default)
    {
        var address = Query.Add($"{Of(key, version)}/stream", ("columns", Names(columns)), ("filter", filter));
        var response = await _connection.OpenAsync(_connection.Request(HttpMethod.Get, address), new Sending(MayRepeat: true, Long: true), ct);
        return new OwningStream(await response.Content.ReadAsStreamAsync(ct), response);
    }

    private string Of(string key, int? version) =>
        $"{_path}/{Query.Segment(key)}/versions/{version?.ToString(CultureInfo.InvariantCulture) ?? "latest"}";

    // Names with commas or quotes stand in quotes.
    private static string? Names(IEnumerable<string>? columns) => columns is null
        ? null
        : string.Join(',', columns.Select(name => name.AsSpan().ContainsAny(',', '"') ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name));

    /// <summary>The body of an answer, which goes with it.</summary>
    private sealed class OwningStream(Stream body, HttpResponseMessage response) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => body.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => body.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                body.Dispose();
                response.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
