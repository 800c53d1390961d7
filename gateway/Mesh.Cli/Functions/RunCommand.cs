using System.CommandLine;
using Mesh.Cli.Functions.Sources;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary><c>mesh run train.py …</c>: code of this machine, run as a job of the mesh.</summary>
internal static class RunCommand
{
    private static readonly Argument<string> Source = new("source") { Description = "A script (.py, .sh, .cs), a folder, a notebook (.ipynb), or the address of a git repository (https, ssh, file)." };
    private static readonly Option<string?> Function = new("--function") { Description = "Name of the function that it becomes; made from the file's when absent." };
    private static readonly Option<string?> Named = new("--name") { Description = "Name of the run." };
    private static readonly Option<string?> Experiment = new("--experiment", "-e") { Description = "Experiment of the run." };
    private static readonly Option<string[]> Params = Options.Pairs("--param", "A param.", "-p");
    private static readonly Option<string[]> Inputs = new("--input", "-i") { Description = "What it reads; the path is in MESH_INPUT_NAME.", HelpName = "name=mesh://…", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Outputs = new("--output", "-o") { Description = "What it makes: kept as an artifact of the run. A kind may follow: model=out/model.onnx:model", HelpName = "name=path", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Requirements = new("--requirement", "-r") { Description = "A Python package, such as numpy==2.1; requirements.txt beside the code when absent.", Arity = ArgumentArity.ZeroOrMore, HelpName = "package" };
    private static readonly Option<string?> Command = new("--command") { Description = "What to run in the folder; found from its files when absent.", HelpName = "program arguments" };
    private static readonly Option<string?> Ref = new("--ref") { Description = "Git: a branch, a tag or a commit." };
    private static readonly Option<string?> Folder = new("--folder") { Description = "Git: the folder of the repository to run in." };
    private static readonly Option<string[]> Secrets = new("--secret") { Description = "A secret that the job gets.", Arity = ArgumentArity.ZeroOrMore, HelpName = "name" };
    private static readonly Option<int?> Attempts = new("--attempts") { Description = "Attempts before the job is failed." };
    private static readonly Option<int?> Timeout = new("--timeout") { Description = "Longest run of an attempt, in seconds." };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show its log, and return when it has ended: 4 if it ended badly. On unless --watch false.", DefaultValueFactory = _ => true };

    public static Command Create() => Verb.Of(
        "run", "Run a script, a folder, a notebook or a git repository as a job, and follow its log.",
        [Source, Params, Inputs, Outputs, Requirements, Command, Function, Named, Experiment, Secrets, JobCommands.SecretFiles, Attempts, Timeout, .. PolicyOptions.All, ProfileCommands.Profile, ProfileCommands.Image, Ref, Folder, GitOptions.Secret, GitOptions.KnownHosts, .. DistributedOptions.All, Watch], RunAsync);

    private static async Task<int> RunAsync(Context context)
    {
        var inputs = Options.ToPairs(context.Get(Inputs), "--input");
        var function = await DefineAsync(context);
        if (!context.Output.Json) context.Output.Note($"Function {function.Name} version {function.Version}.");
        var job = await context.Project.Jobs.SubmitAsync(
            new SubmitJob(
                function.Name, function.Version, Name: context.Get(Named), Experiment: context.Get(Experiment), Params: Options.ToPairs(context.Get(Params), "--param"),
                Secrets: context.Get(Secrets) is { Length: > 0 } secrets ? secrets : null)
            { Inputs = inputs, SecretFiles = context.Get(JobCommands.SecretFiles) is { Length: > 0 } files ? files : null, Profile = context.Get(ProfileCommands.Profile), Image = context.Get(ProfileCommands.Image) }, context.Ct);
        return await JobCommands.FinishAsync(context, job, context.Get(Watch));
    }

    private static async Task<FunctionInfo> DefineAsync(Context context)
    {
        var source = context.Get(Source);
        var command = context.Get(Command) is { } typed ? CommandText.Split(typed) : null;
        var definition = new DefineFunction(FunctionKind.Process, MaxAttempts: context.Get(Attempts), TimeoutSeconds: context.Get(Timeout))
        {
            Retry = PolicyOptions.Retry(context),
            Timeouts = PolicyOptions.Timeouts(context),
            Priority = PolicyOptions.Priority(context),
            Resources = PolicyOptions.Resources(context),
            Outputs = ReadOutputs(context.Get(Outputs)),
            Requirements = context.Get(Requirements) is { Length: > 0 } packages ? packages : null,
            Distributed = DistributedOptions.Read(context),
        };
        if (IsRepository(source))
        {
            var git = GitOptions.Open(context, new GitSource(source, context.Get(Ref), context.Get(Folder)));
            if (command is null) throw new UsageException("Give --command, such as --command \"python3 train.py\": the files of a repository are not looked at here.");
            return await context.Project.Functions.DefineAsync(context.Get(Function) ?? CodeSource.LabelOf(new Uri(source).AbsolutePath), definition with { Command = command, Git = git }, context.Ct);
        }

        if (context.Get(Ref) is not null || context.Get(Folder) is not null || GitOptions.AreGiven(context))
            throw new UsageException("--ref, --folder, --git-secret and --known-hosts go with the address of a git repository.");
        var code = CodeSource.Read(source, command);
        var name = context.Get(Function) ?? code.Name;
        definition = definition with { Command = code.Command };
        definition = code.Inline() is { } files ? definition with { Files = files } : definition with { Bundle = await UploadAsync(context, name, code) };
        return await context.Project.Functions.DefineAsync(name, definition, context.Ct);
    }

    private static async Task<CodeBundle> UploadAsync(Context context, string function, CodeSource code)
    {
        var key = $"functions/{function}/code";
        var made = new List<string>();
        try
        {
            var files = new List<(string, string)>(code.Parts.Count);
            foreach (var part in code.Parts)
            {
                var file = part.File;
                if (file is null)
                {
                    made.Add(file = Path.GetTempFileName());
                    await File.WriteAllTextAsync(file, part.Text, context.Ct);
                }

                files.Add((part.Path, file));
            }

            var upload = await context.Output.WorkingAsync("Uploading", _ => context.Project.Artifacts.UploadFilesAsync(key, files, new UploadSpec { FileName = function }, context.Ct));
            return new CodeBundle(key, upload.Version.Version);
        }
        finally
        {
            foreach (var file in made) File.Delete(file);
        }
    }

    private static IReadOnlyList<OutputSpec>? ReadOutputs(string[]? pairs)
    {
        if (Options.ToPairs(pairs, "--output") is not { } outputs) return null;
        return [.. outputs.Select(output =>
        {
            var at = output.Value.LastIndexOf(':');
            if (at < 0) return new OutputSpec(output.Key, output.Value);
            return Enum.TryParse<ArtifactKind>(output.Value[(at + 1)..], ignoreCase: true, out var kind)
                ? new OutputSpec(output.Key, output.Value[..at], kind)
                : throw new UsageException($"'{output.Value[(at + 1)..]}' is no kind of an artifact: one of {string.Join(", ", Enum.GetNames<ArtifactKind>()).ToLowerInvariant()}.");
        })];
    }

    private static bool IsRepository(string source) => source.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(source, UriKind.Absolute, out _);
}
