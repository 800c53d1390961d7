using System.Security.Cryptography;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>A folder into which files are written whose paths somebody else chose: none of them leads outside, not even through a link that is there already.</summary>
internal sealed class FolderTarget(string folder)
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>Makes the folders above a file.</summary>
    /// <returns>Where the file is to be.</returns>
    /// <exception cref="IOException">That is outside the folder, or there is a link or a folder.</exception>
    public string Prepare(string path)
    {
        var segments = path.Split('/');
        if (segments.Any(segment => segment is "" or "." or ".." || segment.AsSpan().ContainsAny('\\', '\0') || (OperatingSystem.IsWindows() && segment.Contains(':', StringComparison.Ordinal))))
            throw new IOException($"'{path}' is no path to write to.");
        var current = _root;
        if (_made.Add(current)) Directory.CreateDirectory(current);
        foreach (var segment in segments[..^1])
        {
            current = Path.Combine(current, segment);
            if (!_made.Add(current)) continue;
            if (new DirectoryInfo(current).LinkTarget is not null) throw new IOException($"{current} is a link: nothing is written through it.");
            Directory.CreateDirectory(current);
        }

        var place = Path.Combine(current, segments[^1]);
        return Directory.Exists(place) && new DirectoryInfo(place).LinkTarget is null ? throw new IOException($"{place} is a folder, where a file is to be.") : place;
    }

    /// <summary>Whether the file is there as it is. A link is none: it is replaced.</summary>
    public static async Task<bool> HasAsync(string place, DirectoryFile file, CancellationToken ct)
    {
        var info = new FileInfo(place);
        if (!info.Exists || info.LinkTarget is not null || info.Length != file.Size) return false;
        await using var content = new FileStream(place, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct)) == file.Digest;
    }
}
