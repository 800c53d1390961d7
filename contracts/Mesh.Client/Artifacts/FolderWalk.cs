using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Artifacts;

/// <summary>The files of a folder and of all folders in it, hidden ones too. Nothing is left out silently: what cannot be taken is refused, what is empty is told.</summary>
internal sealed record FolderWalk(IReadOnlyList<(string Path, string File)> Files, IReadOnlyList<string> EmptyFolders)
{
    /// <exception cref="IOException">The folder holds what cannot be kept.</exception>
    public static FolderWalk Of(string folder)
    {
        var root = new DirectoryInfo(folder);
        if (!root.Exists) throw new DirectoryNotFoundException($"There is no folder {folder}.");
        var files = new List<(string, string)>();
        var empty = new List<string>();
        var top = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? root.FullName));
        var open = new Stack<string>([top]);
        while (open.TryPop(out var current))
        {
            var isEmpty = true;
            foreach (var entry in new DirectoryInfo(current).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                isEmpty = false;
                var path = PathOf(top, entry.FullName);
                if (entry.LinkTarget is not null) CheckLink(entry, path, top);
                if (entry is DirectoryInfo) open.Push(entry.FullName);
                else files.Add((path, entry.FullName));
                if (files.Count > DirectoryFile.Most) throw new IOException($"{folder} has more than {DirectoryFile.Most} files, which is the most that a version has.");
            }

            if (isEmpty && current != top) empty.Add(PathOf(top, current));
        }

        return files.Count > 0 ? new FolderWalk(files, empty) : throw new IOException($"There is no file in {folder}.");
    }

    private static void CheckLink(FileSystemInfo link, string path, string top)
    {
        if (link.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true } target) throw new IOException($"{path} is a link to nothing.");
        if (target is DirectoryInfo) throw new IOException($"{path} is a link to a folder, which is not followed. Put the folder itself there, or leave it out.");
        if (!Path.GetFullPath(target.FullName).StartsWith(top + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw new IOException($"{path} is a link that leads outside the folder.");
    }

    private static string PathOf(string top, string full) => Path.GetRelativePath(top, full).Replace(Path.DirectorySeparatorChar, '/');
}
