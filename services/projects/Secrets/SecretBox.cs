using System.Security.Cryptography;
using System.Text;

namespace Mesh.Projects.Secrets;

/// <summary>
/// Encrypts and opens secrets: AES-256-GCM, with project and name as associated data, so that a value that is moved
/// to another name or project does not open there.
/// </summary>
internal sealed class SecretBox
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _key;
    private readonly string _keyId;

    /// <param name="key">32 bytes.</param>
    internal SecretBox(byte[] key)
    {
        if (key.Length != 32) throw new ArgumentException($"The key of the secrets has {key.Length} bytes instead of 32.", nameof(key));
        _key = key;
        _keyId = Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 4));
    }

    internal StoredSecret Seal(string project, string name, string value)
    {
        var plain = Encoding.UTF8.GetBytes(value);
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        var ciphertext = new byte[plain.Length];
        var tag = new byte[TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(nonce, plain, ciphertext, tag, Bound(project, name));
        CryptographicOperations.ZeroMemory(plain);
        return new StoredSecret { Id = name, KeyId = _keyId, Nonce = nonce, Ciphertext = ciphertext, Tag = tag };
    }

    /// <exception cref="SecretSealedException">It was sealed with another key, for another place, or was damaged.</exception>
    internal string Open(string project, StoredSecret secret)
    {
        if (secret.KeyId != _keyId)
            throw new SecretSealedException($"Secret '{secret.Id}' of project '{project}' was encrypted with key {secret.KeyId}; the key in use is {_keyId}.");
        var plain = new byte[secret.Ciphertext.Length];
        try
        {
            using var aes = new AesGcm(_key, TagBytes);
            aes.Decrypt(secret.Nonce, secret.Ciphertext, secret.Tag, plain, Bound(project, secret.Id));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SecretSealedException($"Secret '{secret.Id}' of project '{project}' does not open: it is not what was stored.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    // A project's name is a DNS label, so the separator cannot occur in it.
    private static byte[] Bound(string project, string name) => Encoding.UTF8.GetBytes($"{project}\n{name}");
}

/// <summary>A secret cannot be opened with the key in use.</summary>
internal sealed class SecretSealedException(string message, Exception? inner = null) : Exception(message, inner);
