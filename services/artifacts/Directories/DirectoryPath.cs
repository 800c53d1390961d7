using System.Text;
using Mesh.Artifacts.Files;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Directories;

/// <summary>Paths of the files of a directory: what every machine can write, and none takes for another place or another file.</summary>
internal static class DirectoryPath
{
    /// <summary>The refusal of a path that is out of form, or null.</summary>
    /// <param name="path">In composed Unicode.</param>
    public static Rejection? Check(string path)
    {
        if (path.EndsWith('/')) return Invalid(path, "it must name a file, not a folder");
        if (path.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar || IsUnseen(rune))) return Invalid(path, "it must not hold characters that nobody sees or that turn the direction of others");
        return FilePath.Read(path).Rejected is { } rejected ? Invalid(path, rejected.Detail) : null;
    }

    /// <summary>The refusal of paths that cannot stand beside each other, or null: equal but for case, or a file where another path has a folder.</summary>
    public static Rejection? CheckAll(IEnumerable<string> paths)
    {
        var files = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var folders = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in paths)
        {
            if (!files.Add(path)) return Rejection.Unprocessable("directory.path-twice", $"'{Shown(path)}' is there twice, or differs from another path in case alone.", "files");
            for (var end = path.LastIndexOf('/'); end > 0 && folders.Add(path[..end]); end = path.LastIndexOf('/', end - 1))
            {
                // Until a folder that is known: so are those above it.
            }
        }

        return files.FirstOrDefault(folders.Contains) is { } both
            ? Rejection.Unprocessable("directory.file-is-folder", $"'{Shown(both)}' is a file, and a folder that others are in.", "files")
            : null;
    }

    /// <summary>The refusal of too many files.</summary>
    public static Rejection TooMany { get; } = Rejection.TooLarge("directory.too-many-files", $"A directory has at most {DirectoryFile.Most} files.", "files");

    /// <summary>Zero width, invisible letters, and what turns the direction of a text.</summary>
    internal static bool IsUnseen(Rune rune) => rune.Value is
        0x00AD or 0x034F or 0x061C or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x180E or (>= 0x200B and <= 0x200F) or (>= 0x2028 and <= 0x202E) or (>= 0x2060 and <= 0x206F)
        or 0x3164 or 0xFEFF or 0xFFA0 or (>= 0xFFF9 and <= 0xFFFB) or (>= 0xE0000 and <= 0xE007F);

    private static Rejection Invalid(string path, string reason) =>
        Rejection.Unprocessable("directory.path-invalid", $"The path '{Shown(path)}' cannot be: {reason.Replace("Invalid path: ", "", StringComparison.Ordinal).TrimEnd('.')}.", "files");

    // Of somebody else's text a sentence shows only what is plain.
    internal static string Shown(string path) =>
        string.Concat((path.Length > 120 ? path[..120] + "…" : path).EnumerateRunes().Select(rune => Rune.IsControl(rune) || IsUnseen(rune) ? $"\\u{rune.Value:x4}" : rune.ToString()));
}
