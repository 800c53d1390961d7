using System.Buffers;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Mesh.Artifacts.Blobs.S3;

/// <summary>
/// Blobs as objects of an S3 bucket: <c>ab/abcd…</c> for kept ones, <c>staging/</c> for those still being received, <c>parts/</c> for uploads in parts.
/// A body goes to the bucket as it comes, in pieces of 8 MiB, and the bucket itself copies it to its place; one that is smaller waits in memory and is sent
/// once. An object appears only when it is whole.
/// </summary>
internal sealed class S3BlobStore : IBlobStore, IDisposable
{
    /// <summary>Bytes of a piece, of which a multipart upload has at most 10,000.</summary>
    public const int PieceBytes = 8 << 20;

    // Beyond that one request copies nothing.
    private const long MostCopied = 5L << 30;
    private const long CopiedAtOnce = 1L << 30;
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(2);

    private readonly AmazonS3Client _s3;
    private readonly string _bucket;
    private readonly string _prefix;
    private readonly bool _isPlain;
    private readonly TimeProvider _clock;

    /// <exception cref="InvalidOperationException">A setting is missing.</exception>
    public S3BlobStore(S3Options options, TimeProvider clock, string place = "", string section = "Artifacts:S3")
    {
        Place = place;
        if (options.Bucket.Length == 0) throw new InvalidOperationException($"{section}:Bucket names no bucket.");
        if (options.Prefix.Length > 0 && !options.Prefix.EndsWith('/')) throw new InvalidOperationException($"{section}:Prefix must end with a slash.");
        _s3 = options.Connect(section);
        _isPlain = options.Endpoint?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) ?? false;
        (_bucket, _prefix, _clock) = (options.Bucket, options.Prefix, clock);
    }

    public string Place { get; }

    public async Task<StagedBlob?> StageAsync(Stream body, long limit, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        string? upload = null;
        var (key, size, etags, done) = ($"{_prefix}staging/{Guid.CreateVersion7():N}", 0L, new List<PartETag>(), false);
        try
        {
            while (true)
            {
                var read = await body.ReadAtLeastAsync(piece.AsMemory(0, PieceBytes), PieceBytes, throwOnEndOfStream: false, ct);
                hash.AppendData(piece, 0, read);
                size += read;
                if (size > limit) return null;
                if (upload is null && read < PieceBytes)
                {
                    done = true;
                    return new Held(this, piece.AsSpan(0, read).ToArray(), Convert.ToHexStringLower(hash.GetHashAndReset()));
                }

                upload ??= (await _s3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket, Key = key }, ct)).UploadId;
                if (read > 0) etags.Add(await SendPieceAsync(key, upload, etags.Count + 1, piece, read, ct));
                if (read == PieceBytes) continue;
                await _s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = _bucket, Key = key, UploadId = upload, PartETags = etags }, ct);
                done = true;
                return new Staged(this, key, Convert.ToHexStringLower(hash.GetHashAndReset()), size);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
            if (!done && upload is not null) await AbortAsync(key, upload);
        }
    }

    public Task<Stream?> OpenAsync(string digest, CancellationToken ct) => OpenKeyAsync(KeyOf(digest), ct);

    public Task<Stream?> OpenPartAsync(PartPlace place, CancellationToken ct) => OpenKeyAsync(KeyOf(place), ct);

    public Task DeleteAsync(string digest, CancellationToken ct) => _s3.DeleteObjectAsync(_bucket, KeyOf(digest), ct);

    public Task DeletePartAsync(PartPlace place, CancellationToken ct) => _s3.DeleteObjectAsync(_bucket, KeyOf(place), ct);

    public async Task DeletePartsAsync(Guid upload, CancellationToken ct)
    {
        await foreach (var item in ListAsync($"{_prefix}parts/{upload:N}/", ct)) await _s3.DeleteObjectAsync(_bucket, item.Key, ct);
    }

    public async Task<IReadOnlyList<Guid>> UploadsAsync(CancellationToken ct)
    {
        var folder = $"{_prefix}parts/";
        var uploads = new List<Guid>();
        string? next = null;
        do
        {
            var page = await _s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _bucket, Prefix = folder, Delimiter = "/", ContinuationToken = next }, ct);
            foreach (var found in page.CommonPrefixes ?? [])
                if (Guid.TryParse(found[folder.Length..].TrimEnd('/'), out var id)) uploads.Add(id);
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
        return uploads;
    }

    /// <summary>
    /// Removes staged objects and unfinished multipart uploads that are two days old: nobody can say of an object whether the process that made it lives.
    /// </summary>
    public async Task<int> SweepAsync(CancellationToken ct)
    {
        var before = (_clock.GetUtcNow() - Abandoned).UtcDateTime;
        var swept = 0;
        await foreach (var item in ListAsync($"{_prefix}staging/", ct))
        {
            if (item.LastModified?.ToUniversalTime() >= before) continue;
            await _s3.DeleteObjectAsync(_bucket, item.Key, ct);
            swept++;
        }

        return swept + await SweepUnfinishedAsync(before, ct);
    }

    private async Task<int> SweepUnfinishedAsync(DateTime before, CancellationToken ct)
    {
        var swept = 0;
        ListMultipartUploadsResponse? page = null;
        do
        {
            try
            {
                page = await _s3.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = _bucket, Prefix = _prefix, KeyMarker = page?.NextKeyMarker, UploadIdMarker = page?.NextUploadIdMarker }, ct);
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotImplemented)
            {
                // Such a server has its own way with them.
                return swept;
            }

            foreach (var upload in page.MultipartUploads ?? [])
            {
                if (upload.Initiated?.ToUniversalTime() >= before) continue;
                await AbortAsync(upload.Key, upload.UploadId);
                swept++;
            }
        }
        while (page.IsTruncated == true);
        return swept;
    }

    public async Task<Uri?> LocateAsync(string digest, string disposition, TimeSpan life, CancellationToken ct) => new(await _s3.GetPreSignedURLAsync(new GetPreSignedUrlRequest
    {
        BucketName = _bucket,
        Key = KeyOf(digest),
        Verb = HttpVerb.GET,
        Protocol = _isPlain ? Protocol.HTTP : Protocol.HTTPS,
        Expires = (_clock.GetUtcNow() + life).UtcDateTime,
        ResponseHeaderOverrides = { ContentDisposition = disposition },
    }));

    public void Dispose() => _s3.Dispose();

    private async Task AbortAsync(string key, string upload)
    {
        try
        {
            await _s3.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = _bucket, Key = key, UploadId = upload });
        }
        catch (AmazonServiceException)
        {
            // The sweep finds it.
        }
    }

    private async Task<PartETag> SendPieceAsync(string key, string upload, int number, byte[] piece, int length, CancellationToken ct)
    {
        using var content = new MemoryStream(piece, 0, length, writable: false);
        var sent = await _s3.UploadPartAsync(
            new UploadPartRequest { BucketName = _bucket, Key = key, UploadId = upload, PartNumber = number, PartSize = length, InputStream = content, UseChunkEncoding = false }, ct);
        return new PartETag(number, sent.ETag);
    }

    private async Task PutAsync(string key, byte[] bytes, CancellationToken ct)
    {
        using var content = new MemoryStream(bytes, writable: false);
        await _s3.PutObjectAsync(new PutObjectRequest { BucketName = _bucket, Key = key, InputStream = content, UseChunkEncoding = false }, ct);
    }

    private async Task CopyAsync(string from, string to, long size, CancellationToken ct)
    {
        if (size <= MostCopied)
        {
            await _s3.CopyObjectAsync(new CopyObjectRequest { SourceBucket = _bucket, SourceKey = from, DestinationBucket = _bucket, DestinationKey = to }, ct);
            return;
        }

        var upload = (await _s3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket, Key = to }, ct)).UploadId;
        var etags = new List<PartETag>();
        for (var at = 0L; at < size; at += CopiedAtOnce)
        {
            var copied = await _s3.CopyPartAsync(
                new CopyPartRequest
                {
                    SourceBucket = _bucket,
                    SourceKey = from,
                    DestinationBucket = _bucket,
                    DestinationKey = to,
                    UploadId = upload,
                    PartNumber = etags.Count + 1,
                    FirstByte = at,
                    LastByte = Math.Min(at + CopiedAtOnce, size) - 1,
                }, ct);
            etags.Add(new PartETag(etags.Count + 1, copied.ETag));
        }

        await _s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = _bucket, Key = to, UploadId = upload, PartETags = etags }, ct);
    }

    private async Task<long?> SizeAsync(string key, CancellationToken ct)
    {
        try
        {
            return (await _s3.GetObjectMetadataAsync(_bucket, key, ct)).ContentLength;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<Stream?> OpenKeyAsync(string key, CancellationToken ct) => await SizeAsync(key, ct) is { } size ? new S3ReadStream(_s3, _bucket, key, size) : null;

    private async IAsyncEnumerable<S3Object> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        string? next = null;
        do
        {
            var page = await _s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _bucket, Prefix = prefix, ContinuationToken = next }, ct);
            foreach (var item in page.S3Objects ?? []) yield return item;
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    private string KeyOf(string digest) => $"{_prefix}{digest.AsSpan(0, 2)}/{digest}";

    private string KeyOf(PartPlace place) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}parts/{place.Upload:N}/{place.Part:N}");

    /// <summary>A small body, in memory.</summary>
    private sealed class Held(S3BlobStore store, byte[] bytes, string digest) : StagedBlob(digest, bytes.Length, store.Place)
    {
        public override async Task KeepAsync(CancellationToken ct)
        {
            if (await store.SizeAsync(store.KeyOf(Digest), ct) is null) await store.PutAsync(store.KeyOf(Digest), bytes, ct);
        }

        public override Task KeepAsPartAsync(PartPlace place, CancellationToken ct) => store.PutAsync(store.KeyOf(place), bytes, ct);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>A body that is in the bucket, aside.</summary>
    private sealed class Staged(S3BlobStore store, string key, string digest, long size) : StagedBlob(digest, size, store.Place)
    {
        public override async Task KeepAsync(CancellationToken ct)
        {
            if (await store.SizeAsync(store.KeyOf(Digest), ct) is null) await store.CopyAsync(key, store.KeyOf(Digest), Size, ct);
        }

        public override Task KeepAsPartAsync(PartPlace place, CancellationToken ct) => store.CopyAsync(key, store.KeyOf(place), Size, ct);

        public override async ValueTask DisposeAsync()
        {
            try
            {
                await store._s3.DeleteObjectAsync(store._bucket, key);
            }
            catch (AmazonServiceException)
            {
                // The sweep finds it.
            }
        }
    }
}
