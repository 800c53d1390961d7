using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Http;

/// <summary>
/// The header <c>Idempotency-Key</c> of a creating POST. The id of what is created follows from the key, so that a repeated request meets what
/// the first one made, whatever died in between; a fingerprint of the body tells a repeat from a reuse.
/// </summary>
public readonly record struct IdempotencyKey(string? Value)
{
    /// <summary>Name of the header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The refusal of a key that came before with another body.</summary>
    public static Rejection Reused { get; } = Rejection.Conflict("idempotency-key.reused", "This Idempotency-Key came before with another body. Use a new key for a new request.");

    /// <summary>The id of what is created: derived from the key (scoped by caller, project and kind) when there is one, else new.</summary>
    public Guid Id(Caller caller, string project, string kind)
    {
        if (Value is null) return Guid.CreateVersion7();
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Name}\n{project}\n{kind}\n{Value}"), hash);
        // RFC 9562 version 8: the bits are ours but for version and variant.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>SHA-256 of the body in hex, or null without a key.</summary>
    public string? Fingerprint<T>(T body) =>
        Value is null ? null : Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(body, MeshJson.Strict)));

    /// <summary>Binds the endpoint parameter.</summary>
    /// <exception cref="RejectedException">The key is out of form.</exception>
    public static ValueTask<IdempotencyKey> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var values = context.Request.Headers[Header];
        if (values.Count == 0) return ValueTask.FromResult(default(IdempotencyKey));
        if (values is not [{ Length: >= 1 and <= 200 } value] || value.Any(c => c is < '!' or > '~'))
            throw new RejectedException(Rejection.Malformed("idempotency-key.invalid", "Idempotency-Key must be 1 to 200 visible ASCII characters.", Header));
        return ValueTask.FromResult(new IdempotencyKey(value));
    }
}
