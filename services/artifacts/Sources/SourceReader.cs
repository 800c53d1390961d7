using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Sources;

/// <summary>A source as it is to be logged: its state, and the digest that stands for it.</summary>
internal sealed record FoundSource(ArtifactSource Source, string Digest, long Size, string? ContentType);

/// <summary>Looks at sources when they are logged, and reads them afterwards in the state that was seen then.</summary>
internal sealed class SourceReader(IEnumerable<ISourceKind> kinds, IOptions<ArtifactsOptions> options)
{
    private readonly Dictionary<string, ISourceKind> _kinds = kinds.SelectMany(kind => kind.Schemes.Select(scheme => (scheme, kind))).ToDictionary(each => each.scheme, each => each.kind, StringComparer.Ordinal);
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(options.Value.SourceSeconds);

    /// <summary>Looks at what is at an address; with a digest, reads it once and compares.</summary>
    public async Task<(FoundSource? Found, Rejection? Rejected)> LookAsync(string address, string? digest, long? size, CancellationToken ct)
    {
        var (kind, refusal) = KindOf(address);
        if (kind is null) return (null, refusal);
        SourceState state;
        using (var body = await kind.OpenAsync(address, 0, ct)) state = body.State;
        if (state.Size > options.Value.MaxSourceBytes)
            return (null, Rejection.TooLarge("source.too-large", $"The source has {state.Size} bytes; one may have {options.Value.MaxSourceBytes} here.", "source"));
        if (size is not null && state.Size != size)
            return (null, Rejection.Unprocessable("source.size-mismatch", $"The source has {state.Size} bytes, not {size}.", "size"));
        if (state is { ETag: null, LastModified: null })
            return (null, Rejection.Unprocessable("source.no-validator", "The source says neither an ETag nor when it was changed last: nobody could see it change. Download it and upload it instead.", "source"));
        if (digest is null) return (new(new(address, state.ETag, state.LastModified, IsChecked: false), DigestOf(address, state), state.Size, state.ContentType), null);
        await using var stream = new SourceStream(kind, address, state, _patience);
        var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct));
        return actual == digest
            ? (new(new(address, state.ETag, state.LastModified, IsChecked: true), digest, state.Size, state.ContentType), null)
            : (null, Rejection.Unprocessable("source.digest-mismatch", $"The source's SHA-256 is {actual}, not {digest}.", "digest"));
    }

    /// <summary>Opens a source in the state that was seen: a seekable stream, read asynchronously.</summary>
    /// <exception cref="RejectedException">It is not what it was (409), not there (502), or may not be read any more (422).</exception>
    public async Task<Stream> OpenAsync(ArtifactSource source, long size, CancellationToken ct)
    {
        var (kind, refusal) = KindOf(source.Address);
        if (kind is null) throw new RejectedException(refusal!);
        var stream = new SourceStream(kind, source.Address, new SourceState(size, source.ETag, source.LastModified), _patience);
        try
        {
            await stream.BeginAsync(ct);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private (ISourceKind? Kind, Rejection? Refusal) KindOf(string address)
    {
        var scheme = address.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? address[..colon] : "";
        if (!_kinds.TryGetValue(scheme, out var kind)) return (null, SourceRefusals.Malformed($"A source begins with {string.Join(", ", _kinds.Keys.Order(StringComparer.Ordinal).Select(each => $"{each}://"))}."));
        return kind.Check(address) is { } refusal ? (null, refusal) : (kind, null);
    }

    // What nobody has read is named by all that is known of it: the same state at the same address is the same.
    private static string DigestOf(string address, SourceState state) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"mesh-source 1\n{address}\n{state.Size}\n{state.ETag}\n{state.LastModified?.UtcTicks}\n"))));
}
