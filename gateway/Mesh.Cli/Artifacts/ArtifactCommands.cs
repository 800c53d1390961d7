using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary><c>mesh artifacts …</c></summary>
internal static class ArtifactCommands
{
    private static readonly Argument<string> Key = Options.Name("key", "Key of the artifact.");
    private static readonly Argument<string> File = Options.Name("file", "The file, or a folder: it becomes a directory.");
    private static readonly Argument<string?> Target = new("file") { Description = "Where to, a folder for a directory; the stored file name when absent, - for standard output.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<ArtifactKind> Kind = new("--kind") { Description = "What it is.", DefaultValueFactory = _ => ArtifactKind.File };
    private static readonly Option<ArtifactKind?> OnlyKind = new("--kind") { Description = "Only of this kind." };
    private static readonly Option<string> Version = new("--version") { Description = "A version: its number, latest, or a tag.", DefaultValueFactory = _ => "latest" };
    private static readonly Option<string?> Part = new("--path") { Description = "Only this file of a directory, or those below this folder." };
    private static readonly Option<string[]> Labels = Options.Pairs("--label", "A label.", "-l");

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would go." };

    public static Command Create() => Verb.Noun(
        "artifacts", "Versioned files: data sets, models, plots, documents.",
        Verb.Of("list", "List artifacts.", [OnlyKind], context => context.Output.TableAsync(
            context.Project.Artifacts.ListAsync(context.Get(OnlyKind), ct: context.Ct), "There is no artifact. Put one: mesh artifacts put KEY FILE",
            ["key", "kind", "#version", "#size", "created", "by"], a => [a.Key, a.Kind, a.Latest.Version, Figures.Size(a.Latest.Size), a.Latest.CreatedAt, a.Latest.CreatedBy], ct: context.Ct)),
        Verb.Of("put", "Upload a file, or a folder, as the next version of an artifact.", [Key, File, Kind, Labels], PutAsync),
        Verb.Of("show", "Show an artifact, or one version of it.", [Key, Version], async context =>
            Show(context, await context.Project.Artifacts.ResolveAsync(context.Get(Key), VersionName.ToReference(context.Get(Version)), context.Ct))),
        Verb.Of("versions", "List the versions of an artifact.", [Key], context => context.Output.TableAsync(
            context.Project.Artifacts.VersionsAsync(context.Get(Key), context.Ct), "No versions.", ["#version", "#size", "sha256", "run", "created", "by"],
            v => [v.Version, Figures.Size(v.Size), v.Digest[..12], v.RunId, v.CreatedAt, v.CreatedBy], ct: context.Ct)),
        Verb.Of("get", "Download an artifact; its SHA-256 is checked. A directory is written into a folder.", [Key, Target, Version, Part], GetAsync),
        Verb.Of("gc", "Delete uploaded bytes that nothing in the project refers to any more.", [DryRun], CollectAsync),
        StorageCommand.Create(),
        ArtifactSourceCommands.Refer, ArtifactSourceCommands.Import, ArtifactVersionCommands.Search, ArtifactVersionCommands.Preview, ArtifactVersionCommands.Tag, ArtifactVersionCommands.Untag, ArtifactVersionCommands.Delete);

    private static async Task CollectAsync(Context context)
    {
        var done = await context.Project.Artifacts.CollectAsync(context.Get(DryRun), context.Ct);
        var what = $"{done.Blobs} {(done.Blobs == 1 ? "blob" : "blobs")} ({Figures.Size(done.Bytes)}) that nothing refers to";
        context.Output.Done(done, done.DryRun ? $"Would delete {what}." : $"Deleted {what}.");
    }

    private static async Task PutAsync(Context context)
    {
        var (key, path, kind) = (context.Get(Key), context.Get(File), context.Get(Kind));
        var labels = Options.ToPairs(context.Get(Labels), "--label");
        if (Directory.Exists(path))
        {
            if (kind is not (ArtifactKind.File or ArtifactKind.Directory)) throw new UsageException($"{path} is a folder: it becomes a directory, not a {Terminal.Output.Text(kind)}.");
            var upload = await context.Output.WorkingAsync("Uploading", say => context.Project.Artifacts.UploadFolderAsync(
                key, path, new UploadSpec { Labels = labels }, (at, of) => say($"{at} of {of} files"), context.Ct));
            foreach (var folder in upload.EmptyFolders) context.Output.Note($"{folder} is empty and is not kept.");
            context.Output.Done(upload, $"{key} version {upload.Version.Version} has {upload.Files} files ({Figures.Size(upload.Version.Size)}); {upload.Sent} were sent ({Figures.Size(upload.SentBytes)}).");
            return;
        }

        if (!System.IO.File.Exists(path)) throw new UsageException($"There is no file {path}.");
        if (kind is ArtifactKind.Directory) throw new UsageException($"{path} is a file. A directory is made from a folder.");
        var spec = new UploadSpec { Kind = kind, FileName = Path.GetFileName(path), Labels = labels };
        Show(context, await Transfer.UploadAsync(context.Output, path, source => context.Project.Artifacts.UploadAsync(key, source, spec, context.Ct)));
    }

    private static async Task GetAsync(Context context)
    {
        var artifacts = context.Project.Artifacts;
        var version = await artifacts.ResolveAsync(context.Get(Key), VersionName.ToReference(context.Get(Version)), context.Ct);
        if (version.Kind is ArtifactKind.Directory)
        {
            await GetFolderAsync(context, version);
            return;
        }

        if (context.Get(Part) is not null) throw new UsageException($"{version.Key} is one file: --path is for directories.");
        if (context.Get(Target) == "-")
        {
            if (context.Output.Json) throw new UsageException("Standard output can hold the file or --json, not both.");
            await using var standard = Console.OpenStandardOutput();
            await artifacts.DownloadAsync(version.Key, standard, version.Version, context.Ct);
            return;
        }

        // A stored name is somebody else's text: only its last part is used.
        var path = context.Get(Target) ?? Path.GetFileName(version.FileName ?? version.Key);
        await Transfer.DownloadAsync(context.Output, path, version.Size, target => artifacts.DownloadAsync(version.Key, target, version.Version, context.Ct));
        context.Output.Done(version, $"{version.Key} version {version.Version} is in {path} ({Figures.Size(version.Size)}).");
    }

    private static async Task GetFolderAsync(Context context, ArtifactVersion version)
    {
        if (context.Get(Target) == "-") throw new UsageException("A directory cannot go to standard output. Name a folder.");
        var folder = context.Get(Target) ?? Path.GetFileName(version.FileName ?? version.Key);
        var download = await context.Output.WorkingAsync("Downloading", say => context.Project.Artifacts.DownloadFolderAsync(
            version.Key, folder, $"{version.Version}", context.Get(Part), at => say($"{at} files"), context.Ct));
        if (download.Files == 0) throw new UsageException($"There is nothing at {context.Get(Part)} in {version.Key} version {version.Version}.");
        context.Output.Done(download, $"{version.Key} version {version.Version} is in {folder}: {download.Files} files, of which {download.Received} were not there ({Figures.Size(download.ReceivedBytes)}).");
    }

    private static void Show(Context context, ArtifactVersion version) => context.Output.Object(
        version, ("key", version.Key), ("version", version.Version), ("kind", version.Kind), ("size", Figures.Size(version.Size)), ("sha256", version.Digest),
        ("type", version.ContentType), ("file", version.FileName), ("source", version.Source?.Address), ("imported", version.Source?.ImportedAt), ("run", version.RunId), ("labels", version.Labels), ("created", version.CreatedAt), ("by", version.CreatedBy));
}
