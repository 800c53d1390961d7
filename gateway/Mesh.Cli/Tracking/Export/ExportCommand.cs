using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Cli.Tracking.Import;

namespace Mesh.Cli.Tracking.Export;

/// <summary><c>mesh runs export</c></summary>
internal static class ExportCommand
{
    private static readonly Option<string[]> Experiments = new("--experiment", "-e")
    {
        Description = "Only of this experiment; may be given several times.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> Filter = new("--filter") { Description = "Only what this finds, such as: metrics.loss < 0.1 AND params.depth = '3'." };
    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "Folder for the files; an export that broke off there goes on.",
        Required = true,
        HelpName = "folder",
    };

    public static Command Create() => Verb.Of(
        "export", "Write runs with metrics, logs and traces into portable files: JSON lines, Parquet, text.", [Experiments, Filter, Out], ExportAsync);

    private static async Task ExportAsync(Context context)
    {
        using var protocol = new MlflowProtocol(new Uri(context.Mesh.Options.Api, $"/mlflow/{context.ProjectName}"), context.Mesh.Options.Token);
        var folder = Path.GetFullPath(context.Get(Out));
        var (experiments, filter, now) = (context.Get(Experiments) ?? [], context.Get(Filter), TimeProvider.System.GetUtcNow());
        var manifest = await context.Output.WorkingAsync("Exporting", say =>
            new RunExport(context.Project, protocol, folder, say).RunAsync(experiments, filter, now, context.Ct));
        context.Output.Object(
            manifest, ("folder", folder), ("experiments", manifest.Counts["experiments"]), ("runs", manifest.Counts["runs"]), ("points", manifest.Counts["points"]),
            ("logs", manifest.Counts["logs"]), ("traces", manifest.Counts["traces"]), ("size", Figures.Size(manifest.Files.Sum(file => file.Bytes))));
    }
}
