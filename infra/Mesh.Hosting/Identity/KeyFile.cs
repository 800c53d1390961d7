using System.Security.Cryptography;

namespace Mesh.Hosting.Identity;

/// <summary>A symmetric key of 32 random bytes in a file that only its owner can read, in base64.</summary>
public static class KeyFile
{
    /// <summary>Reads the key, making it first where there is none. Safe when several processes start at once.</summary>
    /// <exception cref="InvalidOperationException">The file holds something else.</exception>
    public static byte[] ReadOrCreate(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) Create(folder, path);
        var key = new byte[32];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) && length == 32
            ? key
            : throw new InvalidOperationException($"{path} does not hold 32 bytes in base64. Restore it from a backup; without it, what it protects is lost.");
    }

    private static void Create(string folder, string path)
    {
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.{Guid.CreateVersion7():N}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(temporary, options))
        using (var writer = new StreamWriter(stream))
        {
            writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
            writer.Flush();
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster: its key counts.
            File.Delete(temporary);
        }
    }
}
