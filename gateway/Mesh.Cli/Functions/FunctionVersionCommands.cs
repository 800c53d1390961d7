using System.CommandLine;
using System.Globalization;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary><c>mesh functions diff</c>, <c>tag</c>, <c>untag</c> and <c>helper</c>.</summary>
internal static class FunctionVersionCommands
{
    private static readonly Argument<string> Function = Options.Name("name", "Name of the function.");
    private static readonly Argument<string> From = new("from") { Description = "A version: its number, a tag, or latest." };
    private static readonly Argument<string> To = new("to") { Description = "Another one; the current one when absent.", DefaultValueFactory = _ => "latest" };
    private static readonly Argument<string> TagName = new("tag") { Description = "The tag." };
    private static readonly Argument<int> Version = new("version") { Description = "Number of the version." };
    private static readonly Option<int?> Expected = new("--expected") { Description = "Only if the tag is at this version now; 0 for nowhere." };

    public static Command Diff { get; } = Verb.Of("diff", "Show how two versions of a function differ: files, params, command.", [Function, From, To], async context =>
    {
        var diff = await context.Project.Functions.DiffAsync(context.Get(Function), context.Get(From), context.Get(To), context.Ct);
        if (context.Output.Json)
        {
            context.Output.Object(diff);
            return;
        }

        DiffText.Show(context.Output, diff.Files, diff.Fields, $"Versions {diff.From} and {diff.To} do not differ.");
    });

    public static Command Tag { get; } = Verb.Of("tag", "Point a tag to a version of a function.", [Function, TagName, Version, Expected], async context =>
    {
        var tags = await context.Project.Functions.MoveTagAsync(context.Get(Function), context.Get(TagName), new MoveFunctionTag(context.Get(Version), context.Get(Expected)), context.Ct);
        context.Output.Done(tags, $"{context.Get(TagName)} is version {context.Get(Version)} now.");
    });

    public static Command Untag { get; } = Verb.Of("untag", "Remove a tag of a function.", [Function, TagName, Expected], async context =>
    {
        var tags = await context.Project.Functions.RemoveTagAsync(context.Get(Function), context.Get(TagName), context.Get(Expected), context.Ct);
        context.Output.Done(tags, $"{context.Get(TagName)} is gone.");
    });

    public static Command Helper { get; } = Verb.Of("helper", "Print mesh.py, the helper for Python that every job finds: mesh functions helper > mesh.py", [], async context =>
    {
        using var stream = typeof(FunctionVersionCommands).Assembly.GetManifestResourceStream("mesh.py")!;
        using var reader = new StreamReader(stream);
        var text = await reader.ReadToEndAsync(context.Ct);
        if (context.Output.Json) context.Output.Object(new { name = "mesh.py", content = text });
        else await Console.Out.WriteAsync(text);
    });

    /// <summary>A declared param in a line.</summary>
    public static string Describe(ParamSpec spec)
    {
        var text = $"{spec.Name}: {Terminal.Output.Text(spec.Type)}";
        if (spec.Choices is { Count: > 0 } choices) text += $" of {string.Join('|', choices)}";
        if (spec.Min is { } min) text += string.Create(CultureInfo.InvariantCulture, $" from {min}");
        if (spec.Max is { } max) text += string.Create(CultureInfo.InvariantCulture, $" to {max}");
        if (spec.Default is { } standard) text += $" = {standard}";
        return spec.Required ? text + " (required)" : text;
    }
}
