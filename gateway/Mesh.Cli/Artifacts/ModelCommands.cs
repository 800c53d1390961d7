using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary><c>mesh models …</c></summary>
internal static class ModelCommands
{
    private static readonly Argument<string> Model = Options.Name("model", "Name of the model.");
    private static readonly Argument<string> Reference = Options.Name("model", "MODEL, MODEL@VERSION or MODEL@ALIAS.");
    private static readonly Argument<int> Version = new("version") { Description = "A version of the model." };
    private static readonly Argument<string> Alias = Options.Name("alias", "Name of the alias.");
    private static readonly Option<string> Promoted = new("--alias") { Description = "The alias to move.", DefaultValueFactory = _ => "champion" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why." };
    private static readonly Argument<string> NewName = Options.Name("new-name", "Its new name.");
    private static readonly Option<string?> Description = new("--description", "-d") { Description = "What it is, in markdown." };
    private static readonly Option<string[]> Tags = Options.Pairs("--tag", "A tag to set.", "-t");
    private static readonly Option<string[]> Untag = new("--untag") { Description = "A tag to remove." };
    private static readonly Option<ModelStage?> Stage = new("--stage") { Description = "The stage of a version." };
    private static readonly Argument<string> File = Options.Name("file", "Where to.");

    public static Command Create() => Verb.Noun(
        "models", "Registered models, their versions and aliases.",
        Verb.Of("list", "List models.", [], context => context.Output.TableAsync(
            context.Project.Models.ListAsync(context.Ct), "There is no model. Train one: mesh jobs submit --item auto-trainer …", ["name", "#latest", "aliases", "changed"],
            m => [m.Name, m.LatestVersion, string.Join(", ", m.Aliases.Select(a => $"@{a.Key} → {a.Value}")), m.UpdatedAt], ct: context.Ct)),
        Verb.Of("versions", "List the versions of a model.", [Model], context => context.Output.TableAsync(
            context.Project.Models.VersionsAsync(context.Get(Model), context.Ct), "No versions.", ["#version", "aliases", "stage", "framework", "metrics", "run", "created"],
            v => [v.Version, v.Aliases.Select(a => "@" + a), v.Stage is ModelStage.None ? null : v.Stage, v.Framework, Metrics(v), v.RunId, v.CreatedAt], ct: context.Ct)),
        Verb.Of("show", "Show a version of a model.", [Reference], async context => Show(context, await context.Project.Models.ResolveAsync(context.Get(Reference), context.Ct))),
        Verb.Of("promote", "Make a version the one for production: moves the alias and says so.", [Model, Version, Promoted, Reason], async context =>
        {
            var model = await context.Project.Models.PromoteAsync(
                context.Get(Model), new PromoteModel(context.Get(Version), context.Get(Promoted), context.Get(Reason)), context.Ct);
            context.Output.Done(model, $"{context.Get(Model)}@{context.Get(Promoted)} is version {context.Get(Version)} now.");
        }),
        Verb.Of("alias", "Move an alias to a version.", [Model, Alias, Version], async context =>
        {
            var model = await context.Project.Models.MoveAliasAsync(context.Get(Model), context.Get(Alias), new MoveAlias(context.Get(Version)), context.Ct);
            context.Output.Done(model, $"{context.Get(Model)}@{context.Get(Alias)} is version {context.Get(Version)} now.");
        }),
        Verb.Of("unalias", "Remove an alias.", [Model, Alias], async context =>
        {
            await context.Project.Models.RemoveAliasAsync(context.Get(Model), context.Get(Alias), context.Ct);
            context.Output.Done(
                new { model = context.Get(Model), alias = context.Get(Alias), deleted = true },
                $"The alias {context.Get(Alias)} of {context.Get(Model)} is removed.");
        }),
        Verb.Of("get", "Download the file of a version.", [Reference, File], async context =>
        {
            var version = await context.Project.Models.ResolveAsync(context.Get(Reference), context.Ct);
            await Transfer.DownloadAsync(
                context.Output, context.Get(File), version.Size, target => context.Project.Models.DownloadAsync(version, target, context.Ct));
            context.Output.Done(version, $"{version.Model} version {version.Version} is in {context.Get(File)} ({Figures.Size(version.Size)}).");
        }),
        Verb.Of("create", "Make a model before its first version.", [Model, Description, Tags], async context =>
        {
            var model = await context.Project.Models.CreateAsync(
                new CreateModel(context.Get(Model), context.Get(Description), Options.ToPairs(context.Get(Tags), "--tag")), context.Ct);
            context.Output.Done(model, $"The model {model.Name} is there.");
        }),
        Verb.Of("rename", "Give a model another name; it keeps its versions and aliases.", [Model, NewName], async context =>
        {
            var model = await context.Project.Models.ChangeAsync(context.Get(Model), new ChangeModel(Name: context.Get(NewName)), context.Ct);
            context.Output.Done(model, $"{context.Get(Model)} is called {model.Name} now.");
        }),
        Verb.Of("describe", "Say what a model, or a version of it, is: markdown, tags, a stage.", [Reference, Description, Tags, Untag, Stage], DescribeAsync),
        Verb.Of("delete", "Delete a model with all its versions, or one version (MODEL@VERSION).", [Reference], DeleteAsync),
        ModelMetricsCommand.Create(),
        ModelGovernanceCommands.Compare(),
        ModelGovernanceCommands.Card(),
        ModelGovernanceCommands.Approval(),
        ModelGovernanceCommands.Gate(),
        Verb.Of("history", "Show what happened to a model.", [Model], context => History.PrintAsync(context, context.Project.Models.HistoryAsync(context.Get(Model), context.Ct))));

    private static async Task DescribeAsync(Context context)
    {
        var tags = (Options.ToPairs(context.Get(Tags), "--tag") ?? []).ToDictionary(pair => pair.Key, string? (pair) => pair.Value);
        foreach (var tag in context.Get(Untag) ?? []) tags[tag] = null;
        var change = new ChangeModel(Description: context.Get(Description), Tags: tags.Count == 0 ? null : tags, Stage: context.Get(Stage));
        if (change == new ChangeModel()) throw new UsageException("Say what changes: --description, --tag, --untag or --stage.");
        if (!context.Get(Reference).Contains('@', StringComparison.Ordinal))
        {
            if (change.Stage is not null) throw new UsageException("A stage is a version's: name one, as MODEL@VERSION.");
            var model = await context.Project.Models.ChangeAsync(context.Get(Reference), change, context.Ct);
            context.Output.Done(model, $"The model {model.Name} is changed.");
            return;
        }

        var known = await context.Project.Models.ResolveAsync(context.Get(Reference), context.Ct);
        var version = await context.Project.Models.ChangeVersionAsync(known.Model, known.Version, change, context.Ct);
        context.Output.Done(version, $"Version {version.Version} of {version.Model} is changed.");
    }

    private static async Task DeleteAsync(Context context)
    {
        var reference = context.Get(Reference);
        if (!reference.Contains('@', StringComparison.Ordinal))
        {
            await context.Project.Models.DeleteAsync(reference, context.Ct);
            context.Output.Done(new { model = reference, deleted = true }, $"The model {reference} is deleted, with its versions and aliases. Its history stays.");
            return;
        }

        var version = await context.Project.Models.ResolveAsync(reference, context.Ct);
        await context.Project.Models.DeleteVersionAsync(version.Model, version.Version, context.Ct);
        context.Output.Done(new { model = version.Model, version = version.Version, deleted = true }, $"Version {version.Version} of {version.Model} is deleted.");
    }

    private static void Show(Context context, ModelVersion version) => context.Output.Object(
        version, ("model", version.Model), ("version", version.Version), ("aliases", version.Aliases.Select(a => "@" + a)), ("framework", version.Framework),
        ("size", version.Digest is null ? null : Figures.Size(version.Size)), ("stage", version.Stage is ModelStage.None ? null : version.Stage), ("approval", ModelGovernanceCommands.Text(version.Approval)),
        ("file", version.File is { } file ? $"{file.Format}{(file.Opset is { } opset ? $" opset {opset}" : "")}, {file.Nodes} operators" : null), ("source", version.Source), ("run", version.RunId),
        ("inputs", Columns(version.Signature.Inputs)), ("outputs", Columns(version.Signature.Outputs)), ("trained on", version.Statistics is { } s ? $"{s.Rows:N0} rows" : null),
        ("metrics", Metrics(version)), ("tags", version.Tags), ("description", version.Description), ("created", version.CreatedAt), ("by", version.CreatedBy));

    private static string Metrics(ModelVersion version) => string.Join("  ", version.Metrics.Select(m => $"{m.Key} {Figures.Number(m.Value)}"));

    private static string Columns(IReadOnlyList<Column> columns)
    {
        var shown = string.Join(", ", columns.Take(6).Select(c => $"{c.Name}: {Terminal.Output.Text(c.Type)}"));
        return columns.Count > 6 ? $"{shown}, … ({columns.Count})" : shown;
    }
}
