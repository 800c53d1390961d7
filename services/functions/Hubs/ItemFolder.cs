using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Files;

namespace Mesh.Functions.Hubs;

/// <summary>A version of an item as it lies in a folder.</summary>
/// <param name="Doc">Its Markdown file.</param>
/// <param name="Files">Its files by path.</param>
/// <param name="Hash">SHA-256 of what the files are, as the artifacts have it of a directory.</param>
internal sealed record ItemFolder(HubManifest Manifest, string? Doc, IReadOnlyList<(string Path, string File)> Files, string Hash)
{
    /// <summary>Names of the file that makes a folder an item.</summary>
    public static readonly IReadOnlyList<string> ManifestNames = ["item.yaml", "item.yml", "item.json"];

    public const int MostFiles = 1000;
    public const long MostBytes = 64L << 20;
    private const int MostDocBytes = 1 << 20;
    private const int MostItems = 500;
    private const int MostFolders = 10_000;
    private const int MostDepth = 4;
    private const int MostInnerDepth = 32;
    private const string NotPlain = "is no plain file that can be read.";

    /// <summary>The items below a folder, and what is wrong with the others.</summary>
    public static async Task<(IReadOnlyList<ItemFolder> Items, IReadOnlyList<HubFault> Faults)> FindAsync(string root, CancellationToken ct)
    {
        var (items, faults) = (new List<ItemFolder>(), new List<HubFault>());
        var looked = 0;
        var waiting = new Stack<(string Folder, int Depth)>([(root, 0)]);
        while (waiting.TryPop(out var at))
        {
            if (++looked > MostFolders) return (items, [.. faults, new HubFault("", $"must hold at most {MostFolders} folders.")]);
            if (ManifestOf(at.Folder) is { } manifest)
            {
                var (item, wrong) = await ReadAsync(root, at.Folder, manifest, ct);
                faults.AddRange(wrong);
                if (item is null) continue;
                if (items.Any(other => other.Manifest.Name == item.Manifest.Name && other.Manifest.Version == item.Manifest.Version))
                    faults.Add(new HubFault(Relative(root, manifest), $"is '{item.Manifest.Name}@{item.Manifest.Version}', as another folder is.", Field: "version"));
                else if (items.Count >= MostItems) return (items, [.. faults, new HubFault("", $"must hold at most {MostItems} versions of items.")]);
                else items.Add(item);
                continue;
            }

            if (at.Depth >= MostDepth) continue;
            foreach (var folder in Directory.EnumerateDirectories(at.Folder).OrderDescending(StringComparer.Ordinal))
                if (!Path.GetFileName(folder).StartsWith('.') && !IsLink(folder)) waiting.Push((folder, at.Depth + 1));
        }

        return (items, faults);
    }

    /// <summary>The item in a folder, or what is wrong with it.</summary>
    public static async Task<(ItemFolder? Item, IReadOnlyList<HubFault> Faults)> ReadAsync(string root, string folder, string manifestFile, CancellationToken ct)
    {
        var shown = Relative(root, manifestFile);
        if (IsLink(manifestFile)) return (null, [new HubFault(shown, "must not be a link.")]);
        if (!IsPlain(manifestFile)) return (null, [new HubFault(shown, NotPlain)]);
        if (new FileInfo(manifestFile).Length > ManifestReader.MostCharacters) return (null, [new HubFault(shown, $"must hold at most {ManifestReader.MostCharacters / 1024} KiB.")]);
        if (await TextAsync(manifestFile, ct) is not { } text) return (null, [new HubFault(shown, "must be UTF-8 text.")]);
        var (manifest, faults) = ManifestReader.Read(text, shown);
        if (manifest is null) return (null, faults);
        var (files, wrong) = Walk(root, folder);
        if (wrong is not null) return (null, [wrong]);
        string? doc = null;
        if (manifest.Doc is { } name)
        {
            var place = files.FirstOrDefault(file => file.Path == name).File;
            if (place is null) return (null, [new HubFault(shown, $"names '{name}', which is no file of the item.", Field: "doc")]);
            if (new FileInfo(place).Length > MostDocBytes || await TextAsync(place, ct) is not { } markdown)
                return (null, [new HubFault(Relative(root, place), $"must be UTF-8 text of at most {MostDocBytes >> 20} MiB.", Field: "doc")]);
            doc = markdown;
        }

        return (new ItemFolder(manifest, doc, files, await HashAsync(files, ct)), []);
    }

    private static string? ManifestOf(string folder) => ManifestNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(Path.Exists);

    private static (IReadOnlyList<(string Path, string File)> Files, HubFault? Fault) Walk(string root, string folder)
    {
        var files = new List<(string, string)>();
        var bytes = 0L;
        var folders = 0;
        var waiting = new Stack<(string Folder, int Depth)>([(folder, 0)]);
        while (waiting.TryPop(out var next))
        {
            var (at, depth) = next;
            if (depth > MostInnerDepth) return ([], new HubFault(Relative(root, folder), $"holds folders that lie more than {MostInnerDepth} deep."));
            if (++folders > MostFiles) return ([], new HubFault(Relative(root, folder), $"holds more than {MostFiles} folders."));
            foreach (var entry in Directory.EnumerateFileSystemEntries(at))
            {
                var name = Path.GetFileName(entry);
                if (name is ".git" or "__pycache__") continue;
                var path = Relative(folder, entry);
                if (IsLink(entry)) return ([], new HubFault(Relative(root, entry), "is a link, and items hold none."));
                if (Directory.Exists(entry))
                {
                    waiting.Push((entry, depth + 1));
                    continue;
                }

                if (!IsPlain(entry)) return ([], new HubFault(Relative(root, entry), NotPlain));
                if (!Names.IsKey(path)) return ([], new HubFault(Relative(root, entry), "must have a path of letters, digits, '_', '-', '.', '/' and ' '."));
                files.Add((path, entry));
                bytes += new FileInfo(entry).Length;
                if (files.Count > MostFiles || bytes > MostBytes)
                    return ([], new HubFault(Relative(root, folder), $"holds more than an item may: {MostFiles} files of {MostBytes >> 20} MiB together."));
            }
        }

        return ([.. files.OrderBy(file => file.Item1, StringComparer.Ordinal)], null);
    }

    /// <summary>As the artifacts write down what a directory holds: a line for each file, by the bytes of its path.</summary>
    private static async Task<string> HashAsync(IReadOnlyList<(string Path, string File)> files, CancellationToken ct)
    {
        var lines = new List<(byte[] Path, string Line)>();
        foreach (var (path, file) in files)
        {
            await using var content = File.OpenRead(file);
            var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct));
            lines.Add((Encoding.UTF8.GetBytes(path), $"{digest} {content.Length} {path}\n"));
        }

        lines.Sort((a, b) => a.Path.AsSpan().SequenceCompareTo(b.Path));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line.Line)))));
    }

    private static async Task<string?> TextAsync(string file, CancellationToken ct)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(await File.ReadAllBytesAsync(file, ct)).TrimStart('\ufeff');
            return text.Contains('\0', StringComparison.Ordinal) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // Whoever opened a pipe to read it would wait until somebody writes.
    private static bool IsPlain(string path)
    {
        using var file = PlainFile.TryOpen(path);
        return file is { CanSeek: true };
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private static string Relative(string root, string path) => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
}
