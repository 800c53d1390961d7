using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tracking;

/// <summary>Runs: what was tried, with what, and how it went. To log from code, see <see cref="RunContext"/>.</summary>
public sealed class RunsClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;
    private readonly string _retention;
    private readonly string _metrics;

    internal RunsClient(MeshConnection connection, string project)
    {
        _connection = connection;
        _path = $"{project}/runs";
        _retention = $"{project}/retention";
        _metrics = $"{project}/metrics";
        Experiments = new ExperimentsClient(connection, project);
    }

    /// <summary>The experiments that group the runs.</summary>
    public ExperimentsClient Experiments { get; }

    /// <summary>Creates a run; it is pending until a worker starts it.</summary>
    public Task<RunInfo> CreateAsync(CreateRun body, CancellationToken ct = default) =>
        _connection.SendAsync<RunInfo>(HttpMethod.Post, _path, body, Sending.Creating, ct);

    /// <summary>One run; with <paramref name="asOf"/> as it was at that moment.</summary>
    public Task<RunInfo> GetAsync(Guid run, DateTimeOffset? asOf = null, CancellationToken ct = default) =>
        _connection.GetAsync<RunInfo>(Query.Add(Of(run), ("asOf", asOf)), ct);

    /// <summary>One run, or null if there is none of that id.</summary>
    public Task<RunInfo?> FindAsync(Guid run, CancellationToken ct = default) => _connection.FindAsync<RunInfo>(Of(run), ct);

    /// <summary>One run as it was at a version of its stream.</summary>
    public Task<RunInfo> GetAsOfVersionAsync(Guid run, long version, CancellationToken ct = default) =>
        _connection.GetAsync<RunInfo>(Query.Add(Of(run), ("asOf", version)), ct);

    /// <summary>Runs, newest first.</summary>
    public IAsyncEnumerable<RunInfo> ListAsync(RunFilter? filter = null, CancellationToken ct = default) =>
        _connection.ListAsync<RunInfo>(filter?.AddTo(_path) ?? _path, ct);

    /// <summary>2 to 500 runs side by side, with what differs marked.</summary>
    public Task<RunComparison> CompareAsync(CompareRuns body, CancellationToken ct = default) => AskAsync<RunComparison>("compare", body, ct);

    /// <summary>Values of at most 1,000 runs by column, for plots.</summary>
    public Task<RunTable> TableAsync(TabulateRuns body, CancellationToken ct = default) => AskAsync<RunTable>("table", body, ct);

    /// <summary>Metrics over groups of runs, such as the seeds of one configuration.</summary>
    public Task<RunGroups> GroupAsync(GroupRuns body, CancellationToken ct = default) => AskAsync<RunGroups>("group", body, ct);

    /// <summary>Which params go with a metric, the strongest first.</summary>
    public Task<RunCorrelations> CorrelateAsync(CorrelateRuns body, CancellationToken ct = default) => AskAsync<RunCorrelations>("correlate", body, ct);

    /// <summary>The last points of each metric of a run, at most 100 of each.</summary>
    public Task<RunSparklines> SparklinesAsync(Guid run, int points = 40, CancellationToken ct = default) =>
        _connection.GetAsync<RunSparklines>(Query.Add($"{Of(run)}/sparklines", ("points", points)), ct);

    /// <summary>What is known of each metric of a run without its history.</summary>
    public Task<IReadOnlyDictionary<string, MetricSummary>> MetricsAsync(Guid run, CancellationToken ct = default) =>
        _connection.GetAsync<IReadOnlyDictionary<string, MetricSummary>>($"{Of(run)}/metrics", ct);

    /// <summary>Everything that happened to a run, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(Guid run, CancellationToken ct = default) =>
        _connection.ListAsync<HistoryEntry>($"{Of(run)}/history", ct);

    /// <summary>Takes a run; a higher attempt takes it from the one before.</summary>
    public Task<RunInfo> StartAsync(Guid run, StartRun body, CancellationToken ct = default) => PostAsync(run, "start", body, ct);

    /// <summary>Says that a run ended well.</summary>
    public Task<RunInfo> CompleteAsync(Guid run, int? attempt = null, CancellationToken ct = default) => PostAsync(run, "complete", new CompleteRun(attempt), ct);

    /// <summary>Says that a run ended badly, and why.</summary>
    public Task<RunInfo> FailAsync(Guid run, string cause, int? attempt = null, CancellationToken ct = default) =>
        PostAsync(run, "fail", new FailRun(cause, attempt), ct);

    /// <summary>Asks for the end of a run.</summary>
    public Task<RunInfo> AbortAsync(Guid run, string? reason = null, CancellationToken ct = default) => PostAsync(run, "abort", new AbortRun(reason), ct);

    /// <summary>Says that a run was ended as asked.</summary>
    public Task<RunInfo> ConfirmAbortAsync(Guid run, string? reason = null, int? attempt = null, CancellationToken ct = default) =>
        PostAsync(run, "aborted", new AbortRun(reason, attempt), ct);

    /// <summary>Logs params, each of them once and for ever.</summary>
    public Task<RunInfo> LogParamsAsync(Guid run, LogParams body, CancellationToken ct = default) => PostAsync(run, "params", body, ct);

    /// <summary>Sets tags; an empty value removes one.</summary>
    public Task<RunInfo> SetTagsAsync(Guid run, SetTags body, CancellationToken ct = default) => PostAsync(run, "tags", body, ct);

    /// <summary>Says where the code of a run came from and what it runs on; what is null stays as it was.</summary>
    public Task<RunInfo> DescribeContextAsync(Guid run, DescribeRunContext body, CancellationToken ct = default) => PostAsync(run, "context", body, ct);

    /// <summary>Logs points, all or none. Without a batch id one is made, so that a repeated request counts once.</summary>
    public Task LogMetricsAsync(Guid run, LogMetrics body, CancellationToken ct = default) =>
        _connection.SendAsync(
            HttpMethod.Post, $"{Of(run)}/metrics", body.BatchId is null ? body with { BatchId = Guid.CreateVersion7() } : body, Sending.Idempotent, ct);

    /// <summary>Every value of a metric, in the order of its steps.</summary>
    public IAsyncEnumerable<MetricPoint> MetricAsync(Guid run, string metric, CancellationToken ct = default) =>
        _connection.ListAsync<MetricPoint>($"{Of(run)}/metrics/{Query.Segment(metric)}", ct);

    /// <summary>A metric with at most as many points as a chart can show; its outline if it has more.</summary>
    public Task<MetricChart> ChartAsync(Guid run, string metric, int points = 1_000, ChartAxis x = ChartAxis.Step, CancellationToken ct = default) =>
        _connection.GetAsync<MetricChart>(Query.Add($"{Of(run)}/metrics/{Query.Segment(metric)}", ("points", points), ("x", x)), ct);

    /// <summary>Metrics of several runs as charts, all of the runs' where none is named.</summary>
    public Task<MetricCharts> ChartsAsync(
        IEnumerable<Guid> runs, IEnumerable<string>? metrics = null, int points = 1_000, ChartAxis x = ChartAxis.Step, CancellationToken ct = default) =>
        _connection.GetAsync<MetricCharts>(
            Query.Add(_metrics, [.. runs.Select(run => ("run", (object?)run)), .. (metrics ?? []).Select(name => ("name", (object?)name)), ("points", points), ("x", x)]), ct);

    /// <summary>The points of a run that are new from now on, as they come, until the run has ended; a lost connection is made again where it broke.</summary>
    /// <param name="metrics">Those to follow; all when absent.</param>
    public async IAsyncEnumerable<MetricPoint> FollowMetricsAsync(Guid run, IReadOnlyList<string>? metrics = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var path = Query.Add($"{Of(run)}/metrics/stream", [.. (metrics ?? []).Select(name => ("name", (object?)name))]);
        await foreach (var item in new EventStream(_connection, _ => path).ReadAsync(null, ct))
        {
            if (item.EventType == "end") yield break;
            if (item.EventType != "points" || JsonSerializer.Deserialize<MetricPoints>(item.Data, MeshJson.Tolerant) is not { } came) continue;
            foreach (var point in came.Points) yield return point;
        }
    }

    /// <summary>Takes a run that is not at work out of sight.</summary>
    public Task DeleteAsync(Guid run, CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, Of(run), null, Sending.Idempotent, ct);

    /// <summary>Brings a deleted run back.</summary>
    public Task<RunInfo> RestoreAsync(Guid run, CancellationToken ct = default) => PostAsync(run, "restore", new object(), ct);

    /// <summary>Ends deleted runs for good, with all that is kept of them; a dry run only counts them.</summary>
    public Task<PurgedRuns> PurgeAsync(PurgeRuns body, bool dryRun = false, CancellationToken ct = default) =>
        _connection.SendAsync<PurgedRuns>(HttpMethod.Post, Query.Add($"{_path}/purge", ("dryRun", dryRun ? true : null)), body, Sending.Idempotent, ct);

    /// <summary>How long the project keeps its deleted runs.</summary>
    public Task<RetentionInfo> RetentionAsync(CancellationToken ct = default) => _connection.GetAsync<RetentionInfo>(_retention, ct);

    /// <summary>Sets how long the project keeps its deleted runs.</summary>
    public Task<RetentionInfo> SetRetentionAsync(SetRetention body, CancellationToken ct = default) =>
        _connection.SendAsync<RetentionInfo>(HttpMethod.Put, _retention, body, Sending.Idempotent, ct);

    /// <summary>Appends text to a run's log at a byte offset; the offset makes a repeated chunk harmless.</summary>
    public async Task AppendLogAsync(Guid run, string text, long offset, int attempt = 1, CancellationToken ct = default)
    {
        HttpRequestMessage Request()
        {
            var message = new HttpRequestMessage(HttpMethod.Post, _connection.Address($"{Of(run)}/logs")) { Content = new StringContent(text, Encoding.UTF8, "text/plain") };
            message.Headers.Add("Mesh-Attempt", attempt.ToString(CultureInfo.InvariantCulture));
            message.Headers.Add("Mesh-Log-Offset", offset.ToString(CultureInfo.InvariantCulture));
            return message;
        }

        using var response = await _connection.OpenAsync(Request, Sending.Idempotent, ct);
    }

    /// <summary>A piece of a run's log from a byte offset.</summary>
    public Task<LogChunk> LogAsync(Guid run, long offset = 0, CancellationToken ct = default) =>
        _connection.GetAsync<LogChunk>(Query.Add($"{Of(run)}/logs", ("offset", offset)), ct);

    /// <summary>Where a text stands in a run's log, from its beginning on: as it is given, or as a regular expression without backreferences and lookarounds.</summary>
    public IAsyncEnumerable<LogMatch> SearchLogAsync(Guid run, string query, bool regex = false, bool ignoreCase = false, CancellationToken ct = default) =>
        _connection.ListAsync<LogMatch>(
            Query.Add($"{Of(run)}/logs/search", ("query", query), ("regex", regex ? true : null), ("ignoreCase", ignoreCase ? true : null)), ct);

    /// <summary>A run's log as it grows, from a byte offset until the run has ended; a lost connection is made again where it broke.</summary>
    public async IAsyncEnumerable<LogChunk> FollowLogAsync(Guid run, long offset = 0, [EnumeratorCancellation] CancellationToken ct = default)
    {
        // A resumed connection says where it is by Last-Event-ID alone.
        var stream = new EventStream(_connection, last => Query.Add($"{Of(run)}/logs", ("offset", last is null ? offset : null), ("follow", true)));
        await foreach (var item in stream.ReadAsync(null, ct))
        {
            if (item.EventType == "end") yield break;
            if (item.EventType == "log" && JsonSerializer.Deserialize<LogChunk>(item.Data, MeshJson.Tolerant) is { } chunk) yield return chunk;
        }
    }

    // Posted because they are long; they only read.
    private Task<T> AskAsync<T>(string question, object body, CancellationToken ct) =>
        _connection.SendAsync<T>(HttpMethod.Post, $"{_path}/{question}", body, Sending.Idempotent, ct);

    // A run's state machine makes every one of these harmless when repeated.
    private Task<RunInfo> PostAsync(Guid run, string verb, object body, CancellationToken ct) =>
        _connection.SendAsync<RunInfo>(HttpMethod.Post, $"{Of(run)}/{verb}", body, Sending.Idempotent, ct);

    private string Of(Guid run) => $"{_path}/{run}";
}

/// <summary>Experiments.</summary>
public sealed class ExperimentsClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;

    internal ExperimentsClient(MeshConnection connection, string project) => (_connection, _path) = (connection, $"{project}/experiments");

    /// <summary>All experiments of the project that are in sight, by name.</summary>
    public IAsyncEnumerable<ExperimentInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<ExperimentInfo>(_path, ct);

    /// <summary>The experiment of that name that is in sight, or null.</summary>
    public async Task<ExperimentInfo?> FindAsync(string name, CancellationToken ct = default)
    {
        await foreach (var found in _connection.ListAsync<ExperimentInfo>(Query.Add(_path, ("name", name)), ct)) return found;
        return null;
    }

    /// <summary>The experiments of the project that are out of sight, by name.</summary>
    public IAsyncEnumerable<ExperimentInfo> ListDeletedAsync(CancellationToken ct = default) =>
        _connection.ListAsync<ExperimentInfo>(Query.Add(_path, ("deleted", true)), ct);

    /// <summary>The experiment of that name that is out of sight, or null.</summary>
    public async Task<ExperimentInfo?> FindDeletedAsync(string name, CancellationToken ct = default)
    {
        await foreach (var found in _connection.ListAsync<ExperimentInfo>(Query.Add(_path, ("name", name), ("deleted", true)), ct)) return found;
        return null;
    }

    /// <summary>An experiment, deleted or not.</summary>
    public Task<ExperimentInfo> GetAsync(long id, CancellationToken ct = default) => _connection.GetAsync<ExperimentInfo>(Of(id), ct);

    /// <summary>
    /// The rows of an experiment's table that change from now on, as they come and as they are then, until the experiment is deleted; a lost connection is made
    /// again where it broke, so that no change is missed. A row may come again as it was.
    /// </summary>
    /// <param name="rows">How many of the newest rows come first: 0 to 500.</param>
    public async IAsyncEnumerable<RunRows> FollowAsync(long id, int rows = 0, [EnumeratorCancellation] CancellationToken ct = default)
    {
        // A resumed connection says where it is by Last-Event-ID alone.
        var stream = new EventStream(_connection, last => Query.Add($"{Of(id)}/stream", ("rows", last is null && rows != 0 ? rows : null)));
        await foreach (var item in stream.ReadAsync(null, ct))
        {
            if (item.EventType == "end") yield break;
            if (item.EventType == "runs" && JsonSerializer.Deserialize<RunRows>(item.Data, MeshJson.Tolerant) is { } came) yield return came;
        }
    }

    /// <summary>Creates an experiment. A run that names a new one creates it as well.</summary>
    public Task<ExperimentInfo> CreateAsync(CreateExperiment experiment, CancellationToken ct = default) =>
        _connection.SendAsync<ExperimentInfo>(HttpMethod.Post, _path, experiment, Sending.Once, ct);

    /// <summary>Gives it another name; its runs follow.</summary>
    public Task<ExperimentInfo> RenameAsync(long id, string name, CancellationToken ct = default) => UpdateAsync(id, new UpdateExperiment(name), ct);

    /// <summary>Changes its name or tags.</summary>
    public Task<ExperimentInfo> UpdateAsync(long id, UpdateExperiment change, CancellationToken ct = default) =>
        _connection.SendAsync<ExperimentInfo>(HttpMethod.Patch, Of(id), change, Sending.Idempotent, ct);

    /// <summary>Takes it and its runs out of sight.</summary>
    public Task DeleteAsync(long id, CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, Of(id), null, Sending.Idempotent, ct);

    /// <summary>Brings it and the runs that went with it back.</summary>
    public Task<ExperimentInfo> RestoreAsync(long id, CancellationToken ct = default) =>
        _connection.SendAsync<ExperimentInfo>(HttpMethod.Post, $"{Of(id)}/restore", null, Sending.Idempotent, ct);

    private string Of(long id) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_path}/{id}");
}
