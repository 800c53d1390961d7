using System.Xml.Linq;
using Mesh.Testing;

namespace Mesh.Architecture.Tests.Sources;

/// <summary>A project of the repository as its file says: its place and what it refers to.</summary>
internal sealed record SolutionProject(string Name, string Folder, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages)
{
    /// <summary>All projects of the repository.</summary>
    public static IReadOnlyList<SolutionProject> All { get; } = [.. Directory
        .EnumerateFiles(RepositoryPath.Root, "*.csproj", SearchOption.AllDirectories)
        .Where(path => !SourceFile.IsMade(path)).Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>The services: a folder each below <c>services</c>.</summary>
    public static IReadOnlyList<SolutionProject> Services { get; } = [.. All.Where(project => project.Folder.Split('/') is ["services", _])];

    public bool IsService => Services.Contains(this);

    public bool IsTest => Folder.StartsWith("tests/", StringComparison.Ordinal);

    private static IEnumerable<string> OfServices() => Directory.GetDirectories(Path.Combine(RepositoryPath.Root, "services"))
        .SelectMany(folder => Directory.GetFiles(folder, "*.csproj")).Select(path => Path.GetFileNameWithoutExtension(path));

    private static SolutionProject Read(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var items = XDocument.Load(path).Descendants().ToList();
        // A program that is only put beside another one is not referred to by its code.
        var projects = items.Where(item => item.Name == "ProjectReference" && (string?)item.Attribute("ReferenceOutputAssembly") != "false")
            .Select(item => (string)item.Attribute("Include")!)
            .SelectMany(include => include.Contains('*', StringComparison.Ordinal) ? OfServices() : [Path.GetFileNameWithoutExtension(include.Replace('\\', '/'))]);
        return new(
            Path.GetFileNameWithoutExtension(path), Path.GetRelativePath(RepositoryPath.Root, folder).Replace('\\', '/'),
            [.. projects.Where(name => name.StartsWith("Mesh.", StringComparison.Ordinal))],
            [.. items.Where(item => item.Name == "PackageReference").Select(item => (string)item.Attribute("Include")!)]);
    }
}
