using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary>The verbs of <c>mesh artifacts</c> for versions whose bytes stay where they are.</summary>
internal static class ArtifactSourceCommands
{
    private static readonly Argument<string> Key = Options.Name("key", "Key of the artifact.");
    private static readonly Argument<string> Source = Options.Name("source", "Where the bytes are: https://…, s3://bucket/key or file:///path, as the platform sees it.");
    private static readonly Option<string> Version = new("--version") { Description = "A version: its number, latest, or a tag.", DefaultValueFactory = _ => "latest" };
    private static readonly Option<ArtifactKind> Kind = new("--kind") { Description = "What it is.", DefaultValueFactory = _ => ArtifactKind.File };
    private static readonly Option<string[]> Labels = Options.Pairs("--label", "A label.", "-l");
    private static readonly Option<string?> Type = new("--type") { Description = "Its media type; what the source says, or the name tells, when absent." };
    private static readonly Option<string?> Name = new("--name") { Description = "Name for whoever downloads it; the last part of the source when absent." };
    private static readonly Option<string?> Digest = new("--sha256") { Description = "What must be there: it is read once and compared." };
    private static readonly Option<long?> Size = new("--size") { Description = "How many bytes there must be." };
    private static readonly Option<Guid?> Run = new("--run") { Description = "The run that made it." };

    public static Command Refer => Verb.Of(
        "refer", "Make the next version of an artifact from what is at an address, without copying it.", [Key, Source, Kind, Labels, Type, Name, Digest, Size, Run], async context =>
        {
            var source = context.Get(Source);
            var spec = new UploadSpec
            {
                Kind = context.Get(Kind),
                ContentType = context.Get(Type),
                FileName = context.Get(Name) ?? LastPart(source),
                RunId = context.Get(Run),
                Labels = Options.ToPairs(context.Get(Labels), "--label"),
            };
            var version = await context.Project.Artifacts.ReferAsync(context.Get(Key), source, spec, context.Get(Digest), context.Get(Size), context.Ct);
            context.Output.Done(version, $"{version.Key} version {version.Version} is at {source} ({Figures.Size(version.Size)}).");
        });

    public static Command Import => Verb.Of("import", "Copy the bytes of a version that is elsewhere into the platform.", [Key, Version], async context =>
    {
        var version = await context.Project.Artifacts.ImportAsync(context.Get(Key), VersionName.ToReference(context.Get(Version)), context.Ct);
        context.Output.Done(version, $"{version.Key} version {version.Version} is copied ({Figures.Size(version.Size)}); its SHA-256 is {version.Digest}.");
    });

    private static string? LastPart(string source)
    {
        var path = Uri.TryCreate(source, UriKind.Absolute, out var uri) ? Uri.UnescapeDataString(uri.AbsolutePath) : source;
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.Length is > 0 and <= 250 && !name.Any(char.IsControl) && !name.Contains('\\', StringComparison.Ordinal) ? name : null;
    }
}
