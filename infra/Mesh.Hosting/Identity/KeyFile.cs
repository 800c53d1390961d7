using System.Security.Cryptography;
using Mesh.Hosting.Files;

namespace Mesh.Hosting.Identity;

/// <summary>A symmetric key of 32 random bytes in a file that only its owner can read, in base64.</summary>
public static class KeyFile
{
    /// <summary>Reads the key, making it first where there is none. Safe when several processes start at once.</summary>
    /// <exception cref="InvalidOperationException">The file holds something else.</exception>
    public static byte[] ReadOrCreate(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) PrivateFile.Create(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        var key = new byte[32];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) && length == 32
            ? key
            : throw new InvalidOperationException($"{path} does not hold 32 bytes in base64. Restore it from a backup; without it, what it protects is lost.");
    }
}
