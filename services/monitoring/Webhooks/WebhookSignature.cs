using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mesh.Monitoring.Webhooks;

/// <summary>Signatures of Standard Webhooks: <c>v1</c>, HMAC-SHA256 over id, timestamp and body.</summary>
internal static class WebhookSignature
{
    /// <summary>What secrets begin with.</summary>
    public const string Prefix = "whsec_";

    private const int SecretBytes = 32;

    /// <summary>A new secret.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The header: a signature by each secret, so that receivers may know either while one replaces the other.</summary>
    public static string Sign(IEnumerable<string> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var signed = (byte[])[.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(' ', secrets.Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[Prefix.Length..]), signed))}"));
    }
}
