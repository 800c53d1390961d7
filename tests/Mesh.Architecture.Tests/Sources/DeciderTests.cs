using System.Text.RegularExpressions;

namespace Mesh.Architecture.Tests.Sources;

/// <summary>Deciders are pure: time, ids and what was looked up are given to them, and they do nothing but answer.</summary>
public sealed partial class DeciderTests
{
    private static IReadOnlyList<(string Name, string Text)> Deciders { get; } =
        [.. SourceFile.Shipped.SelectMany(file => Decider().Matches(file.Text).Select(match => ($"{file.Path}: {match.Groups["name"].Value}", match.Value)))];

    [Fact]
    public void Every_service_decides_by_one()
    {
        foreach (var service in SolutionProject.Services)
            Deciders.Any(decider => decider.Name.StartsWith($"{service.Folder}/", StringComparison.Ordinal)).ShouldBeTrue($"{service.Name} decides elsewhere");
    }

    [Fact]
    public void They_are_static_and_touch_nothing_outside() => Deciders
        .SelectMany(decider => Outside().Matches(decider.Text).Select(match => $"{decider.Name} uses {match.Value}")
            .Concat(decider.Text.StartsWith("static", StringComparison.Ordinal) ? [] : [$"{decider.Name} is not static"]))
        .ShouldBeEmpty();

    // From its head to the brace that closes it at the file's margin.
    [GeneratedRegex(@"(?:static (?:partial )?)?class (?<name>\w+Decider)\b.*?^}", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Decider();

    [GeneratedRegex(@"\b(I?(Document|Query)(Session|Store)|Npgsql\w+|TimeProvider|Stopwatch|I?Logger(<\w+>)?|HttpClient|ServiceClient|HttpContext|IServiceProvider|"
        + @"I?Configuration|File|Directory|Environment|Random|RandomNumberGenerator|CreateVersion7|NewGuid|async|await|Task|ValueTask|lock)\b(?!\s*:)")]
    private static partial Regex Outside();
}
