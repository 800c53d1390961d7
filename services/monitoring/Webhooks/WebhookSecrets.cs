using System.Security.Cryptography;
using System.Text;
using Mesh.Hosting;
using Mesh.Hosting.Identity;

namespace Mesh.Monitoring.Webhooks;

/// <summary>
/// Encrypts and opens the secrets of webhooks: AES-256-GCM under a key that follows from that of the platform, with project and name as associated data, so
/// that a value that is moved to another webhook does not open there.
/// </summary>
internal sealed class WebhookSecrets
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _key;

    public WebhookSecrets(MeshOptions options) : this(KeyFile.ReadOrCreate(options.KeyPath, "identity.key"))
    {
    }

    /// <param name="platform">Key of the platform.</param>
    internal WebhookSecrets(byte[] platform) => _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, platform, 32, info: "mesh: secrets of webhooks"u8.ToArray());

    public byte[] Seal(string project, string webhook, string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var bytes = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(bytes.AsSpan(0, NonceBytes), plain, bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), Bound(project, webhook));
        CryptographicOperations.ZeroMemory(plain);
        return bytes;
    }

    /// <summary>Null when it was sealed with another key or for another place, or was damaged.</summary>
    public string? Open(string project, string webhook, byte[] sealedSecret)
    {
        if (sealedSecret.Length <= NonceBytes + TagBytes) return null;
        var plain = new byte[sealedSecret.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(_key, TagBytes);
            aes.Decrypt(
                sealedSecret.AsSpan(0, NonceBytes), sealedSecret.AsSpan(NonceBytes + TagBytes), sealedSecret.AsSpan(NonceBytes, TagBytes), plain, Bound(project, webhook));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    // Both are DNS labels, so the separator cannot occur in them.
    private static byte[] Bound(string project, string webhook) => Encoding.UTF8.GetBytes($"{project}\n{webhook}");
}
