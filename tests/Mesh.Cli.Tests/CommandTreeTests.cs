using System.CommandLine;

namespace Mesh.Cli.Tests;

/// <summary>The commands as a whole: each is described, and no two options of one command clash.</summary>
public sealed class CommandTreeTests
{
    public static TheoryData<string> Paths => [.. All(MeshCommand.Create(), "mesh").Select(found => found.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_command_option_and_argument_is_described(string path)
    {
        var command = All(MeshCommand.Create(), "mesh").Single(found => found.Path == path).Command;
        command.Description.ShouldNotBeNullOrWhiteSpace();
        foreach (var symbol in command.Options.Cast<Symbol>().Concat(command.Arguments)) symbol.Description.ShouldNotBeNullOrWhiteSpace($"{path} {symbol.Name}");
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void No_two_options_of_a_command_share_a_name(string path)
    {
        var root = MeshCommand.Create();
        var command = All(root, "mesh").Single(found => found.Path == path).Command;
        command.Options.Concat(root.Options.Where(option => option.Recursive && command != root))
            .SelectMany(option => option.Aliases.Append(option.Name)).ShouldBeUnique();
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_command_can_be_asked_for_json(string path)
    {
        var parse = MeshCommand.Create().Parse([.. path.Split(' ').Skip(1), "--json"]);
        parse.GetValue(Settings.Json).ShouldBeTrue();
        parse.UnmatchedTokens.ShouldBeEmpty();
    }

    [Fact]
    public void Every_service_has_its_verbs()
    {
        var names = MeshCommand.Create().Subcommands.Select(command => command.Name);
        string[] expected =
        [
            "up", "down", "status", "logs", "demo", "login", "token", "doctor", "completion", "projects", "secrets", "tokens", "runs", "experiments", "retention", "import", "artifacts", "datasets",
            "models", "lineage", "functions", "run", "hub", "jobs", "schedules", "endpoints", "monitors", "alerts", "events", "webhooks", "bus", "test", "bench",
        ];
        foreach (var name in expected) names.ShouldContain(name);
    }

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        command.Subcommands.SelectMany(inner => All(inner, $"{path} {inner.Name}")).Prepend((path, command));
}
