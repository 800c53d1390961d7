using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Mesh.Artifacts.Blobs.S3;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Sources;

/// <summary>Objects of the S3 buckets that the operator names, read with the key that goes with each: <c>s3://bucket/key</c>, the key as it is.</summary>
internal sealed class S3Source : ISourceKind, IDisposable
{
    private const string Scheme = "s3://";

    private readonly Dictionary<string, (S3Options Options, AmazonS3Client S3)> _buckets = new(StringComparer.Ordinal);

    public S3Source(IOptions<ArtifactsOptions> options)
    {
        foreach (var (name, given) in options.Value.SourceBuckets)
            _buckets[given.Bucket.Length > 0 ? given.Bucket : name] = (given, given.Connect($"{ArtifactsOptions.Section}:SourceBuckets:{name}"));
    }

    public IReadOnlyList<string> Schemes { get; } = ["s3"];

    public Rejection? Check(string address)
    {
        var (bucket, key) = Split(address);
        if (bucket.Length == 0 || key.Length == 0 || key.Any(char.IsControl)) return SourceRefusals.Malformed("An S3 source is s3://bucket/key.");
        if (!_buckets.TryGetValue(bucket, out var known)) return SourceRefusals.NotAllowed($"The operator lets no source be in the bucket '{bucket}' (Artifacts:SourceBuckets).");
        return key.StartsWith(known.Options.Prefix, StringComparison.Ordinal)
            ? null
            : SourceRefusals.NotAllowed($"The operator lets only keys that begin with '{known.Options.Prefix}' be sources in that bucket.");
    }

    public async Task<SourceBody> OpenAsync(string address, long from, CancellationToken ct)
    {
        if (Check(address) is { } refusal) throw new RejectedException(refusal);
        var (bucket, key) = Split(address);
        try
        {
            var response = await _buckets[bucket].S3.GetObjectAsync(
                new GetObjectRequest { BucketName = bucket, Key = key, ByteRange = from > 0 ? new ByteRange($"bytes={from}-") : null }, ct);
            var size = from > 0 && response.ContentRange is { } range && long.TryParse(range[(range.LastIndexOf('/') + 1)..], out var whole) ? whole : response.ContentLength;
            return new SourceBody(new SourceState(size, response.ETag, response.LastModified, response.Headers.ContentType), response.ResponseStream, response);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw new RejectedException(SourceRefusals.Changed);
        }
        catch (AmazonServiceException e)
        {
            throw new RejectedException(SourceRefusals.Unreachable(e.StatusCode is 0 ? "the S3 store does not answer." : $"the S3 store answers {(int)e.StatusCode} {e.ErrorCode}."));
        }
        catch (HttpRequestException)
        {
            throw new RejectedException(SourceRefusals.Unreachable("the S3 store does not answer."));
        }
    }

    public void Dispose()
    {
        foreach (var (_, s3) in _buckets.Values) s3.Dispose();
    }

    private static (string Bucket, string Key) Split(string address)
    {
        var rest = address[Math.Min(Scheme.Length, address.Length)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (rest, "") : (rest[..slash], rest[(slash + 1)..]);
    }
}
