using System.Text;

namespace Mesh.Hosting.Files;

/// <summary>Files that only their owner reads.</summary>
public static class PrivateFile
{
    /// <summary>Creates the file with its folder, whole or not at all, durably, readable by its owner only. When another process was first, its file stays.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Create(string path, string content)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var draft = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.CreateVersion7():N}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(draft, options))
            {
                file.Write(Encoding.UTF8.GetBytes(content));
                file.Flush(flushToDisk: true);
            }

            FirstName.TryTake(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
