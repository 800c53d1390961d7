namespace Mesh.Contracts.Functions;

/// <summary>How a function runs.</summary>
public enum FunctionKind
{
    /// <summary>Any command as a child process: a Python script, a shell script, an executable.</summary>
    Process,

    /// <summary>A built-in of the hub.</summary>
    Hub,
}

/// <summary>A file that is laid into the working folder of a job.</summary>
public sealed record CodeFile(string Path, string Content);

/// <summary><c>PUT /api/v1/projects/{project}/functions/{function}</c>: the same content is the same version.</summary>
/// <param name="Kind">How it runs.</param>
/// <param name="Command">Process: program and arguments, such as <c>["python3", "train.py"]</c>.</param>
/// <param name="Item">Hub: name of the item, such as <c>auto-trainer</c>.</param>
/// <param name="Files">Files laid into the working folder; at most 100, 1 MiB together.</param>
/// <param name="Params">Defaults of the params.</param>
/// <param name="Environment">Environment variables.</param>
/// <param name="Secrets">Names of the project's secrets that jobs get as environment variables of the same name.</param>
/// <param name="MaxAttempts">Attempts before a job is failed; 1 when absent.</param>
/// <param name="TimeoutSeconds">Longest run of one attempt; an hour when absent.</param>
public sealed record DefineFunction(
    FunctionKind Kind, IReadOnlyList<string>? Command = null, string? Item = null, IReadOnlyList<CodeFile>? Files = null,
    Dictionary<string, string>? Params = null, Dictionary<string, string>? Environment = null, IReadOnlyList<string>? Secrets = null,
    int? MaxAttempts = null, int? TimeoutSeconds = null, string? Description = null) : IChecked
{
    /// <summary>Code that lies in the artifacts of the project, laid into the working folder before <see cref="Files"/>.</summary>
    public CodeBundle? Bundle { get; init; }

    /// <summary>Code that lies in a git repository, pinned to a commit when the function is defined.</summary>
    public GitSource? Git { get; init; }

    /// <summary>Params with types: a job with others, or with values that do not fit, is refused.</summary>
    public IReadOnlyList<ParamSpec>? ParamSpecs { get; init; }

    /// <summary>What its jobs read.</summary>
    public IReadOnlyList<InputSpec>? Inputs { get; init; }

    /// <summary>What its jobs make.</summary>
    public IReadOnlyList<OutputSpec>? Outputs { get; init; }

    /// <summary>Python packages, as lines of a <c>requirements.txt</c>; a file of that name beside the code counts when these are absent.</summary>
    public IReadOnlyList<string>? Requirements { get; init; }

    /// <summary>Its jobs are several processes that work together.</summary>
    public Distribution? Distributed { get; init; }

    /// <summary>When another attempt of a job follows, unless the job says so itself.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>How long the states of an attempt may take, unless the job says so itself.</summary>
    public StateTimeouts? Timeouts { get; init; }

    /// <summary>What each attempt needs, unless the job says so itself.</summary>
    public JobResources? Resources { get; init; }

    /// <summary>Priority of jobs that give none, -100 to 100.</summary>
    public int? Priority { get; init; }

    /// <summary>Names of the project's secrets that jobs get as files: <c>{NAME}_FILE</c> is where each lies.</summary>
    public IReadOnlyList<string>? SecretFiles { get; init; }

    /// <summary>Where its jobs run that say nothing else; the default profile when absent.</summary>
    public string? Profile { get; init; }

    /// <summary>On a cluster: the image that its jobs run in; the profile's when absent.</summary>
    public string? Image { get; init; }

    /// <summary>Its jobs are Spark applications, on a cluster; there is no command then.</summary>
    public SparkSpec? Spark { get; init; }

    public void Check(Faults faults)
    {
        ProfileChecks.Common(faults, Profile, Image);
        JobChecks.SecretNames(faults, SecretFiles, "secretFiles");
        JobChecks.Policy(faults, Retry, MaxAttempts, Timeouts, TimeoutSeconds, Priority, Resources);
        faults.Require(
            Resources is null || Distributed?.Roles is not { } roles || roles.All(role => role?.Resources is null), "resources", "must be absent where the roles of 'distributed' say what each replica needs.");
        CodeChecks.Common(faults, this);
        Distributed?.Check(faults, "distributed");
        faults.Require(Kind == FunctionKind.Process || Distributed is null, "distributed", "must be absent for a function of kind hub.");
        CheckSpark(faults);
        if (Kind == FunctionKind.Hub) faults.Name(Item, "item");
        else if (Spark is null) JobChecks.Command(faults, Command);
        faults.Require(Kind == FunctionKind.Process || Command is null, "command", "must be absent for a function of kind hub.");
        faults.Require(Kind == FunctionKind.Hub || Item is null, "item", "must be absent for a function of kind process.");
        faults.Count(Files?.Count ?? 0, "files", 100);
        faults.Require((Files?.Sum(f => (long)(f?.Content.Length ?? 0)) ?? 0) <= 1 << 20, "files", "must hold at most 1 MiB together.");
        for (var i = 0; i < (Files?.Count ?? 0); i++)
        {
            if (Files![i] is not { Path: var path } file)
            {
                faults.Add($"files[{i}]", "must be a file, not null.");
                continue;
            }

            faults.Text(file.Content, $"files[{i}].content", 1 << 20);
            faults.Require(Names.IsKey(path) && !path.Contains(':', StringComparison.Ordinal), $"files[{i}].path", "must be a relative path without '..'.");
        }

        JobChecks.Common(faults, Params, Environment, Secrets, MaxAttempts, TimeoutSeconds);
        faults.Text(Description, "description", 5000);
    }

    private void CheckSpark(Faults faults)
    {
        if (Spark is null) return;
        Spark.Check(faults, "spark");
        faults.Require(Kind == FunctionKind.Process, "spark", "must be absent for a function of kind hub.");
        faults.Require(Distributed is null, "spark", "must be absent for a distributed function: Spark starts its own executors.");
        faults.Require(Command is null, "command", "must be absent with 'spark': give spark.mainFile and spark.arguments.");
        faults.Require(Outputs is not { Count: > 0 }, "outputs", "must be absent with 'spark': the driver's pod keeps none. Write them from the application.");
        if (faults.Items.Any(fault => fault.Field == "spark.mainFile") || !Spark.IsOwnCode) return;
        faults.Require(
            Bundle is not null || Git is not null || Files?.Any(file => file?.Path == Spark.MainFile) == true, "spark.mainFile", "must be one of 'files', or code of 'bundle' or 'git'.");
    }
}

/// <summary>A file of a version of a function.</summary>
/// <param name="Size">Bytes of its content as UTF-8.</param>
/// <param name="Content">Absent in lists.</param>
public sealed record FunctionFile(string Path, long Size, string? Content = null);

/// <summary>A version of a function. <paramref name="Hash"/> is the SHA-256 of its content.</summary>
public sealed record FunctionInfo(
    string Name, int Version, string Hash, FunctionKind Kind, IReadOnlyList<string>? Command, string? Item, IReadOnlyList<FunctionFile> Files,
    IReadOnlyDictionary<string, string> Params, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<string> Secrets,
    int MaxAttempts, int TimeoutSeconds, string? Description, string CreatedBy, DateTimeOffset CreatedAt)
{
    /// <summary>Code in the artifacts of the project.</summary>
    public CodeBundle? Bundle { get; init; }

    /// <summary>Code in a git repository, with the commit.</summary>
    public GitSource? Git { get; init; }

    /// <summary>Params with types.</summary>
    public IReadOnlyList<ParamSpec>? ParamSpecs { get; init; }

    /// <summary>What its jobs read.</summary>
    public IReadOnlyList<InputSpec>? Inputs { get; init; }

    /// <summary>What its jobs make.</summary>
    public IReadOnlyList<OutputSpec>? Outputs { get; init; }

    /// <summary>Python packages.</summary>
    public IReadOnlyList<string>? Requirements { get; init; }

    /// <summary>Which item of a hub it was made of.</summary>
    public HubOrigin? Origin { get; init; }

    /// <summary>How its processes work together, where they are several.</summary>
    public Distribution? Distributed { get; init; }

    /// <summary>When another attempt follows.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>How long the states of an attempt may take.</summary>
    public StateTimeouts? Timeouts { get; init; }

    /// <summary>What each attempt needs.</summary>
    public JobResources? Resources { get; init; }

    /// <summary>Priority of its jobs.</summary>
    public int? Priority { get; init; }

    /// <summary>Names of secrets that jobs get as files.</summary>
    public IReadOnlyList<string>? SecretFiles { get; init; }

    /// <summary>Where its jobs run.</summary>
    public string? Profile { get; init; }

    /// <summary>The image that they run in on a cluster.</summary>
    public string? Image { get; init; }

    /// <summary>The Spark application that its jobs are.</summary>
    public SparkSpec? Spark { get; init; }

    /// <summary>Tags of the function, each with its version; absent in lists.</summary>
    public IReadOnlyDictionary<string, int>? Tags { get; init; }
}

internal static class JobChecks
{
    private const int LongestArgument = 32_768;

    public static void Command(Faults faults, IReadOnlyList<string>? command, string field = "command")
    {
        faults.Require(command is { Count: >= 1 and <= 100 }, field, "must hold the program and at most 99 arguments.");
        for (var i = 0; i < (command?.Count ?? 0); i++) faults.Value(command![i], $"{field}[{i}]", LongestArgument);
    }

    public static void Common(
        Faults faults, Dictionary<string, string>? values, Dictionary<string, string>? environment, IReadOnlyList<string>? secrets,
        int? maxAttempts, int? timeoutSeconds)
    {
        faults.Count(values?.Count ?? 0, "params", 500);
        foreach (var (key, value) in values ?? [])
        {
            faults.Key(key, $"params.{key}");
            faults.Value(value, $"params.{key}", 6000);
        }

        faults.Count(environment?.Count ?? 0, "environment", 100);
        foreach (var (key, value) in environment ?? [])
        {
            faults.Require(IsVariable(key), $"environment.{key}", "must be a name of letters, digits and '_', not beginning with a digit nor with MESH_.");
            faults.Value(value, $"environment.{key}", 32_768);
        }

        SecretNames(faults, secrets, "secrets");
        faults.Require(maxAttempts is null or (>= 1 and <= 20), "maxAttempts", "must be 1 to 20.");
        faults.Require(timeoutSeconds is null or (>= 1 and <= 604_800), "timeoutSeconds", "must be 1 to 604,800 (a week).");
    }

    /// <summary>Checks what is said of attempts.</summary>
    public static void Policy(Faults faults, RetryPolicy? retry, int? maxAttempts, StateTimeouts? timeouts, int? timeoutSeconds, int? priority, JobResources? resources)
    {
        RetryPolicy.Check(faults, retry);
        faults.Require(retry?.MaxAttempts is null || maxAttempts is null, "retry.maxAttempts", "is the same as 'maxAttempts': give one of them.");
        StateTimeouts.Check(faults, timeouts, timeoutSeconds);
        faults.Require(priority is null or (>= -100 and <= 100), "priority", "must be -100 to 100.");
        JobResources.Check(faults, resources);
    }

    /// <summary>Checks the names of secrets.</summary>
    public static void SecretNames(Faults faults, IReadOnlyList<string>? names, string field)
    {
        faults.Count(names?.Count ?? 0, field, 50);
        for (var i = 0; i < (names?.Count ?? 0); i++)
            faults.Require(IsVariable(names![i]), $"{field}[{i}]", "must be a name of letters, digits and '_', not beginning with a digit nor with MESH_.");
    }

    private static bool IsVariable(string? name) =>
        name is { Length: > 0 and <= 128 } && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && !name.StartsWith("MESH_", StringComparison.OrdinalIgnoreCase);
}
