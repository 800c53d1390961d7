using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Identity;

/// <summary>
/// Addresses that carry a permission of their own: whoever has one may do this one thing there until its end, without a token. A signature covers the method, the
/// whole path and the end, so that nothing else can be made of it. It is checked at the front door, and again by the service, with a key that comes from the
/// platform's identity key.
/// </summary>
public sealed class SignedAddresses(byte[] key, TimeProvider clock)
{
    private const string Until = "until";
    private const string Signature = "signature";

    private readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 32, info: "mesh signed addresses"u8.ToArray());

    /// <summary>The query that makes an address good for one method.</summary>
    /// <param name="path">The path as a server reads it: decoded.</param>
    public string Sign(string method, string path, TimeSpan life)
    {
        var until = (clock.GetUtcNow() + life).ToUnixTimeSeconds();
        return string.Create(CultureInfo.InvariantCulture, $"?{Until}={until}&{Signature}={Base64Url.EncodeToString(Of(method, path, until))}");
    }

    /// <summary>Whether the request is the one that its address was signed for, and in time.</summary>
    public bool IsGenuine(HttpRequest request)
    {
        if (request.Query[Until] is not [{ } end] || request.Query[Signature] is not [{ Length: 43 } signature]) return false;
        if (!long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var until) || until <= clock.GetUtcNow().ToUnixTimeSeconds()) return false;
        Span<byte> sent = stackalloc byte[SHA256.HashSizeInBytes];
        return Base64Url.TryDecodeFromChars(signature, sent, out var length) && length == sent.Length
            && CryptographicOperations.FixedTimeEquals(sent, Of(request.Method, request.Path.Value ?? "", until));
    }

    private byte[] Of(string method, string path, long until) =>
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{method}\n{until}\n{path}")));
}
