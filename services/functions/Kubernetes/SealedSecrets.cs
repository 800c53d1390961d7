using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// What an attempt on a cluster was told, its secrets among that, sealed and kept with its lease, so that the next service can blot them out and start a gang again: they may be others by then, and a
/// cluster is never asked for secrets.
/// </summary>
internal static class SealedSecrets
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>The key that they are sealed with, which follows from that of the platform.</summary>
    public static byte[] KeyOf(byte[] platform) => HKDF.DeriveKey(HashAlgorithmName.SHA256, platform, 32, info: "mesh: secrets of attempts"u8.ToArray());

    /// <param name="key">32 bytes.</param>
    public static byte[] Seal(byte[] key, ProcessMark mark, ToldAttempt told)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(told);
        var bytes = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(bytes.AsSpan(0, NonceBytes), plain, bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), Bound(mark));
        CryptographicOperations.ZeroMemory(plain);
        return bytes;
    }

    /// <summary>Null if it does not open.</summary>
    public static ToldAttempt? Open(byte[] bytes, byte[] key, ProcessMark mark)
    {
        if (bytes.Length <= NonceBytes + TagBytes) return null;
        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), plain, Bound(mark));
            return JsonSerializer.Deserialize<ToldAttempt>(plain);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[] Bound(ProcessMark mark) => Encoding.UTF8.GetBytes(mark.ToString());
}

/// <summary>What an attempt was told: its variables, with its secrets and its token, the secrets that are files, and what opens the repository of its code.</summary>
internal sealed record ToldAttempt(IReadOnlyDictionary<string, string> Variables, IReadOnlyDictionary<string, string> Files, string? Git = null);
