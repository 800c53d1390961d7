using System.Diagnostics;

namespace Mesh.Functions.Usage;

/// <summary>
/// Follows how much an attempt keeps in its working folder, and tells when that is more than it may. It looks now and then, and more seldom where a look takes
/// long; what is on the disk under another name counts there, and what was deleted and is still open counts not.
/// </summary>
internal static class FolderWatch
{
    private const int Share = 20;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    /// <summary>Looks until it is cancelled.</summary>
    /// <param name="limit">The most bytes; null for no limit.</param>
    /// <param name="exceeded">Called once when there are more.</param>
    public static async Task RunAsync(string folder, long? limit, Action exceeded, CancellationToken ct)
    {
        if (limit is not { } most) return;
        for (var wait = Shortest; !ct.IsCancellationRequested;)
        {
            await Task.Delay(wait, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var began = Stopwatch.GetTimestamp();
            if (Measure(folder) > most)
            {
                exceeded();
                return;
            }

            // A look takes at most a twentieth of the time.
            var took = Stopwatch.GetElapsedTime(began) * Share;
            wait = took > Shortest ? took : Shortest;
        }
    }

    /// <summary>Bytes of all files below a folder; links are not followed.</summary>
    internal static long Measure(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*", Everything).Sum(LengthOf);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Removed while it was read: the next look tells more.
            return 0;
        }
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
