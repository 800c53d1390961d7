using System.Xml.Linq;
using Mesh.Testing;

namespace Mesh.Architecture.Tests.Sources;

/// <summary>What is taken from others, and who may take it.</summary>
public sealed class PackageTests
{
    private static IReadOnlyDictionary<string, string> Versions { get; } = XDocument.Load(Path.Combine(RepositoryPath.Root, "Directory.Packages.props"))
        .Descendants("PackageVersion").ToDictionary(package => (string)package.Attribute("Include")!, package => (string)package.Attribute("Version")!);

    [Fact]
    public void MassTransit_stays_on_its_last_free_version()
    {
        var pinned = Versions.Where(package => package.Key.StartsWith("MassTransit", StringComparison.Ordinal)).ToList();
        pinned.ShouldNotBeEmpty();
        pinned.ShouldAllBe(package => package.Value == "[8.5.12]");
    }

    [Fact]
    public void The_bus_is_behind_a_port_of_hosting() => SolutionProject.All
        .Where(project => project.Packages.Any(package => package.StartsWith("MassTransit", StringComparison.Ordinal))).Select(project => project.Name)
        .ShouldBe(["Mesh.Hosting"]);

    [Fact]
    public void Nothing_is_listed_that_nobody_uses()
    {
        var everywhere = XDocument.Load(Path.Combine(RepositoryPath.Root, "Directory.Build.targets")).Descendants("PackageReference").Select(item => (string)item.Attribute("Include")!);
        Versions.Keys.Except(SolutionProject.All.SelectMany(project => project.Packages)).Except(everywhere).ShouldBeEmpty();
    }
}
