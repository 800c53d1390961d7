using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Artifacts.Sources;

/// <summary>Where a path leads once all its links are followed.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>The path without links; null when there is nothing, or links lead in a circle.</summary>
    public static string? Of(string path)
    {
        var rest = new Stack<string>();
        Push(rest, Path.GetFullPath(path));
        var (real, links) = (Path.GetPathRoot(Path.GetFullPath(path))!, 0);
        while (rest.TryPop(out var name))
        {
            var next = Path.Combine(real, name);
            var info = new FileInfo(next);
            if (info.LinkTarget is not { } target)
            {
                if (!info.Exists && !Directory.Exists(next)) return null;
                real = next;
                continue;
            }

            if (++links > MostLinks) return null;
            target = Path.GetFullPath(target, real);
            real = Path.GetPathRoot(target)!;
            Push(rest, target);
        }

        return real;
    }

    /// <summary>Where a file that is open lies, by the kernel's word; null where that cannot be asked.</summary>
    public static string? OfOpen(SafeFileHandle file) =>
        OperatingSystem.IsLinux() ? new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}")).LinkTarget : null;

    private static void Push(Stack<string> rest, string path)
    {
        foreach (var name in path[Path.GetPathRoot(path)!.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse()) rest.Push(name);
    }
}
