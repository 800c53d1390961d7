using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mesh.Functions;

/// <summary>Settings of the functions service: section <c>Functions</c>, environment <c>Functions__…</c>. Checked at start.</summary>
public sealed class FunctionsOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Functions";

    /// <summary>Whether this process runs jobs, or only keeps the queue for others that do.</summary>
    public bool RunsJobs { get; set; } = true;

    /// <summary>Attempts that this worker runs at once, 1 to 1,000. Absent: the number of cores.</summary>
    [Range(1, 1000)] public int? Concurrency { get; set; }

    /// <summary>Cores that this worker gives to jobs which ask for some, 0.01 to 4,096. Absent: all of the machine.</summary>
    [Range(0.01, 4096)] public double? Cpus { get; set; }

    /// <summary>Memory that this worker gives to jobs which ask for some, 1 MiB to 64 TiB. Absent: all that the machine, or its container, has.</summary>
    [Range(1 << 20, 1L << 46)] public long? MemoryBytes { get; set; }

    /// <summary>Graphics processors that this worker gives to jobs which ask for some, 0 to 64. Absent: those that <c>nvidia-smi</c> lists.</summary>
    [Range(0, 64)] public int? Gpus { get; set; }

    /// <summary>Name of this worker, as attempts show it. Absent: the machine's name and the process's id.</summary>
    public string? WorkerName { get; set; }

    /// <summary>Path of <c>Mesh.Hub.dll</c>. Absent: beside the service, or beside its folder in the build output.</summary>
    public string? HubPath { get; set; }

    /// <summary>Seconds between two heartbeats, 0.1 to 60.</summary>
    [Range(0.1, 60)] public double HeartbeatSeconds { get; set; } = 2;

    /// <summary>Seconds that a lease lasts after a heartbeat, 0.5 to 600; several times <see cref="HeartbeatSeconds"/>.</summary>
    [Range(0.5, 600)] public double LeaseSeconds { get; set; } = 10;

    /// <summary>Seconds without a heartbeat after which a worker that cannot reach the database ends what it runs, 10 to 86,400.</summary>
    [Range(10, 86_400)] public double FenceSeconds { get; set; } = 300;

    /// <summary>
    /// Seconds for which jobs of the process executor run on without this service when that is stopped in order, until it is back and goes on with them; 0 to 86,400.
    /// 0: they are ended and handed back.
    /// </summary>
    [Range(0, 86_400)] public double KeepRunningSeconds { get; set; }

    /// <summary>Seconds after which the queue is looked at even though nothing was announced, 0.1 to 300.</summary>
    [Range(0.1, 300)] public double PollSeconds { get; set; } = 5;

    /// <summary>Seconds that a job waits for room before a worker that could hold it keeps its room free for it, 0 to 86,400.</summary>
    [Range(0, 86_400)] public double KeepRoomAfterSeconds { get; set; } = 60;

    /// <summary>Seconds between SIGTERM and SIGKILL, 0 to 300.</summary>
    [Range(0, 300)] public double GraceSeconds { get; set; } = 5;

    /// <summary>Seconds before the second attempt; doubled with each further one. 0 to 3,600.</summary>
    [Range(0, 3600)] public double BackOffSeconds { get; set; } = 2;

    /// <summary>Most seconds between two attempts, 0 to 86,400.</summary>
    [Range(0, 86_400)] public double MostBackOffSeconds { get; set; } = 300;

    /// <summary>Most bytes of output that are kept of one attempt, 1 KiB to 100 GiB.</summary>
    [Range(1024, 100L << 30)] public long MostOutputBytes { get; set; } = 256 << 20;

    /// <summary>Most bytes that an attempt may keep in its working folder, 1 MiB to 64 TiB; one that keeps more is ended by name. Absent: no limit but the disk.</summary>
    [Range(1 << 20, 1L << 46)] public long? MostFolderBytes { get; set; }

    /// <summary>Most processes and threads of an attempt at once, 16 to 4,000,000; one that has more is ended by name.</summary>
    [Range(16, 4_000_000)] public int MostProcesses { get; set; } = 4096;

    /// <summary>
    /// The group of cgroup v2 below which each attempt gets one of its own, such as <c>/sys/fs/cgroup/mesh</c>; <c>none</c> for none. Absent: the service's own group, if nothing but the service is in it and
    /// it may make groups there.
    /// </summary>
    public string? ControlGroup { get; set; }

    /// <summary>Seconds that the end of an attempt waits for its output to reach tracking, 0 to 3,600. Later output still goes there.</summary>
    [Range(0, 3600)] public double OutputWaitSeconds { get; set; } = 60;

    /// <summary>Seconds between two samples of what an attempt uses, which become metrics of its run; 0 to 3,600, 0 for none.</summary>
    [Range(0, 3600)] public double SampleSeconds { get; set; } = 10;

    /// <summary>Hours that the working folder of an attempt that did not end well is kept, 0 to 8,760.</summary>
    [Range(0, 8760)] public double KeepFolderHours { get; set; } = 24;

    /// <summary>Megabytes that a worker keeps of code and inputs that jobs needed, 16 to 10,000,000.</summary>
    [Range(16, 10_000_000)] public long CacheMegabytes { get; set; } = 20_480;

    /// <summary>Folders whose git repositories functions may name by <c>file</c> addresses; none unless said.</summary>
    public IReadOnlyList<string> GitRoots { get; set; } = [];

    /// <summary>Hosts of git repositories that may have addresses which are not of the open internet; <c>*</c> for all. None unless said.</summary>
    public IReadOnlyList<string> GitHosts { get; set; } = [];

    /// <summary>A file (PEM) with the certificates of authorities that hosts of git repositories are trusted by, instead of the machine's own.</summary>
    public string? GitCaFile { get; set; }

    /// <summary>A file in the form of <c>known_hosts</c>, beside those of the machine and of the service's user.</summary>
    public string? GitKnownHosts { get; set; }

    /// <summary>Seconds in which a git repository must say which commit a name means, 1 to 600.</summary>
    [Range(1, 600)] public double GitAnswerSeconds { get; set; } = 30;

    /// <summary>Seconds in which a commit of a git repository must be fetched, 1 to 86,400.</summary>
    [Range(1, 86_400)] public double GitFetchSeconds { get; set; } = 900;

    /// <summary>Megabytes that a git repository may take, as it is fetched and as its files are laid out; 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)] public long GitMegabytes { get; set; } = 2048;

    /// <summary>Folders in which hubs of projects may lie; none unless said.</summary>
    public IReadOnlyList<string> HubRoots { get; set; } = [];

    /// <summary>Seconds in which the source of a hub must be read and what is new be taken, 1 to 3,600.</summary>
    [Range(1, 3600)] public double HubSeconds { get; set; } = 300;

    /// <summary>The Python that environments of packages are made with; <c>python3</c> of the <c>PATH</c> when absent.</summary>
    public string? Python { get; set; }

    /// <summary>More arguments of pip, such as <c>--index-url</c>, <c>--no-index</c> or <c>--find-links</c> with their values.</summary>
    public IReadOnlyList<string> PipArguments { get; set; } = [];

    /// <summary>Seconds that an environment of packages may take to be built, 10 to 86,400.</summary>
    [Range(10, 86_400)] public double BuildSeconds { get; set; } = 1800;

    /// <summary>Environments of packages that a worker keeps, 1 to 1,000; those that were not used for the longest time go.</summary>
    [Range(1, 1000)] public int KeptEnvironments { get; set; } = 20;

    /// <summary>Names of further variables of the service's own environment that jobs inherit.</summary>
    public IReadOnlyList<string> PassEnvironment { get; set; } = [];

    /// <summary>
    /// User that jobs run as, <c>uid</c> or <c>uid:gid</c> in numbers, where the service may change to another one. Absent: the service's own, with all it can read.
    /// </summary>
    public string? JobUser { get; set; }

    /// <summary>Places where jobs run, by name, beside the built-in <c>process</c>.</summary>
    public Dictionary<string, Profiles.ProfileOptions> Profiles { get; set; } = [];

    /// <summary>The profile of jobs that name none; <c>process</c> when absent.</summary>
    public string? DefaultProfile { get; set; }

    internal Execution.JobUser? RunsAs => Execution.JobUser.Parse(JobUser);

    internal TimeSpan Heartbeat => TimeSpan.FromSeconds(HeartbeatSeconds);

    internal TimeSpan Lease => TimeSpan.FromSeconds(LeaseSeconds);

    internal TimeSpan Fence => TimeSpan.FromSeconds(FenceSeconds);

    internal TimeSpan KeepRunning => TimeSpan.FromSeconds(KeepRunningSeconds);

    internal TimeSpan Poll => TimeSpan.FromSeconds(PollSeconds);

    internal TimeSpan SampleEvery => TimeSpan.FromSeconds(SampleSeconds);

    internal TimeSpan Grace => TimeSpan.FromSeconds(GraceSeconds);

    internal TimeSpan OutputWait => TimeSpan.FromSeconds(OutputWaitSeconds);

    internal Execution.AttemptLimits LimitsOf(Jobs.Job job) => new(job.Policy?.Resources?.MemoryBytes, job.Policy?.Resources?.Cpus, MostProcesses);

    internal Jobs.BackOff DrawBackOff() =>
        new(TimeSpan.FromSeconds(BackOffSeconds), TimeSpan.FromSeconds(MostBackOffSeconds), Random.Shared.NextDouble());
}

[OptionsValidator]
internal sealed partial class FunctionsOptionsValidator : IValidateOptions<FunctionsOptions>;
