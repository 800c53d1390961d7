namespace Mesh.Local;

/// <summary>
/// Keeps <c>mesh.log</c> from growing without end. The shell that starts the mesh detached ties this process's output to it, so it cannot be put aside as
/// other logs are: it is copied and cut, and the output, opened for appending, goes on at its beginning.
/// </summary>
internal static class DetachedLog
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>Watches the log until disposed.</summary>
    public static IDisposable Watch(string path) => new Timer(_ => Shorten(path, LogFile.Limit), null, TimeSpan.Zero, Interval);

    /// <summary>Puts the content aside as <c>*.old</c> when there is more than the limit.</summary>
    public static void Shorten(string path, long limit)
    {
        try
        {
            if (new FileInfo(path) is not { Exists: true } log || log.Length <= limit) return;
            File.Copy(path, path + ".old", overwrite: true);
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.SetLength(0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No room for the copy: the log is cut at a later look.
        }
    }
}
