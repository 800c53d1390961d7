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
    private static readonly Argument<string> File = Options.Name("file", "Where to.");

    public static Command Create() => Verb.Noun(
        "models", "Registered models, their versions and aliases.",
        Verb.Of("list", "List models.", [], context => context.Output.TableAsync(
            context.Project.Models.ListAsync(context.Ct), "There is no model. Train one: mesh jobs submit --item auto-trainer …", ["name", "#latest", "aliases", "changed"],
            m => [m.Name, m.LatestVersion, string.Join(", ", m.Aliases.Select(a => $"@{a.Key} → {a.Value}")), m.UpdatedAt], ct: context.Ct)),
        Verb.Of("versions", "List the versions of a model.", [Model], context => context.Output.TableAsync(
            context.Project.Models.VersionsAsync(context.Get(Model), context.Ct), "No versions.", ["#version", "aliases", "framework", "metrics", "run", "created"],
            v => [v.Version, v.Aliases.Select(a => "@" + a), v.Framework, Metrics(v), v.RunId, v.CreatedAt], ct: context.Ct)),
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
        Verb.Of("history", "Show what happened to a model.", [Model], context => History.PrintAsync(context, context.Project.Models.HistoryAsync(context.Get(Model), context.Ct))));

    private static void Show(Context context, ModelVersion version) => context.Output.Object(
        version, ("model", version.Model), ("version", version.Version), ("aliases", version.Aliases.Select(a => "@" + a)), ("framework", version.Framework),
        ("size", Figures.Size(version.Size)), ("artifact", $"{version.Artifact}@{version.ArtifactVersion}"), ("run", version.RunId),
        ("inputs", Columns(version.Signature.Inputs)), ("outputs", Columns(version.Signature.Outputs)), ("trained on", version.Statistics is { } s ? $"{s.Rows:N0} rows" : null),
        ("metrics", Metrics(version)), ("tags", version.Tags), ("description", version.Description), ("created", version.CreatedAt), ("by", version.CreatedBy));

    private static string Metrics(ModelVersion version) => string.Join("  ", version.Metrics.Select(m => $"{m.Key} {Figures.Number(m.Value)}"));

    private static string Columns(IReadOnlyList<Column> columns)
    {
        var shown = string.Join(", ", columns.Take(6).Select(c => $"{c.Name}: {Terminal.Output.Text(c.Type)}"));
        return columns.Count > 6 ? $"{shown}, … ({columns.Count})" : shown;
    }
}
