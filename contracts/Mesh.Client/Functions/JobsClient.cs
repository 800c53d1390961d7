using System.Runtime.CompilerServices;
using Mesh.Client.Connection;
using Mesh.Client.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Functions;

/// <summary>What to list of a project's jobs. What is null does not filter; all that is given must hold.</summary>
public sealed record JobFilter
{
    /// <summary>Only in this status.</summary>
    public JobStatus? Status { get; init; }

    /// <summary>Only of this function.</summary>
    public string? Function { get; init; }

    /// <summary>Only of this hub item.</summary>
    public string? Item { get; init; }

    /// <summary>Only of this experiment.</summary>
    public string? Experiment { get; init; }

    /// <summary>Jobs per request.</summary>
    public int? PageSize { get; init; }
}

/// <summary>Jobs. A job's run in tracking has the same id.</summary>
public sealed class JobsClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;
    private readonly RunsClient _runs;

    internal JobsClient(MeshConnection connection, string project, RunsClient runs) => (_connection, _path, _runs) = (connection, $"{project}/jobs", runs);

    /// <summary>Queues a job.</summary>
    public Task<JobInfo> SubmitAsync(SubmitJob body, CancellationToken ct = default) =>
        _connection.SendAsync<JobInfo>(HttpMethod.Post, _path, body, Sending.Creating, ct);

    /// <summary>One job.</summary>
    public Task<JobInfo> GetAsync(Guid job, CancellationToken ct = default) => _connection.GetAsync<JobInfo>($"{_path}/{job}", ct);

    /// <summary>Jobs, newest first.</summary>
    public IAsyncEnumerable<JobInfo> ListAsync(JobStatus? status = null, int? pageSize = null, CancellationToken ct = default) =>
        ListAsync(new JobFilter { Status = status, PageSize = pageSize }, ct);

    /// <summary>Jobs that a filter lets through, newest first.</summary>
    public IAsyncEnumerable<JobInfo> ListAsync(JobFilter filter, CancellationToken ct = default) => _connection.ListAsync<JobInfo>(
        Query.Add(_path, ("status", filter.Status), ("function", filter.Function), ("item", filter.Item), ("experiment", filter.Experiment), ("limit", filter.PageSize)), ct);

    /// <summary>What happened to a job, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(Guid job, CancellationToken ct = default) =>
        _connection.ListAsync<HistoryEntry>($"{_path}/{job}/history", ct);

    /// <summary>Attempts of a job, oldest first, the one that waits included.</summary>
    public IAsyncEnumerable<AttemptInfo> AttemptsAsync(Guid job, CancellationToken ct = default) => _connection.ListAsync<AttemptInfo>($"{_path}/{job}/attempts", ct);

    /// <summary>One attempt of a job, from 1.</summary>
    public Task<AttemptInfo> AttemptAsync(Guid job, int number, CancellationToken ct = default) => _connection.GetAsync<AttemptInfo>($"{_path}/{job}/attempts/{number}", ct);

    /// <summary>How many jobs of the project may run at once, and how many run and wait.</summary>
    public Task<JobLimitsInfo> LimitsAsync(CancellationToken ct = default) => _connection.GetAsync<JobLimitsInfo>($"{_path}/limits", ct);

    /// <summary>Sets how many jobs of the project may run at once; null for as many as there is room for. For admins.</summary>
    public Task<JobLimitsInfo> SetLimitsAsync(int? maxRunning, CancellationToken ct = default) =>
        _connection.SendAsync<JobLimitsInfo>(HttpMethod.Put, $"{_path}/limits", new SetJobLimits(maxRunning), Sending.Idempotent, ct);

    /// <summary>Asks for the end of a job and of every process it started.</summary>
    public Task<JobInfo> AbortAsync(Guid job, string? reason = null, CancellationToken ct = default) =>
        _connection.SendAsync<JobInfo>(HttpMethod.Post, $"{_path}/{job}/abort", new AbortJob(reason), Sending.Idempotent, ct);

    /// <summary>What a job writes, as it writes it, until it has ended. The run that holds the log appears a moment after the job: it is waited for.</summary>
    public async IAsyncEnumerable<LogChunk> FollowLogAsync(Guid job, [EnumeratorCancellation] CancellationToken ct = default)
    {
        while (await _runs.FindAsync(job, ct) is null)
        {
            // A job can end before anything ran, and then nothing was written.
            if (HasEnded(await GetAsync(job, ct))) yield break;
            await Task.Delay(TimeSpan.FromMilliseconds(100), _connection.Options.Clock, ct);
        }

        await foreach (var chunk in _runs.FollowLogAsync(job, ct: ct)) yield return chunk;
    }

    /// <summary>Waits until a job has ended, whichever way; look at its status.</summary>
    /// <param name="changed">Told of the job whenever its status or number of attempts changed.</param>
    public async Task<JobInfo> WaitAsync(Guid job, Action<JobInfo>? changed = null, CancellationToken ct = default)
    {
        (JobStatus, int) seen = default;
        for (var delay = 100.0; ; delay = Math.Min(delay * 1.3, 2000))
        {
            var info = await GetAsync(job, ct);
            if (seen != (info.Status, info.Attempts.Count) || seen == default) changed?.Invoke(info);
            seen = (info.Status, info.Attempts.Count);
            if (HasEnded(info)) return info;
            await Task.Delay(TimeSpan.FromMilliseconds(delay), _connection.Options.Clock, ct);
        }
    }

    private static bool HasEnded(JobInfo job) => job.Status is JobStatus.Succeeded or JobStatus.Failed or JobStatus.Aborted;
}
