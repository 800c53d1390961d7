using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary>The verbs of <c>mesh artifacts</c> that find, name, show and delete versions.</summary>
internal static class ArtifactVersionCommands
{
    private static readonly Argument<string> Key = Options.Name("key", "Key of the artifact.");
    private static readonly Argument<string> Name = Options.Name("tag", "The tag.");
    private static readonly Argument<int> Number = new("version") { Description = "Number of the version." };
    private static readonly Option<string> Version = new("--version") { Description = "A version: its number, latest, or a tag.", DefaultValueFactory = _ => "latest" };
    private static readonly Option<string?> OneVersion = new("--version") { Description = "Only this version: its number, latest, or a tag; all of the artifact when absent." };
    private static readonly Option<DeletionStrategy> Strategy = new("--strategy") { Description = "withData, or metadataOnly to keep the bytes.", DefaultValueFactory = _ => DeletionStrategy.WithData };
    private static readonly Option<int?> Expected = new("--expected") { Description = "Only if the tag is at this version still; 0: nowhere." };
    private static readonly Option<string?> FilePath = new("--path") { Description = "A file of a directory." };
    private static readonly Option<ArtifactKind?> Kind = new("--kind") { Description = "Only of this kind." };
    private static readonly Option<Guid?> Run = new("--run") { Description = "Only of this run." };
    private static readonly Option<string[]> Labels = Options.Pairs("--label", "Only with this label.", "-l");
    private static readonly Option<string?> Prefix = new("--prefix") { Description = "Only keys that begin with this." };
    private static readonly Option<string?> Text = new("--text") { Description = "Only keys that hold this." };
    private static readonly Option<DateTimeOffset?> Since = new("--since") { Description = "Only made then or later." };
    private static readonly Option<DateTimeOffset?> Until = new("--until") { Description = "Only made before then." };
    private static readonly Option<string?> By = new("--by") { Description = "Only made by this user or job." };
    private static readonly Option<string?> Tagged = new("--tag") { Description = "Only versions to which this tag points." };
    private static readonly Option<int> Limit = Options.Limit();

    public static Command Search => Verb.Of("search", "Find versions of all artifacts, newest first.", [Kind, Run, Labels, Prefix, Text, Since, Until, By, Tagged, Limit], context =>
    {
        var query = new VersionQuery
        {
            Kind = context.Get(Kind),
            RunId = context.Get(Run),
            Labels = Options.ToPairs(context.Get(Labels), "--label"),
            Prefix = context.Get(Prefix),
            Text = context.Get(Text),
            Since = context.Get(Since),
            Until = context.Get(Until),
            By = context.Get(By),
            Tag = context.Get(Tagged),
        };
        return context.Output.TableAsync(
            context.Project.Artifacts.SearchAsync(query, context.Ct), "Nothing is found.", ["key", "#version", "kind", "#size", "run", "created", "by"],
            v => [v.Key, v.Version, v.Kind, Figures.Size(v.Size), v.RunId, v.CreatedAt, v.CreatedBy], context.Get(Limit), context.Ct);
    });

    public static Command Tag => Verb.Of("tag", "Point a tag to a version.", [Key, Name, Number, Expected], async context =>
    {
        var info = await context.Project.Artifacts.MoveTagAsync(context.Get(Key), context.Get(Name), new MoveTag(context.Get(Number), context.Get(Expected)), context.Ct);
        context.Output.Done(info, $"{context.Get(Key)}@{context.Get(Name)} is version {context.Get(Number)} now.");
    });

    public static Command Untag => Verb.Of("untag", "Remove a tag.", [Key, Name, Expected], async context =>
    {
        await context.Project.Artifacts.RemoveTagAsync(context.Get(Key), context.Get(Name), context.Get(Expected), context.Ct);
        context.Output.Done(new { key = context.Get(Key), tag = context.Get(Name), deleted = true }, $"The tag {context.Get(Name)} of {context.Get(Key)} is removed.");
    });

    public static Command Delete => Verb.Of("delete", "Delete a version, or all of an artifact, that nothing uses.", [Key, OneVersion, Strategy], async context =>
    {
        var (key, version) = (context.Get(Key), context.Get(OneVersion));
        if (version is null) await context.Project.Artifacts.DeleteAsync(key, context.Get(Strategy), context.Ct);
        else await context.Project.Artifacts.DeleteVersionAsync(key, VersionName.ToReference(version), context.Get(Strategy), context.Ct);
        context.Output.Done(new { key, version, deleted = true }, version is null ? $"{key} is deleted." : $"Version {version} of {key} is deleted.");
    });

    public static Command Preview => Verb.Of("preview", "Show the beginning of a version.", [Key, Version, FilePath], async context =>
    {
        var preview = await context.Project.Artifacts.PreviewAsync(context.Get(Key), VersionName.ToReference(context.Get(Version)), context.Get(FilePath), context.Ct);
        if (context.Output.Json || preview is { Text: null, Rows: null, Files: null })
        {
            context.Output.Object(
                preview, ("key", preview.Key), ("version", preview.Version), ("preview", preview.Kind), ("type", preview.ContentType), ("size", Figures.Size(preview.Size)), ("at", preview.Content),
                ("chart", preview.Chart?.GetRawText()), ("why", preview.Reason));
            return;
        }

        if (preview.Text is { } text) context.Output.Raw(Plain(text));
        else if (preview.Files is { } files)
            await context.Output.TableAsync(Each(files), "No files.", ["path", "#size", "sha256"], file => [file.Path, Figures.Size(file.Size), file.Digest[..12]], ct: context.Ct);
        else await context.Output.TableAsync(Each(preview.Rows!), "No rows.", [.. preview.Columns!.Select(Plain)], row => [.. row.Select(Plain)], ct: context.Ct);
        if (preview.IsCut) context.Output.Note("There is more than is shown.");
    });

    // What somebody uploaded could hold sequences that a terminal obeys.
    private static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\ufffd' : c));

    private static async IAsyncEnumerable<T> Each<T>(IEnumerable<T> items)
    {
        foreach (var item in items) yield return item;
        await Task.CompletedTask;
    }
}
