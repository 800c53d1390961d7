using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// The secrets of an attempt on a cluster, sealed in a file beside its output, so that the next service can blot them out: they may be others by then, and a cluster is never asked for secrets.
/// </summary>
internal static class SealedSecrets
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>The key that they are sealed with, which follows from that of the platform.</summary>
    public static byte[] KeyOf(byte[] platform) => HKDF.DeriveKey(HashAlgorithmName.SHA256, platform, 32, info: "mesh: secrets of attempts"u8.ToArray());

    /// <param name="key">32 bytes.</param>
    public static void Write(string path, byte[] key, ProcessMark mark, LeftSecrets secrets)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(secrets);
        var bytes = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(bytes.AsSpan(0, NonceBytes), plain, bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), Bound(mark));
        CryptographicOperations.ZeroMemory(plain);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(bytes);
    }

    /// <summary>Null if there are none, or they do not open.</summary>
    public static LeftSecrets? Read(string path, byte[] key, ProcessMark mark)
    {
        if (!File.Exists(path) || File.ReadAllBytes(path) is not { Length: > NonceBytes + TagBytes } bytes) return null;
        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), plain, Bound(mark));
            return JsonSerializer.Deserialize<LeftSecrets>(plain);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[] Bound(ProcessMark mark) => Encoding.UTF8.GetBytes(mark.ToString());
}

/// <summary>Secrets of an attempt: those of its variables, its token among them, and those that are files.</summary>
internal sealed record LeftSecrets(IReadOnlyDictionary<string, string> Variables, IReadOnlyDictionary<string, string> Files);
