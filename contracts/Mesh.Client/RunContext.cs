using System.Globalization;
using System.Runtime.ExceptionServices;
using Mesh.Client.Artifacts;
using Mesh.Client.Tracking;
using Mesh.Client.Tracking.Spool;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Tracking;

namespace Mesh.Client;

/// <summary>
/// A run that this code is: logs to it while it works. Metrics go out in the background, within a second.
/// </summary>
/// <remarks>
/// A run that was started here is completed when it is disposed of, unless <see cref="FailAsync(string, CancellationToken)"/> was called. C# does not tell
/// a disposed object that an exception passes by: <see cref="RunAsync{T}"/> is the form that fails the run with the exception's message.
/// When the mesh is away for so long that the end cannot be told to it, that is thrown and nothing is lost yet: the end may be asked for again.
/// A run inside a job (<see cref="Current"/>) is ended by the exit code of the process, never by its context.
/// </remarks>
/// <example><code>
/// await using var run = await RunContext.StartAsync(mesh, "my first run");
/// await run.LogParamAsync("learning-rate", "0.1");
/// for (var step = 0; step &lt; 100; step++) run.LogMetric("loss", Train(), step);
/// </code></example>
public sealed class RunContext : IAsyncDisposable
{
    private readonly ProjectClient _project;
    private readonly MetricBuffer _metrics;
    private readonly MeshClientOptions _options;
    private readonly int? _attempt;
    private readonly bool _ends;
    private readonly SemaphoreSlim _ending = new(1, 1);
    private string? _experiment;
    private bool _ended;
    private bool _failed;

    private RunContext(ProjectClient project, Guid id, string? experiment, int? attempt, bool ends, MeshClientOptions options)
    {
        (_project, Id, _experiment, _attempt, _ends, _options) = (project, id, experiment, attempt, ends, options);
        var spool = options.SpoolFolder is null ? null : new MetricSpool(options, project.Name, id);
        _metrics = new MetricBuffer((batch, ct) => project.Runs.LogMetricsAsync(id, batch, ct), attempt, spool, options.Clock);
    }

    /// <summary>Id of the run.</summary>
    public Guid Id { get; }

    /// <summary>Creates a run and starts it.</summary>
    /// <param name="project">Project; the client's own when absent.</param>
    public static Task<RunContext> StartAsync(MeshClient client, string name, string? project = null, string? experiment = null, CancellationToken ct = default) =>
        StartAsync(client, new CreateRun(name, experiment, "script"), project, ct);

    /// <summary>Creates a run and starts it.</summary>
    /// <param name="project">Project; the client's own when absent.</param>
    public static async Task<RunContext> StartAsync(MeshClient client, CreateRun spec, string? project = null, CancellationToken ct = default)
    {
        var run = await StartAsync(client.Project(project), spec, client.Options, ct);
        client.BeginRecovery(run._project.Name);
        return run;
    }

    /// <summary>Runs <paramref name="work"/> as a run of its own: completed when it returns, failed with the exception's message when it throws.</summary>
    public static async Task<T> RunAsync<T>(MeshClient client, CreateRun spec, Func<RunContext, Task<T>> work, string? project = null, CancellationToken ct = default)
    {
        await using var run = await StartAsync(client, spec, project, ct);
        return await run.GuardAsync(work);
    }

    /// <summary>The run that this process is: the mesh started it as a job.</summary>
    /// <exception cref="InvalidOperationException">This process is no job.</exception>
    public static RunContext Current(MeshClient client)
    {
        var id = MeshEnvironment.RunId() ?? throw new InvalidOperationException("This process is no job of the mesh: MESH_RUN_ID is not set.");
        var run = new RunContext(client.Project(), id, null, MeshEnvironment.Attempt(), ends: false, client.Options);
        client.BeginRecovery(run._project.Name);
        return run;
    }

    /// <summary>Creates a child of this run, in the same experiment, and starts it.</summary>
    public async Task<RunContext> StartChildAsync(
        string name, IReadOnlyDictionary<string, string>? values = null, string kind = "trial", CancellationToken ct = default)
    {
        _experiment ??= (await _project.Runs.GetAsync(Id, ct: ct)).Experiment;
        return await StartAsync(_project, new CreateRun(name, _experiment, kind, Id, values is null ? null : new Dictionary<string, string>(values)), _options, ct);
    }

    /// <summary>Runs <paramref name="work"/> as a child of this run: completed when it returns, failed with the exception's message when it throws.</summary>
    public async Task<T> RunChildAsync<T>(
        string name, IReadOnlyDictionary<string, string>? values, Func<RunContext, Task<T>> work, string kind = "trial", CancellationToken ct = default)
    {
        await using var run = await StartChildAsync(name, values, kind, ct);
        return await run.GuardAsync(work);
    }

    /// <summary>Logs a param: once, for ever. Numbers are written the invariant way.</summary>
    public Task LogParamAsync(string name, object value, CancellationToken ct = default) =>
        LogParamsAsync(new Dictionary<string, string> { [name] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "" }, ct);

    /// <summary>Logs params, all or none.</summary>
    public Task LogParamsAsync(IReadOnlyDictionary<string, string> values, CancellationToken ct = default) =>
        _project.Runs.LogParamsAsync(Id, new LogParams(new Dictionary<string, string>(values), _attempt), ct);

    /// <summary>
    /// Logs a value of a metric. Returns at once; the value is sent within a second. What the mesh has not taken after two is written to the disk
    /// (<see cref="MeshClientOptions.SpoolFolder"/>) and sent from there, by this process or by a later one.
    /// </summary>
    /// <exception cref="ArgumentException">The name is not in form: the mesh would refuse the values sent along with it too.</exception>
    /// <exception cref="InvalidOperationException">
    /// The mesh has been away for so long that the values that wait fill their file (<see cref="MeshClientOptions.SpoolLimitBytes"/>) or, without one, put
    /// memory at risk.
    /// </exception>
    public void LogMetric(string name, double value, long step = 0)
    {
        if (!Names.IsKey(name))
            throw new ArgumentException($"'{name}' is no name of a metric: 1 to 250 of letters, digits, '_', '-', '.', '/', ' ' and ':', not '/' first, no '..'.", nameof(name));
        _metrics.Add(new MetricPoint(name, value, step, _options.Clock.GetUtcNow()));
    }

    /// <summary>Logs values of several metrics at a step.</summary>
    public void LogMetrics(IEnumerable<KeyValuePair<string, double>> values, long step = 0)
    {
        foreach (var (name, value) in values) LogMetric(name, value, step);
    }

    /// <summary>Sets a tag; an empty value removes it.</summary>
    public Task SetTagAsync(string name, string value, CancellationToken ct = default) =>
        _project.Runs.SetTagsAsync(Id, new SetTags(new Dictionary<string, string> { [name] = value }), ct);

    /// <summary>Uploads a file as an artifact of this run.</summary>
    public Task<ArtifactVersion> LogArtifactAsync(string key, string path, UploadSpec? spec = null, CancellationToken ct = default) =>
        _project.Artifacts.UploadFileAsync(key, path, (spec ?? new UploadSpec()) with { RunId = Id }, ct);

    /// <summary>Uploads bytes as an artifact of this run.</summary>
    public Task<ArtifactVersion> LogArtifactAsync(string key, ReadOnlyMemory<byte> content, UploadSpec? spec = null, CancellationToken ct = default) =>
        _project.Artifacts.UploadAsync(key, content, (spec ?? new UploadSpec()) with { RunId = Id }, ct);

    /// <summary>Uploads a model file as an artifact of this run (key <c>models/{model}</c>) and registers it as the next version of a model.</summary>
    /// <param name="framework"><c>mlnet</c> or <c>onnx</c> can be served.</param>
    public async Task<ModelVersion> LogModelAsync(
        string model, string path, string framework, ModelSignature signature, TrainingStatistics? statistics = null,
        Dictionary<string, double>? metrics = null, Dictionary<string, string>? tags = null, string? description = null, CancellationToken ct = default)
    {
        var artifact = await LogArtifactAsync($"models/{model}", path, new UploadSpec { Kind = ArtifactKind.Model }, ct);
        return await _project.Models.RegisterAsync(
            model, new RegisterModelVersion(artifact.Key, artifact.Version, framework, signature, statistics, Id, metrics, tags, description), ct);
    }

    /// <summary>Sends every metric that waits.</summary>
    /// <exception cref="MeshException">The mesh refused some; each refusal is reported once.</exception>
    public Task FlushAsync(CancellationToken ct = default) => _metrics.FlushAsync(ct);

    /// <summary>Ends the run well, now. Does nothing when it has ended here already.</summary>
    /// <exception cref="MeshException">
    /// The mesh refused metrics that were logged, and the run is completed without them; or it is away, the run goes on, and this may be called again.
    /// </exception>
    public async Task CompleteAsync(CancellationToken ct = default)
    {
        await _ending.WaitAsync(ct);
        try
        {
            if (_ended) return;
            MeshException? refusal = null;
            try
            {
                await _metrics.FlushAsync(ct);
            }
            catch (MeshException e) when (MetricBuffer.IsRefusal(e))
            {
                refusal = e;
            }

            await _project.Runs.CompleteAsync(Id, _attempt, ct);
            _ended = true;
            if (refusal is not null) ExceptionDispatchInfo.Throw(refusal);
        }
        finally
        {
            _ending.Release();
        }
    }

    /// <summary>Ends the run badly, now. Does nothing when it has ended here already.</summary>
    /// <exception cref="MeshException">The mesh is away, the run goes on, and this may be called again.</exception>
    public async Task FailAsync(string cause, CancellationToken ct = default)
    {
        await _ending.WaitAsync(ct);
        try
        {
            if (_ended) return;
            _failed = true;
            try
            {
                await _metrics.FlushAsync(ct);
            }
            catch (MeshException)
            {
                // The cause that is being reported matters more than a lost metric.
            }

            await _project.Runs.FailAsync(Id, cause.Length is 0 ? "The run failed and did not say why." : cause[..Math.Min(cause.Length, 5000)], _attempt, ct);
            _ended = true;
        }
        finally
        {
            _ending.Release();
        }
    }

    /// <summary>Ends the run badly with the message of an exception.</summary>
    public Task FailAsync(Exception exception, CancellationToken ct = default) => FailAsync(exception.Message, ct);

    /// <summary>Sends what waits and, for a run that was started here and has not ended, completes it.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_ends) await _metrics.FlushAsync(CancellationToken.None);
            // A run that failed is not completed only because the mesh was away when it was to be told.
            else if (!_failed) await CompleteAsync();
        }
        finally
        {
            await _metrics.DisposeAsync();
        }
    }

    private static async Task<RunContext> StartAsync(ProjectClient project, CreateRun spec, MeshClientOptions options, CancellationToken ct)
    {
        var info = await project.Runs.CreateAsync(spec, ct);
        await project.Runs.StartAsync(info.Id, new StartRun(1, $"{Environment.MachineName}/{Environment.ProcessId}"), ct);
        return new RunContext(project, info.Id, info.Experiment, 1, ends: true, options);
    }

    private async Task<T> GuardAsync<T>(Func<RunContext, Task<T>> work)
    {
        try
        {
            return await work(this);
        }
        catch (Exception e)
        {
            await TryFailAsync(e);
            throw;
        }
    }

    private async Task TryFailAsync(Exception cause)
    {
        try
        {
            await FailAsync(cause);
        }
        catch (MeshException)
        {
            // The mesh is away, perhaps for the very reason that is thrown: the caller learns of that one.
        }
    }
}
