using Mesh.Functions.Definitions;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Execution;

/// <summary>One attempt as an executor gets it.</summary>
/// <param name="Project">The project.</param>
/// <param name="Job">The job, with what it runs.</param>
/// <param name="Number">Number of the attempt, from 1.</param>
/// <param name="Environment">The whole set of variables that Mesh and the user give it, secrets revealed.</param>
/// <param name="Folder">Where it works and where its output is kept.</param>
/// <param name="Output">Takes what it prints.</param>
internal sealed record AttemptExecution(
    string Project, Job Job, int Number, IReadOnlyDictionary<string, string> Environment, AttemptFolder Folder, AttemptOutput Output)
{
    /// <summary>Where it runs.</summary>
    public required Profile Profile { get; init; }

    /// <summary>What the function holds; null for a bare command.</summary>
    public FunctionContent? Content { get; init; }

    /// <summary>
    /// Says that the program itself begins now: the attempt becomes running, and its timeout counts until what comes back is disposed. For executors that
    /// do not stage here.
    /// </summary>
    /// <exception cref="OperationCanceledException">It may not go on.</exception>
    public Func<Task<IDisposable>>? BeginAsync { get; init; }

    /// <summary>The marks by which the attempt's processes are found again.</summary>
    public ProcessMark Mark => new(Job.Id, Number);

    /// <summary>Blots the values of its secrets, and of its own identity, out of what it prints.</summary>
    public SecretMask Mask() => new(Job.Secrets.Append(JobVariables.Token).Select(name => Environment.GetValueOrDefault(name, "")).Concat(SecretFiles.Values).Append(GitCredential ?? ""));

    /// <summary>The values of the secrets that it gets as files, by name.</summary>
    public IReadOnlyDictionary<string, string> SecretFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>For executors that do not stage here: what opens the repository of its code; null when nothing is needed.</summary>
    public string? GitCredential { get; init; }

    /// <summary>What a service that is gone has left of it; null for one that is to be begun.</summary>
    public LeftAttempt? Left { get; init; }

    /// <summary>Whether it was begun already, by a service that is gone: it is gone on with and not begun.</summary>
    public bool IsLeft => Left is not null;

    /// <summary>For executors that do not stage here: takes what goes with which place of the output.</summary>
    public OutputMarks? Marks { get; init; }

    /// <summary>Asked when it is stopped: whether it is to run on without this service, where that can be, instead of being ended.</summary>
    public Func<bool> IsToLeave { get; init; } = () => false;

    /// <summary>Asked when it is stopped: whether it is killed at once, with no time to end in order.</summary>
    public Func<bool> IsToKill { get; init; } = () => false;

    /// <summary>What it may use, where it runs here.</summary>
    public AttemptLimits Limits { get; init; } = new(null, null, 4096);

    /// <summary>The control group that it runs in; null where there are none.</summary>
    public AttemptGroup? Group { get; init; }

    /// <summary>Told of the process that has waited for all others, where there is one, before it ends itself: it can tell what they have used.</summary>
    public Action<int> HasWaited { get; init; } = _ => { };
}

/// <summary>An attempt that a service which is gone has begun.</summary>
/// <param name="Environment">The variables that it was given; empty when nothing of it runs any more.</param>
/// <param name="HasEnded">Whether its command has ended, and left its exit code.</param>
internal sealed record LeftAttempt(IReadOnlyDictionary<string, string> Environment, bool HasEnded)
{
    /// <summary>When its process began, where that is known here.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    /// <summary>The values of the secrets that it got as files; null where the files lie here.</summary>
    public IReadOnlyDictionary<string, string>? SecretFiles { get; init; }

    /// <summary>What opened the repository of its code, where that is not laid out here.</summary>
    public string? GitCredential { get; init; }

    /// <summary>What has come of its output to its run, where the output does not lie in a folder here; null where it does.</summary>
    public LeftOutput? Output { get; init; }
}

/// <summary>The output of an attempt that another machine has followed.</summary>
/// <param name="Shipped">What was noted last; null when nothing was sent.</param>
internal sealed record LeftOutput(ShippedOutput? Shipped);

/// <summary>How an execution ended by itself.</summary>
/// <param name="ExitCode">Null when it could not be started.</param>
/// <param name="Cause">Why it failed, in a sentence; null for exit code 0.</param>
internal sealed record ExecutionEnd(int? ExitCode, string? Cause)
{
    /// <summary>Why it failed, for programs: one of <see cref="CauseCode"/>; what follows from the exit code when null.</summary>
    public string? Code { get; init; }

    /// <summary>What it used, where the executor alone can tell.</summary>
    public (double CpuSeconds, long PeakMemoryBytes)? Usage { get; init; }

    /// <summary>Whether it ended well.</summary>
    public bool IsSuccess => ExitCode == 0;
}

/// <summary>Runs attempts in one way: as child processes here; other places to run are other implementations.</summary>
internal interface IExecutor
{
    /// <summary>Whether this executor runs anything in such a profile.</summary>
    bool Serves(Profile profile);

    /// <summary>Whether this executor runs such work there: one of several, by what the function holds.</summary>
    bool Runs(Profile profile, Job job, FunctionContent? content) => Serves(profile);

    /// <summary>
    /// Whether code, inputs and packages are laid out on this machine before it runs, and outputs kept from here. Otherwise it sees to that itself, and
    /// to <see cref="AttemptExecution.BeginAsync"/>.
    /// </summary>
    bool StagesHere { get; }

    /// <summary>Whether what it runs goes on when this service ends, so that another can go on with it.</summary>
    bool OutlivesService => false;

    /// <summary>Runs an attempt to its end. When <paramref name="stop"/> is cancelled, everything that it started is ended before this returns.</summary>
    /// <returns>How it ended; null when it was stopped.</returns>
    Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop);

    /// <summary>What is left of an attempt whose service is gone, if this executor, which runs such work, can go on with it.</summary>
    /// <exception cref="IOException">The place that it runs in cannot be asked now.</exception>
    Task<LeftAttempt?> FindLeftAsync(Profile profile, AttemptKey key, Job job, AttemptFolder folder, CancellationToken ct) => Task.FromResult<LeftAttempt?>(null);

    /// <summary>Ends what is left of earlier attempts of a job in a profile that it serves, before attempt <paramref name="next"/> begins.</summary>
    Task EndLeftoversAsync(Profile profile, string jobId, int next, CancellationToken ct);
}
