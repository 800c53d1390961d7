using System.Formats.Tar;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Code.Git;

/// <summary>What a commit has that no job finds.</summary>
/// <param name="Submodules">Folders that are other repositories.</param>
/// <param name="Pointers">Files that only say what lies in Git LFS.</param>
internal sealed record GitGaps(IReadOnlyList<string> Submodules, IReadOnlyList<string> Pointers);

/// <summary>The files of a commit as git packed them.</summary>
internal static class GitArchive
{
    private const int MostFiles = 100_000;
    private const int MostPointerBytes = 1024;

    /// <summary>Lays them into a folder; what is there already stays.</summary>
    /// <returns>Those that are pointers of Git LFS.</returns>
    /// <exception cref="AttemptFailedException">They are too many, or would lie outside.</exception>
    public static async Task<IReadOnlyList<string>> LayOutAsync(Stream archive, string folder, long mostBytes, CancellationToken ct)
    {
        var (pointers, files, bytes) = (new List<string>(), 0, 0L);
        await using var reader = new TarReader(archive);
        while (await reader.GetNextEntryAsync(cancellationToken: ct) is { } entry)
        {
            var place = Path.GetFullPath(Path.Combine(folder, entry.Name));
            if (place.TrimEnd('/') != folder && !place.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new AttemptFailedException($"The file '{entry.Name}' of the repository would lie outside the working folder.");
            bytes += entry.Length;
            if (++files > MostFiles) throw new AttemptFailedException($"The repository has more than {MostFiles} files and folders at that commit: name one of its folders.");
            if (bytes > mostBytes) throw new AttemptFailedException($"The files of the repository take more than {mostBytes >> 20} MiB (Functions:GitMegabytes). Data goes into artifacts.");
            if (await LayOutAsync(entry, place, folder, ct)) pointers.Add(entry.Name);
        }

        return pointers;
    }

    /// <returns>Whether it is a pointer of Git LFS.</returns>
    private static async Task<bool> LayOutAsync(TarEntry entry, string place, string folder, CancellationToken ct)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                Directory.CreateDirectory(place);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile when !Path.Exists(place):
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                // A link that leads elsewhere is never written through: links are refused below unless they stay inside.
                await entry.ExtractToFileAsync(place, overwrite: false, ct);
                return entry.Length <= MostPointerBytes && (await File.ReadAllBytesAsync(place, ct)).AsSpan().StartsWith("version https://git-lfs.github.com/spec/"u8);
            case TarEntryType.SymbolicLink when !Path.Exists(place):
                var target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(place)!, entry.LinkName));
                if (!target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                    throw new AttemptFailedException($"'{entry.Name}' of the repository is a link that leads outside.");
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.CreateSymbolicLink(place, entry.LinkName);
                break;
        }

        return false;
    }
}
