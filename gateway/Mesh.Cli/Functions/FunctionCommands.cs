using System.CommandLine;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary><c>mesh functions …</c> and <c>mesh hub …</c></summary>
internal static class FunctionCommands
{
    private static readonly Argument<string> Function = Options.Name("name", "Name of the function.");
    private static readonly Option<string?> HubItem = new("--item") { Description = "An item of the hub, instead of a command." };
    private static readonly Option<string[]> Files = new("--file", "-f") { Description = "A file of the function; several times for several.", Arity = ArgumentArity.ZeroOrMore, HelpName = "path" };
    private static readonly Option<string[]> Params = Options.Pairs("--param", "Default of a param.", "-p");
    private static readonly Option<string[]> Secrets = new("--secret") { Description = "A secret that its jobs get.", Arity = ArgumentArity.ZeroOrMore, HelpName = "name" };
    private static readonly Option<string[]> Requirements = new("--requirement", "-r") { Description = "A Python package, such as numpy==2.1.", Arity = ArgumentArity.ZeroOrMore, HelpName = "package" };
    private static readonly Option<int?> Attempts = new("--attempts") { Description = "Attempts before a job is failed." };
    private static readonly Option<int?> Timeout = new("--timeout") { Description = "Longest run of an attempt, in seconds." };
    private static readonly Option<string?> Description = new("--description") { Description = "What it does." };
    private static readonly Argument<string[]> Command = new("command") { Description = "After --: program and arguments, such as python3 train.py", Arity = ArgumentArity.ZeroOrMore };

    public static IEnumerable<Command> Create() => [Functions(), HubCommands.Create()];

    private static Command Functions() => Verb.Noun(
        "functions", "Functions: code and its defaults, versioned by content.",
        Verb.Of("list", "List functions.", [], context => context.Output.TableAsync(
            context.Project.Functions.ListAsync(context.Ct), "There is no function. Define one: mesh functions define NAME -f train.py -- python3 train.py",
            ["name", "#version", "kind", "runs", "created"], f => [f.Name, f.Version, f.Kind, f.Item ?? f.Spark?.MainFile ?? string.Join(' ', f.Command ?? []), f.CreatedAt], ct: context.Ct)),
        Verb.Of("define", "Define a function; the same content is the same version.", [Function, HubItem, Files, Params, Secrets, JobCommands.SecretFiles, Requirements, Attempts, Timeout, .. PolicyOptions.All, ProfileCommands.Profile, ProfileCommands.Image, Description, .. DistributedOptions.All, SparkOptions.Document, Command], async context =>
        {
            var item = context.Get(HubItem);
            var command = context.Get(Command);
            var definition = new DefineFunction(
                item is null ? FunctionKind.Process : FunctionKind.Hub, command is { Length: > 0 } ? command : null, item, await ReadFilesAsync(context),
                Options.ToPairs(context.Get(Params), "--param"), null, context.Get(Secrets) is { Length: > 0 } secrets ? secrets : null,
                context.Get(Attempts), context.Get(Timeout), context.Get(Description))
            {
                SecretFiles = context.Get(JobCommands.SecretFiles) is { Length: > 0 } secretFiles ? secretFiles : null,
                Requirements = context.Get(Requirements) is { Length: > 0 } packages ? packages : null,
                Retry = PolicyOptions.Retry(context),
                Timeouts = PolicyOptions.Timeouts(context),
                Priority = PolicyOptions.Priority(context),
                Resources = PolicyOptions.Resources(context),
                Profile = context.Get(ProfileCommands.Profile),
                Image = context.Get(ProfileCommands.Image),
                Distributed = DistributedOptions.Read(context),
                Spark = SparkOptions.Read(context),
            };
            Show(context, await context.Project.Functions.DefineAsync(context.Get(Function), definition, context.Ct));
        }),
        Verb.Of("show", "Show a function.", [Function], async context => Show(context, await context.Project.Functions.GetAsync(context.Get(Function), context.Ct))),
        Verb.Of("versions", "List the versions of a function.", [Function], context => context.Output.TableAsync(
            context.Project.Functions.VersionsAsync(context.Get(Function), context.Ct), "No versions.", ["#version", "hash", "created", "by"],
            f => [f.Version, f.Hash[..12], f.CreatedAt, f.CreatedBy], ct: context.Ct)),
        FunctionVersionCommands.Diff, FunctionVersionCommands.Tag, FunctionVersionCommands.Untag, FunctionVersionCommands.Helper).WithAlias("function");

    private static async Task<List<CodeFile>?> ReadFilesAsync(Context context)
    {
        if (context.Get(Files) is not { Length: > 0 } paths) return null;
        var files = new List<CodeFile>();
        foreach (var path in paths)
        {
            if (!File.Exists(path)) throw new UsageException($"There is no file {path}.");
            files.Add(new CodeFile(Path.GetFileName(path), await File.ReadAllTextAsync(path, context.Ct)));
        }

        return files;
    }

    private static void Show(Context context, FunctionInfo function) => context.Output.Object(
        function, ("name", function.Name), ("version", function.Version), ("hash", function.Hash), ("kind", function.Kind), ("item", function.Item),
        ("command", function.Command is { } command ? string.Join(' ', command) : null), ("files", function.Files.Select(f => f.Path)), ("params", function.Params),
        ("secrets", function.Secrets), ("secret files", function.SecretFiles), ("retry", PolicyOptions.Describe(function.Retry)), ("needs", PolicyOptions.Describe(function.Resources)), ("priority", function.Priority), ("attempts", function.MaxAttempts), ("timeout", TimeSpan.FromSeconds(function.TimeoutSeconds)),
        ("description", function.Description), ("bundle", function.Bundle is { } bundle ? $"{bundle.Key} version {bundle.Version}" : null),
        ("git", function.Git is { } git ? $"{git.Url} at {git.Commit}" : null), ("param types", function.ParamSpecs?.Select(FunctionVersionCommands.Describe)),
        ("inputs", function.Inputs?.Select(i => i.Uri is null ? i.Name : $"{i.Name}={i.Uri}")), ("outputs", function.Outputs?.Select(o => $"{o.Name}={o.Path}")),
        ("packages", function.Requirements), ("distributed", DistributedOptions.Describe(function.Distributed)), ("spark", SparkOptions.Describe(function.Spark)), ("profile", function.Profile), ("image", function.Image), ("from", function.Origin is { } origin ? $"{origin.Hub}/{origin.Item}@{origin.Version}" : null),
        ("tags", function.Tags?.ToDictionary(t => t.Key, t => $"{t.Value}")), ("created", function.CreatedAt), ("by", function.CreatedBy));
}
