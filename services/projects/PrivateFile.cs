namespace Mesh.Projects;

/// <summary>Files that only their owner reads.</summary>
internal static class PrivateFile
{
    /// <summary>
    /// Creates the file whole or not at all, readable by its owner only. When another process was first, its file stays.
    /// </summary>
    internal static async Task CreateAsync(string path, string content, CancellationToken ct)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var draft = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.CreateVersion7():N}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            await using (var file = new FileStream(draft, options))
            {
                await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(content), ct);
                file.Flush(flushToDisk: true);
            }

            // Moving without overwriting is a link on Unix: of several at once, one wins.
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first.
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
