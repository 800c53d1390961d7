using Mesh.Contracts.Functions;
using Mesh.Functions.Catalogue;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Tests.Execution;

/// <summary>Runs one command through the executor, in a folder of its own.</summary>
internal sealed class ExecutorRun : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mesh-exec-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly FunctionsOptions _options;
    private readonly ControlGroups _groups;

    public ExecutorRun(double graceSeconds = 1, long mostOutput = 64 << 20, string? user = null, ControlGroups? groups = null)
    {
        _groups = groups ?? ControlGroups.None;
        _options = new FunctionsOptions { GraceSeconds = graceSeconds, MostOutputBytes = mostOutput, JobUser = user };
        Executor = new ProcessExecutor(new HubCatalogue(Options.Create(_options), NullLogger<HubCatalogue>.Instance), _groups, Options.Create(_options));
        Folder = new AttemptFolder(_data, "demo", JobId, 1, _options.RunsAs);
    }

    /// <summary>The profile that it runs in.</summary>
    public static Profile Local { get; } = new(Profile.BuiltIn, ProfileExecutor.Process, 1, new ProfileOptions());

    /// <summary>The service's data folder.</summary>
    public string Data => _data;

    public string JobId { get; } = Guid.CreateVersion7().ToString();

    public ProcessExecutor Executor { get; }

    public AttemptFolder Folder { get; }

    /// <summary>What it may use.</summary>
    public AttemptLimits Limits { get; init; } = new(null, null, 4096);

    /// <summary>Its control group; null where there are none.</summary>
    public AttemptGroup? Group => _groups.Of(new ProcessMark(JobId, 1));

    /// <summary>What its group had used at its end.</summary>
    public GroupUsage? Used { get; private set; }

    public string Text => File.ReadAllText(Folder.Log);

    /// <summary>Marked processes that live.</summary>
    public IReadOnlyList<int> Alive => new ProcessTree(new ProcessMark(JobId, 1), null).Find();

    public Task<ExecutionEnd?> ShellAsync(string script) => RunAsync(["sh", "-c", script]);

    public async Task<ExecutionEnd?> RunAsync(
        IReadOnlyList<string> command, Dictionary<string, string>? secrets = null, Dictionary<string, string>? values = null, IReadOnlyList<CodeFile>? files = null,
        Dictionary<string, string>? declared = null)
    {
        var job = Job.Create(Submitted(command, secrets, values));
        var environment = JobVariables.Compose(new JobContext("http://127.0.0.1:1", "token", "demo", _options.RunsAs is null ? null : Folder.Work), job, 1, declared ?? [], secrets ?? [], []);
        await Folder.PrepareAsync(files ?? [], CancellationToken.None);
        using var output = new AttemptOutput(Folder.Log, _options.MostOutputBytes);
        var group = Group;
        var end = await Executor.RunAsync(new AttemptExecution("demo", job, 1, environment, Folder, output) { Profile = Local, Limits = Limits, Group = group }, _stop.Token);
        Used = group?.Last;
        return end;
    }

    public void Stop() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _groups.EndLeftoversAsync(new ProcessMark(JobId, 1), TimeSpan.Zero);
        _stop.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private JobEvent.Submitted Submitted(IReadOnlyList<string> command, Dictionary<string, string>? secrets, Dictionary<string, string>? values) => new(
        Guid.Parse(JobId), "job", "default", new JobWork(null, null, null, null, command), values ?? [], [.. (secrets ?? []).Keys], 1, 60, 0,
        new Dictionary<string, string>(), "ada", DateTimeOffset.UnixEpoch);
}
