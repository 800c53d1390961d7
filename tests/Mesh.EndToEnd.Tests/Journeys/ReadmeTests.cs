using System.Text.RegularExpressions;
using Mesh.Client.Tracking;
using Mesh.Contracts.Serving;
using Mesh.Contracts.Tracking;
using Mesh.EndToEnd.Tests.Running;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Journeys;

/// <summary>The README's tour, typed as it is written; only the port and the data folder are others.</summary>
[Collection("one mesh at a time")]
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(RepositoryPath.Of("README.md"));

    [Fact]
    public async Task The_tour_does_what_it_says()
    {
        foreach (var called in (string[])["bash", "curl", "python3"])
            Assert.SkipUnless(Exists(called), $"The tour calls {called}, which is not here.");
        await using var folder = new MeshFolder();
        await LayOutAsync(folder);
        var typed = string.Concat(Blocks("Five minutes, by CLI", "").Concat(Blocks("By curl", "")));

        var told = await folder.RunAsync("", "bash", ["-c", Checked(typed).Replace("7070", folder.Port, StringComparison.Ordinal)]);

        told.Code.ShouldBe(0, told.Error);
        told.Output.ShouldNotContain("urn:mesh:error");
        told.Output.ShouldContain("hello you");
        using var client = folder.Client("tour");
        (await client.Project().Models.GetVersionAsync("wine", "champion")).Version.ShouldBe(1);
        (await client.Project().Endpoints.GetAsync("wine")).Status.ShouldBe(EndpointStatus.Ready);
        var byHand = (await client.Project().Runs.ListAsync(new RunFilter { Name = "by hand" }).ToListAsync()).ShouldHaveSingleItem();
        (byHand.Status, byHand.Params["lr"], byHand.Metrics["loss"].Last).ShouldBe((RunStatus.Completed, "0.1", 0.5));
        told.Output.ShouldContain("event: run.completed");

        var program = await BuildAsync(
            folder, "Microsoft.NET.Sdk", "tour", Blocks("By the .NET client", "csharp"), MeshUnderTest.Binary("Mesh.Client"), MeshUnderTest.Binary("Mesh.Contracts"));
        var ran = await folder.RunAsync("", "env", [$"MESH_API={folder.Address}", "dotnet", program]);
        ran.Code.ShouldBe(0, ran.Output + ran.Error);
        var fromCode = (await client.Project().Runs.ListAsync(new RunFilter { Name = "from C#" }).ToListAsync()).ShouldHaveSingleItem();
        (fromCode.Status, fromCode.Params["lr"], fromCode.Metrics["loss"].Count).ShouldBe((RunStatus.Completed, "0.1", 100));
    }

    [Fact]
    public async Task The_service_that_it_adds_compiles()
    {
        await using var folder = new MeshFolder();
        string[] assemblies = ["Marten", "JasperFx", "JasperFx.Events", "Mesh.Contracts", "Mesh.Hosting"];
        await BuildAsync(
            folder, "Microsoft.NET.Sdk.Web", "Mesh.Notes", Blocks("Adding a service", "csharp"), [.. assemblies.Select(name => MeshUnderTest.Binary("Mesh.Local", name))]);
    }

    [Fact]
    public void Every_path_that_it_names_exists()
    {
        var named = Link().Matches(Readme).Select(match => match.Groups[1].Value)
            .Concat(Folder().Matches(Readme).Select(match => match.Groups[1].Value.Replace("/*", "", StringComparison.Ordinal)));
        named.Where(path => !path.StartsWith("services/notes", StringComparison.Ordinal) && !Path.Exists(RepositoryPath.Of(path))).ShouldBeEmpty();
    }

    // The repository as the tour sees it: the command, which here starts the built one on the test's port, and the data.
    private static async Task LayOutAsync(MeshFolder folder)
    {
        Directory.CreateSymbolicLink(Path.Combine(folder.Work, "tests"), RepositoryPath.Of("tests"));
        var mesh = Path.Combine(folder.Work, "mesh");
        await File.WriteAllTextAsync(mesh, $"#!/bin/sh\n[ \"$1\" != up ] || set -- \"$@\" --port {folder.Port}\nexec dotnet '{MeshFolder.Command}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(mesh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // Every command must succeed; 28 is how curl ends when its time is up, which is what the last command of the tour asks for.
    private static string Checked(string commands) => $$"""
        failed=0
        trap 'code=$?; [ $code = 28 ] || { echo "$BASH_COMMAND: exit code $code" >&2; failed=1; }' ERR
        {{commands}}
        exit $failed
        """;

    /// <summary>The fenced blocks of a section, in order.</summary>
    private static List<string> Blocks(string section, string language)
    {
        var text = Readme[Readme.IndexOf($"\n## {section}\n", StringComparison.Ordinal)..];
        var end = text.IndexOf("\n## ", 1, StringComparison.Ordinal);
        var blocks = Block().Matches(end < 0 ? text : text[..end]).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value).ToList();
        blocks.ShouldNotBeEmpty($"{section} shows no code");
        return blocks;
    }

    private static async Task<string> BuildAsync(MeshFolder folder, string sdk, string name, List<string> sources, params string[] assemblies)
    {
        var project = Directory.CreateDirectory(Path.Combine(folder.Work, name)).FullName;
        for (var i = 0; i < sources.Count; i++) await File.WriteAllTextAsync(Path.Combine(project, $"Source{i}.cs"), sources[i]);
        await File.WriteAllTextAsync(Path.Combine(project, $"{name}.csproj"), $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>{string.Concat(assemblies.Select(path => $"<Reference Include=\"{path}\" />"))}</ItemGroup>
            </Project>
            """);
        var built = await folder.RunAsync("", "dotnet", ["build", project, "-o", Path.Combine(project, "out"), "-v", "q", "-nologo", "-nodeReuse:false"]);
        built.Code.ShouldBe(0, built.Output + built.Error);
        return Path.Combine(project, "out", $"{name}.dll");
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\(([^)#:]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:contracts|services|gateway|infra|tests)(?:/[\w.*-]+)*)`")]
    private static partial Regex Folder();
}
