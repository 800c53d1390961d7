using System.Text.RegularExpressions;
using Mesh.Testing;

namespace Mesh.Architecture.Tests.Sources;

/// <summary>What no file may hold, and how folders are named.</summary>
public sealed partial class SourceRuleTests
{
    private static readonly string[] Forbidden = ["Utils", "Util", "Utilities", "Helpers", "Helper", "Common", "Manager", "Managers", "Misc", "Shared", "Core"];

    private static readonly string[] Layers =
    [
        "Application", "Business", "Commands", "Constants", "Controllers", "DataAccess", "Domain", "Dto", "Dtos", "Entities", "Enums", "Exceptions", "Extensions",
        "Factories", "Handlers", "Infrastructure", "Interfaces", "Persistence", "Presentation", "Providers", "Queries", "Repositories", "Repository", "ViewModels",
    ];

    [Fact]
    public void Nobody_reads_the_machine_clock() => Without(SourceFile.Shipped, MachineClock());

    [Fact]
    public void Clock_and_random_ids_are_banned_by_the_build()
    {
        var banned = File.ReadAllText(Path.Combine(RepositoryPath.Root, "infra", "BannedSymbols.txt"));
        foreach (var symbol in (string[])["System.DateTime.Now", "System.DateTime.UtcNow", "System.DateTimeOffset.Now", "System.DateTimeOffset.UtcNow", "System.Guid.NewGuid"])
            banned.ShouldContain(symbol);
        Without(SourceFile.Shipped, Unbanned());
    }

    [Fact]
    public void Nothing_is_left_to_do() => Without(SourceFile.All, LeftToDo());

    [Fact]
    public void There_are_no_regions() => Without(SourceFile.All, Region());

    [Fact]
    public void Folders_and_types_are_named_for_what_they_are()
    {
        var folders = SourceFile.All.SelectMany(file => file.Path.Split('/')[..^1]).Distinct();
        folders.Intersect(Forbidden, StringComparer.OrdinalIgnoreCase).ShouldBeEmpty();
        Without(SourceFile.All, VagueType());
    }

    [Fact]
    public void Folders_are_concepts_not_layers()
    {
        var folders = SourceFile.All.SelectMany(Folders).Distinct().ToList();
        folders.Select(folder => folder.Split('/')[^1]).Intersect(Layers, StringComparer.OrdinalIgnoreCase).ShouldBeEmpty();
        // Elsewhere a folder of this name would be a layer.
        folders.Where(folder => folder.EndsWith("/Models", StringComparison.Ordinal))
            .ShouldBe(["services/artifacts/Models", "tests/Mesh.Artifacts.Tests/Models"], ignoreOrder: true);
    }

    // Connections go back to the pool as they are.
    [Fact]
    public void Nothing_is_left_on_a_connection()
    {
        Without(SourceFile.Shipped.Where(file => file.Text.Contains("Npgsql", StringComparison.Ordinal)), SessionState());
        SourceFile.Shipped.Where(file => SessionLock().IsMatch(file.Text) && !file.Text.Contains("pg_advisory_unlock", StringComparison.Ordinal)).Select(file => file.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Namespaces_are_of_the_file() => Without(SourceFile.All, BlockNamespace());

    private static IEnumerable<string> Folders(SourceFile file)
    {
        for (var end = file.Path.LastIndexOf('/'); end > 0; end = file.Path.LastIndexOf('/', end - 1)) yield return file.Path[..end];
    }

    private static void Without(IEnumerable<SourceFile> files, Regex pattern) => files
        .SelectMany(file => pattern.Matches(file.Text).Select(match => $"{file.Path}: {match.Value.Trim()}"))
        .ShouldBeEmpty();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bDateTime\.Today\b|\bStopwatch\.StartNew\(\)\.ElapsedTicks")]
    private static partial Regex MachineClock();

    [GeneratedRegex(@"\bRS0030\b")]
    private static partial Regex Unbanned();

    [GeneratedRegex(@"//.*\b(TO" + "DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b")]
    private static partial Regex LeftToDo();

    [GeneratedRegex(@"^\s*#region", RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"\b(class|record|struct|interface)\s+\w*(Manager|Helper|Helpers|Util|Utils|Utilities)\b")]
    private static partial Regex VagueType();

    [GeneratedRegex(@"set_config\([^)]*, false\)|""\s*(set (?!local\b)\w+ (=|to)|create temp)", RegexOptions.IgnoreCase)]
    private static partial Regex SessionState();

    [GeneratedRegex(@"\bpg_(try_)?advisory_lock(_shared)?\(")]
    private static partial Regex SessionLock();

    [GeneratedRegex(@"^namespace [\w.]+\s*\{", RegexOptions.Multiline)]
    private static partial Regex BlockNamespace();
}
