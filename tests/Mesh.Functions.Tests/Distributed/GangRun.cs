using Mesh.Contracts.Functions;
using Mesh.Functions.Catalogue;
using Mesh.Functions.Distributed;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Tests.Distributed;

/// <summary>Runs one distributed command through the executor, in a folder of its own.</summary>
internal sealed class GangRun : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mesh-gang-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly FunctionsOptions _options = new() { GraceSeconds = 1 };
    private readonly DistributedExecutor _executor;
    private readonly ControlGroups _groups;

    public GangRun(ControlGroups? groups = null)
    {
        _groups = groups ?? ControlGroups.None;
        var processes = new ProcessExecutor(new HubCatalogue(Options.Create(_options), NullLogger<HubCatalogue>.Instance), _groups, Options.Create(_options));
        _executor = new DistributedExecutor(processes, Options.Create(_options));
        Folder = new AttemptFolder(_data, "demo", JobId, 1, null);
    }

    public string JobId { get; } = Guid.CreateVersion7().ToString();

    public AttemptFolder Folder { get; }

    /// <summary>Its control group; null where there are none.</summary>
    public AttemptGroup? Group => _groups.Of(new ProcessMark(JobId, 1));

    /// <summary>What its group had used at its end.</summary>
    public GroupUsage? Used { get; private set; }

    public string Text => File.Exists(Folder.Log) ? File.ReadAllText(Folder.Log) : "";

    /// <summary>The lines of the log in the order of the alphabet: processes write in any order.</summary>
    public IReadOnlyList<string> Lines => [.. Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    /// <summary>Processes of the gang that live.</summary>
    public IReadOnlyList<int> Alive => new ProcessTree(new ProcessMark(JobId, 1), null).Find();

    public Task<ExecutionEnd?> ShellAsync(Distribution distributed, string script) => RunAsync(distributed, ["sh", "-c", script]);

    public async Task<ExecutionEnd?> RunAsync(Distribution distributed, IReadOnlyList<string> command, IReadOnlyList<CodeFile>? files = null, string? path = null)
    {
        var work = new JobWork("train", 1, null, null, command) { Distributed = distributed };
        var job = Job.Create(new JobEvent.Submitted(
            Guid.Parse(JobId), "job", "default", work, new Dictionary<string, string>(), [], 1, 60, 0, new Dictionary<string, string>(), "ada", DateTimeOffset.UnixEpoch));
        var environment = JobVariables.Compose(new JobContext("http://127.0.0.1:1", "token", "demo", null), job, 1, new Dictionary<string, string>(), new Dictionary<string, string>(), []);
        if (path is not null) environment["PATH"] = path;
        await Folder.PrepareAsync(files ?? [], CancellationToken.None);
        using var output = new AttemptOutput(Folder.Log, _options.MostOutputBytes);
        var group = Group;
        var end = await _executor.RunAsync(new AttemptExecution("demo", job, 1, environment, Folder, output) { Profile = DistributionCheckTests.Local, Group = group }, _stop.Token);
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
}
