using Mesh.Hosting;

namespace Mesh.Architecture.Tests.Sources;

/// <summary>Who may know whom.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] OfServices = ["Mesh.Client", "Mesh.Contracts", "Mesh.Hosting"];

    [Fact]
    public void There_are_services() => SolutionProject.Services.Count.ShouldBeGreaterThanOrEqualTo(6);

    [Fact]
    public void Contracts_refer_to_nothing()
    {
        var contracts = SolutionProject.All.Single(project => project.Name == "Mesh.Contracts");
        contracts.Projects.ShouldBeEmpty();
        contracts.Packages.ShouldBeEmpty();
    }

    [Fact]
    public void The_client_refers_to_the_contracts_alone()
    {
        var client = SolutionProject.All.Single(project => project.Name == "Mesh.Client");
        client.Projects.ShouldBe(["Mesh.Contracts"]);
        client.Packages.ShouldBeEmpty();
    }

    [Fact]
    public void Hosting_refers_to_the_contracts_alone() =>
        SolutionProject.All.Single(project => project.Name == "Mesh.Hosting").Projects.ShouldBe(["Mesh.Contracts"]);

    [Fact]
    public void A_service_refers_to_contracts_client_and_hosting_alone()
    {
        foreach (var service in SolutionProject.Services) service.Projects.Except(OfServices).ShouldBeEmpty($"{service.Name} refers to too much");
    }

    [Fact]
    public void Only_the_laptop_shape_and_tests_refer_to_several_services()
    {
        var services = SolutionProject.Services.Select(service => service.Name).ToHashSet();
        var allowed = SolutionProject.All.Where(project => project.Name != "Mesh.Local" && !project.IsTest);
        allowed.Where(project => project.Projects.Any(services.Contains)).Select(project => project.Name).ShouldBeEmpty();
    }

    [Fact]
    public void The_laptop_shape_has_every_service() =>
        SolutionProject.Services.Select(service => service.Name).Except(SolutionProject.All.Single(project => project.Name == "Mesh.Local").Projects).ShouldBeEmpty();

    [Fact]
    public void What_a_service_is_compiled_against_says_the_same()
    {
        foreach (var module in ServiceModules.All)
        {
            var assembly = module.GetType().Assembly;
            assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("Mesh.", StringComparison.Ordinal))
                .Except(OfServices).ShouldBeEmpty($"{assembly.GetName().Name} refers to too much");
        }
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Mesh.Testing.RepositoryPath.Root, "Mesh.sln"));
        foreach (var project in SolutionProject.All) solution.ShouldContain($"\\{project.Name}.csproj\"");
    }

    [Fact]
    public void Each_service_folder_has_one_module_of_its_name()
    {
        var folders = SolutionProject.Services.Select(service => service.Folder["services/".Length..]);
        ServiceModules.All.Select(module => module.Name).ShouldBe(folders, ignoreOrder: true);
        foreach (var module in ServiceModules.All)
        {
            Mesh.Contracts.Names.IsLabel(module.Name).ShouldBeTrue(module.Name);
            var store = ServiceModules.StoreOf(module);
            store.GetMembers().ShouldBeEmpty($"{store} is a marker");
        }

        ServiceModules.All.Select(ServiceModules.StoreOf).ShouldBeUnique();
    }

    [Fact]
    public void A_service_starts_in_three_lines()
    {
        foreach (var service in SolutionProject.Services)
        {
            var program = SourceFile.All.Single(file => file.Path == $"{service.Folder}/Program.cs");
            var lines = program.Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            lines.Length.ShouldBeLessThanOrEqualTo(3, program.Path);
            lines[^1].ShouldContain(nameof(MeshHost));
        }
    }
}
