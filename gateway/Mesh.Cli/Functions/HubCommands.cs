using System.CommandLine;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary><c>mesh hub …</c>: the built-in items, and those of the project's hubs.</summary>
internal static class HubCommands
{
    private static readonly Argument<string> Item = new("item") { Description = "A built-in item, or one of a hub: hub/item, hub/item@1.2.0" };
    private static readonly Argument<string> TeamItem = new("item") { Description = "An item of a hub: hub/item, or hub/item@1.2.0" };
    private static readonly Option<string?> OfHub = new("--hub") { Description = "A hub of the project; the built-in items when absent." };
    private static readonly Option<string?> Text = new("--text") { Description = "Only items with this in name or description." };
    private static readonly Option<string?> Category = new("--category") { Description = "Only items of this category." };
    private static readonly Option<string?> Function = new("--function") { Description = "Name of the function; the item's when absent." };
    private static readonly Argument<string> From = new("from") { Description = "A version." };
    private static readonly Argument<string?> To = new("to") { Description = "Another one; the latest when absent.", DefaultValueFactory = _ => null };
    private static readonly Option<bool> Doc = new("--doc") { Description = "Print the item's Markdown file." };

    public static Command Create() => Verb.Noun(
        "hub", "Built-in functions, and those of the project's hubs.",
        [
            Verb.Of("list", "List the items, built in or of a hub.", [OfHub, Text, Category], ListAsync),
            Verb.Of("show", "Show an item: its params, inputs, outputs, versions.", [Item, Doc], ShowAsync),
            Verb.Of("import", "Make a function of an item of a hub; it stays at that version.", [TeamItem, Function], async context =>
            {
                var (hub, item, version) = Parse(context.Get(TeamItem));
                var function = await context.Project.Hubs.ImportAsync(hub, item, new ImportHubItem(version, context.Get(Function)), context.Ct);
                context.Output.Done(function, $"Function {function.Name} version {function.Version} is {hub}/{item}@{function.Origin!.Version}.");
            }),
            Verb.Of("outdated", "List functions whose item has a later version.", [], context => context.Output.TableAsync(
                context.Project.Hubs.ImportsAsync(outdated: true, context.Ct), "Every function that was imported is at the latest version of its item.",
                ["function", "item", "has", "latest"], i => [i.Function, $"{i.Origin.Hub}/{i.Origin.Item}", i.Origin.Version, i.Latest], ct: context.Ct)),
            Verb.Of("diff", "Show how two versions of an item differ: manifest and files.", [TeamItem, From, To], async context =>
            {
                var (hub, item, _) = Parse(context.Get(TeamItem));
                var diff = await context.Project.Hubs.DiffAsync(hub, item, context.Get(From), context.Get(To), context.Ct);
                if (context.Output.Json) context.Output.Object(diff);
                else DiffText.Show(context.Output, diff.Files, diff.Fields, $"Versions {diff.From} and {diff.To} do not differ.");
            }),
            .. HubSourceCommands.Create(),
        ]);

    /// <summary>The parts of <c>hub/item@version</c>.</summary>
    /// <exception cref="UsageException">It is not of that form.</exception>
    internal static (string Hub, string Item, string? Version) Parse(string text)
    {
        var parts = text.Split('@', 2);
        return parts[0].Split('/') is [{ Length: > 0 } hub, { Length: > 0 } item]
            ? (hub, item, parts.ElementAtOrDefault(1))
            : throw new UsageException($"'{text}' names no item of a hub: write hub/item, or hub/item@1.2.0.");
    }

    private static Task ListAsync(Context context)
    {
        var (text, category) = (context.Get(Text), context.Get(Category));
        if (context.Get(OfHub) is { } hub)
        {
            return context.Output.TableAsync(
                context.Project.Hubs.ItemsAsync(hub, text, category, context.Ct), "The hub has no such item.", ["item", "version", "what it does", "categories"],
                i => [$"{i.Hub}/{i.Name}", i.Version, i.Description, i.Categories], ct: context.Ct);
        }

        bool Has(string value) => value.Contains(text!, StringComparison.OrdinalIgnoreCase);
        return context.Output.TableAsync(
            context.Mesh.Hub.ListAsync(context.Ct).Where(i => (text is null || Has(i.Name) || Has(i.Description)) && (category is null || i.Categories?.Contains(category) == true)),
            "The hub has no such item.", ["item", "what it does", "required params"], i => [i.Name, i.Description, i.Params.Where(p => p.Required).Select(p => p.Name)], ct: context.Ct);
    }

    private static Task ShowAsync(Context context) => context.Get(Item).Contains('/', StringComparison.Ordinal) ? ShowTeamAsync(context) : ShowBuiltInAsync(context);

    private static async Task ShowBuiltInAsync(Context context)
    {
        if (context.Get(Doc)) throw new UsageException("--doc goes with an item of a hub: hub/item.");
        var item = await context.Mesh.Hub.GetAsync(context.Get(Item), context.Ct);
        context.Output.Object(
            item, ("item", item.Name), ("does", item.Description), ("version", item.Version), ("categories", item.Categories), ("inputs", item.Inputs), ("outputs", item.Outputs),
            ("example", item.Example?.Params));
        if (context.Output.Json) return;
        await context.Output.TableAsync(
            item.Params.ToAsyncEnumerable(), "No params.", ["param", "type", "default", "meaning"],
            p => [p.Required ? p.Name + " *" : p.Name, p.Type, p.Default, p.Description], ct: context.Ct);
    }

    private static async Task ShowTeamAsync(Context context)
    {
        var (hub, name, version) = Parse(context.Get(Item));
        if (context.Get(Doc))
        {
            var doc = await context.Project.Hubs.DocAsync(hub, name, version, context.Ct);
            if (context.Output.Json) context.Output.Object(doc);
            else foreach (var line in doc.Text.TrimEnd().Split('\n')) context.Output.Raw(DiffText.Plain(line.TrimEnd('\r')));
            return;
        }

        var item = await context.Project.Hubs.ItemAsync(hub, name, version, context.Ct);
        var manifest = item.Manifest;
        context.Output.Object(
            item, ("item", $"{item.Hub}/{item.Name}"), ("does", manifest.Description), ("version", item.Version), ("latest", item.Latest), ("categories", manifest.Categories),
            ("command", string.Join(' ', manifest.Command)), ("params", manifest.Params?.Select(FunctionVersionCommands.Describe)),
            ("inputs", manifest.Inputs?.Select(i => i.Uri is null ? i.Name : $"{i.Name}={i.Uri}")), ("outputs", manifest.Outputs?.Select(o => $"{o.Name}={o.Path}")),
            ("packages", manifest.Requirements), ("secrets", manifest.Secrets), ("example", manifest.Example?.Params), ("hash", item.Hash), ("files", $"{item.Bundle.Key} version {item.Bundle.Version}"),
            ("added", item.AddedAt), ("by", item.AddedBy));
        if (context.Output.Json) return;
        await context.Output.TableAsync(context.Project.Hubs.VersionsAsync(hub, name, context.Ct), "No versions.", ["version", "hash", "added", "by"], v => [v.Version, v.Hash[..12], v.AddedAt, v.AddedBy], ct: context.Ct);
    }
}
