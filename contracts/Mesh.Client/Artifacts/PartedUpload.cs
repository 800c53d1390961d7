using System.Buffers;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Mesh.Client.Connection;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>
/// Sends a large blob in parts, several at once. An upload of the same blob that broke off is gone on with: the parts that the mesh has already are not
/// sent again.
/// </summary>
internal sealed class PartedUpload(MeshConnection connection, string project, Stream content, long start) : IDisposable
{
    /// <summary>Smaller blobs go in one piece.</summary>
    public const long Threshold = 64L << 20;

    private const int AtOnce = 4;
    private const long UsualPart = 32L << 20;

    private readonly string _path = $"{project}/blobs/uploads";
    private readonly long _size = content.Length - start;
    private readonly long _partSize = Math.Max(UsualPart, (content.Length - start - 1) / BeginUpload.MostParts + 1);
    private readonly List<string> _digests = [];

    // The stream has one position: whoever reads sets it first.
    private readonly SemaphoreSlim _turn = new(1, 1);

    public void Dispose() => _turn.Dispose();

    /// <summary>Reads everything for the digest of the whole, and those of the parts on the way.</summary>
    public async Task<string> HashAsync(CancellationToken ct)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var part = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            content.Position = start;
            for (var left = _size; left > 0;)
            {
                var leftOfPart = Math.Min(_partSize, left);
                left -= leftOfPart;
                while (leftOfPart > 0)
                {
                    var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, leftOfPart)), ct);
                    if (read == 0) throw new EndOfStreamException("The stream ended before its length.");
                    whole.AppendData(buffer, 0, read);
                    part.AppendData(buffer, 0, read);
                    leftOfPart -= read;
                }

                _digests.Add(Convert.ToHexStringLower(part.GetHashAndReset()));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(whole.GetHashAndReset());
    }

    /// <summary>Sends what is missing and has it put together.</summary>
    public async Task SendAsync(string digest, CancellationToken ct)
    {
        var upload = await FindOpenAsync(digest, ct)
            ?? await connection.SendAsync<BlobUpload>(HttpMethod.Post, _path, new BeginUpload(digest, _size, _partSize), Sending.Creating, ct);
        var there = (upload.Received ?? []).ToDictionary(part => part.Number, part => part.Digest);
        var missing = Enumerable.Range(1, upload.Parts).Where(number => there.GetValueOrDefault(number) != _digests[number - 1]);
        try
        {
            await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (number, stop) => await PutAsync(upload.Id, number, stop));
        }
        catch (MeshException e) when (e.Code == "upload.completed")
        {
            // Somebody else sent the same blob by the same upload.
        }

        await CompleteAsync(upload.Id, ct);
    }

    private async Task<BlobUpload?> FindOpenAsync(string digest, CancellationToken ct)
    {
        await foreach (var open in connection.ListAsync<BlobUpload>(Query.Add(_path, ("digest", digest)), ct))
            if (open.Size == _size && open.PartSize == _partSize) return await connection.FindAsync<BlobUpload>($"{_path}/{open.Id}", ct);
        return null;
    }

    private async Task PutAsync(Guid upload, int number, CancellationToken ct)
    {
        var (from, size) = ((number - 1) * _partSize, Math.Min(_partSize, _size - (number - 1) * _partSize));

        HttpRequestMessage Request() => new(HttpMethod.Put, connection.Address($"{_path}/{upload}/parts/{number}"))
        {
            Headers = { { "Mesh-Sha256", _digests[number - 1] } },
            Content = new StreamContent(new Window(content, _turn, start + from, size), 1 << 18)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream"), ContentLength = size },
            },
        };

        using var response = await connection.OpenAsync(Request, new Sending(MayRepeat: true, Long: true), ct);
    }

    private async Task CompleteAsync(Guid upload, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                using var done = await connection.OpenAsync(connection.Request(HttpMethod.Post, $"{_path}/{upload}/complete"), new Sending(MayRepeat: true, Long: true), ct);
                return;
            }
            catch (MeshException e) when (e.Code == "upload.busy")
            {
                // A try whose answer was lost is still at it.
                await Task.Delay(TimeSpan.FromSeconds(1), connection.Options.Clock, ct);
            }
        }
    }

    /// <summary>A part of a stream that others read too.</summary>
    private sealed class Window(Stream content, SemaphoreSlim turn, long from, long size) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read == size) return 0;
            await turn.WaitAsync(cancellationToken);
            try
            {
                content.Position = from + _read;
                var read = await content.ReadAsync(buffer[..(int)Math.Min(buffer.Length, size - _read)], cancellationToken);
                _read += read;
                return read;
            }
            finally
            {
                turn.Release();
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
