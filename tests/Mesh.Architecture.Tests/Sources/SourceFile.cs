using Mesh.Testing;

namespace Mesh.Architecture.Tests.Sources;

/// <summary>A C# file of the repository.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    private static readonly string[] Made = ["artifacts/", ".git/", "node_modules/", ".mesh/", "TestResults/"];

    /// <summary>All files that people write.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = [.. Directory
        .EnumerateFiles(RepositoryPath.Root, "*.cs", SearchOption.AllDirectories)
        .Where(path => !IsMade(path)).Order(StringComparer.Ordinal)
        .Select(path => new SourceFile(Relative(path), File.ReadAllText(path)))];

    /// <summary>Those that ship.</summary>
    public static IReadOnlyList<SourceFile> Shipped { get; } = [.. All.Where(file => !file.Path.StartsWith("tests/", StringComparison.Ordinal))];

    public static bool IsMade(string path)
    {
        var relative = Relative(path);
        return Made.Any(folder => relative.StartsWith(folder, StringComparison.Ordinal))
            || relative.Split('/').Any(part => part is "bin" or "obj" or "node_modules");
    }

    private static string Relative(string path) => System.IO.Path.GetRelativePath(RepositoryPath.Root, path).Replace('\\', '/');
}
