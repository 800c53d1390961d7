using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions.Sources;

/// <summary>A file of the code: where it is on this machine, or its text where it was made.</summary>
internal sealed record CodePart(string Path, string? File, string? Text, long Size);

/// <summary>Code on this machine: a file, a folder or a notebook, with the command that runs it.</summary>
/// <param name="Name">What a function of it is called when nothing else is said.</param>
/// <param name="Parts">Its files.</param>
/// <param name="Command">Program and arguments.</param>
internal sealed record CodeSource(string Name, IReadOnlyList<CodePart> Parts, IReadOnlyList<string> Command)
{
    private const int MostInline = 100;
    private const long MostInlineBytes = 1 << 20;
    private static readonly string[] EntryPoints = ["main.py", "train.py", "app.py", "run.py", "__main__.py", "run.sh", "main.sh", "main.cs"];
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads what is at a path.</summary>
    /// <param name="command">The command to run; found from the files when absent.</param>
    /// <exception cref="UsageException">It cannot be run.</exception>
    public static CodeSource Read(string path, IReadOnlyList<string>? command)
    {
        if (Directory.Exists(path)) return ReadFolder(path, command);
        if (!System.IO.File.Exists(path)) throw new UsageException($"There is no file or folder {path}.");
        var name = Path.GetFileName(path);
        if (Path.GetExtension(name).Equals(".ipynb", StringComparison.OrdinalIgnoreCase))
        {
            var script = Notebook.ToScript(path, System.IO.File.ReadAllText(path));
            name = Path.ChangeExtension(name, ".py");
            return new CodeSource(LabelOf(path), WithRequirements(path, new CodePart(name, null, script, Encoding.UTF8.GetByteCount(script))), command ?? CommandOf(name)!);
        }

        return CommandOf(name) is { } found || command is not null
            ? new CodeSource(LabelOf(path), WithRequirements(path, new CodePart(name, path, null, new FileInfo(path).Length)), command ?? CommandOf(name)!)
            : throw new UsageException($"How {name} runs is not known from its name (.py, .sh, .cs, .ipynb): give --command, such as --command \"node {name}\".");
    }

    /// <summary>The files as texts within the function, where they are few, small, and all text; null otherwise.</summary>
    public IReadOnlyList<CodeFile>? Inline()
    {
        if (Parts.Count > MostInline || Parts.Sum(part => part.Size) > MostInlineBytes) return null;
        var files = new List<CodeFile>(Parts.Count);
        foreach (var part in Parts)
        {
            if (!Names.IsKey(part.Path) || part.Path.Contains(':', StringComparison.Ordinal)) return null;
            try
            {
                var text = part.Text ?? Strict.GetString(System.IO.File.ReadAllBytes(part.File!));
                if (text.Contains('\0', StringComparison.Ordinal)) return null;
                files.Add(new CodeFile(part.Path, text));
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }

        return files;
    }

    /// <summary>A DNS label made from the name of a file or folder.</summary>
    public static string LabelOf(string path)
    {
        var name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))).ToLowerInvariant();
        var label = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        if (label.Length > 63) label = label[..63].TrimEnd('-');
        return label.Length == 0 ? "code" : label;
    }

    private static CodeSource ReadFolder(string path, IReadOnlyList<string>? command)
    {
        var parts = new List<CodePart>();
        var top = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var ignored = Path.Combine(top, IgnoreRules.File);
        var rules = new IgnoreRules(System.IO.File.Exists(ignored) ? System.IO.File.ReadAllLines(ignored) : []);
        var open = new Stack<string>([top]);
        while (open.TryPop(out var current))
        {
            foreach (var entry in new DirectoryInfo(current).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(top, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
                var isFolder = entry is DirectoryInfo;
                if (rules.LeavesOut(name, isFolder) || (isFolder && System.IO.File.Exists(Path.Combine(entry.FullName, "pyvenv.cfg")))) continue;
                if (entry.LinkTarget is not null) throw new UsageException($"{name} is a link, which code cannot hold. Put the file itself there, or name it in {IgnoreRules.File}.");
                if (isFolder) open.Push(entry.FullName);
                else parts.Add(new CodePart(name, entry.FullName, null, ((FileInfo)entry).Length));
                if (parts.Count > DirectoryFile.Most) throw new UsageException($"{path} has more than {DirectoryFile.Most} files. Name what is no code in {IgnoreRules.File}.");
            }
        }

        if (parts.Count == 0) throw new UsageException($"There is no file in {path}.");
        if (parts.Sum(part => part.Size) > CodeBundle.MostBytes)
            throw new UsageException($"The files of {path} take more than {CodeBundle.MostBytes >> 20} MiB. Name what is no code in {IgnoreRules.File}; data goes into artifacts: mesh artifacts put KEY FILE, and --input.");
        return new CodeSource(LabelOf(top), parts, command ?? FindCommand(path, parts));
    }

    private static IReadOnlyList<string> FindCommand(string path, List<CodePart> parts)
    {
        var here = parts.Select(part => part.Path).Where(name => !name.Contains('/', StringComparison.Ordinal)).ToList();
        var entry = EntryPoints.FirstOrDefault(here.Contains) ?? (here.Where(name => CommandOf(name) is not null).ToList() is [var only] ? only : null);
        return entry is null
            ? throw new UsageException($"Where {path} begins is not known: give --command, such as --command \"python3 train.py\". A file named one of {string.Join(", ", EntryPoints)}, or the only script, is found.")
            : CommandOf(entry)!;
    }

    private static IReadOnlyList<string>? CommandOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".py" => ["python3", file],
        ".sh" => ["sh", file],
        ".cs" => ["dotnet", "run", file],
        _ => null,
    };

    /// <summary>A script takes the <c>requirements.txt</c> along that lies beside it.</summary>
    private static List<CodePart> WithRequirements(string path, CodePart script)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "requirements.txt");
        return script.Path.EndsWith(".py", StringComparison.OrdinalIgnoreCase) && System.IO.File.Exists(beside)
            ? [script, new CodePart("requirements.txt", beside, null, new FileInfo(beside).Length)]
            : [script];
    }
}
