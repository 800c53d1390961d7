using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Cli.Tracking.Export;

namespace Mesh.Cli.Tracking.Import;

/// <summary><c>mesh import …</c>: runs from elsewhere.</summary>
internal static class ImportCommands
{
    private const int Shown = 20;
    private static readonly Argument<string> Source = Options.Name("source", "Address of an MLflow server, or a folder of its file store (mlruns).");
    private static readonly Argument<string> Folder = Options.Name("folder", "A folder that `mesh runs export` wrote.");
    private static readonly Option<string[]> Experiments = new("--experiment", "-e")
    {
        Description = "Only this experiment; may be given several times.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> Token = new("--token") { Description = "Bearer token of the MLflow server (MLFLOW_TRACKING_TOKEN)." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what there is to import." };

    private static readonly Option<bool> WithoutDeleted = new("--without-deleted") { Description = "Leave out experiments and runs that were deleted there." };

    public static Command Create() => Verb.Noun(
        "import", "Take runs over from elsewhere. Begun again, an import goes on where it broke off.",
        Verb.Of("mlflow", "Import from an MLflow server or its file store.", [Source, Experiments, Token, WithoutDeleted, DryRun], context => MlflowAsync(context)),
        Verb.Of("export", "Import what `mesh runs export` wrote.", [Folder, Experiments, DryRun], context => ExportAsync(context)));

    private static async Task<int> MlflowAsync(Context context)
    {
        var from = context.Get(Source);
        if (!Uri.TryCreate(from, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            if (!FileStoreSource.IsOne(from))
                throw new UsageException($"'{from}' is neither the address of an MLflow server nor a folder with experiments (…/meta.yaml).");
            return await ImportAsync(context, new FileStoreSource(from));
        }

        using var server = new MlflowProtocol(address, context.Get(Token) ?? Environment.GetEnvironmentVariable("MLFLOW_TRACKING_TOKEN"));
        return await ImportAsync(context, new MlflowServerSource(server));
    }

    private static async Task<int> ExportAsync(Context context)
    {
        var source = await ExportSource.OpenAsync(context.Get(Folder), context.Ct);
        return await ImportAsync(context, source, (run, here, ct) => source.CompleteAsync(context.Project, run, Guid.Parse(here), ct));
    }

    private static async Task<int> ImportAsync(Context context, IRunSource source, Func<SourceRun, string, CancellationToken, Task>? whole = null)
    {
        using var target = new MlflowProtocol(new Uri(context.Mesh.Options.Api, $"/mlflow/{context.ProjectName}"), context.Mesh.Options.Token);
        // Says at once whether there is a mesh, and whether it knows the caller.
        await context.Mesh.MeAsync(context.Ct);
        var dryRun = context.Get(DryRun);
        var withDeleted = !context.Get(WithoutDeleted);
        var done = await context.Output.WorkingAsync("Importing", say =>
            new RunImport(source, target, dryRun, say, whole, withDeleted).RunAsync(context.Get(Experiments) ?? [], context.Ct));
        context.Output.Object(
            done, ("experiments", done.Experiments), ("new runs", done.Created), ("continued", done.Continued), ("unchanged", done.Unchanged),
            ("deleted, as there", done.Deleted == 0 ? null : done.Deleted),
            ("params", done.Params), ("points", dryRun ? null : done.Points), ("inputs", done.Inputs), ("logged models", done.Models == 0 ? null : done.Models), ("traces", done.Traces == 0 ? null : done.Traces), ("files", done.Files == 0 ? null : $"{done.Files} ({Figures.Size(done.Bytes)})"),
            ("not taken", string.Join('\n', done.Untaken.Take(Shown).Select(item => $"{item.Run}: {item.What}: {item.Why}"))));
        if (done.Untaken.Count > Shown) context.Output.Note($"And {done.Untaken.Count - Shown} more; --json shows all.");
        return ExitCode.Success;
    }
}
