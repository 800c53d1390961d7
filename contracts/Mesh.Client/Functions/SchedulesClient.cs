using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Functions;

namespace Mesh.Client.Functions;

/// <summary>Schedules: jobs at given times.</summary>
public sealed class SchedulesClient
{
    private readonly MeshConnection _connection;
    private readonly string _path;

    internal SchedulesClient(MeshConnection connection, string project) => (_connection, _path) = (connection, $"{project}/schedules");

    /// <summary>Defines a schedule, or defines it anew.</summary>
    public Task<ScheduleInfo> DefineAsync(string schedule, PutSchedule body, CancellationToken ct = default) =>
        _connection.SendAsync<ScheduleInfo>(HttpMethod.Put, One(schedule), body, Sending.Idempotent, ct);

    /// <summary>One schedule.</summary>
    public Task<ScheduleInfo> GetAsync(string schedule, CancellationToken ct = default) => _connection.GetAsync<ScheduleInfo>(One(schedule), ct);

    /// <summary>Schedules by name.</summary>
    public IAsyncEnumerable<ScheduleInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<ScheduleInfo>(_path, ct);

    /// <summary>The next times at which it is due.</summary>
    public async Task<IReadOnlyList<DateTimeOffset>> NextAsync(string schedule, int count = 10, CancellationToken ct = default) =>
        (await _connection.GetAsync<ScheduleTimes>(Query.Add($"{One(schedule)}/next", ("n", count)), ct)).Times;

    /// <summary>Lets it stand still.</summary>
    public Task<ScheduleInfo> PauseAsync(string schedule, CancellationToken ct = default) =>
        _connection.SendAsync<ScheduleInfo>(HttpMethod.Post, $"{One(schedule)}/pause", null, Sending.Idempotent, ct);

    /// <summary>Lets it go on; what was due meanwhile is left out.</summary>
    public Task<ScheduleInfo> ResumeAsync(string schedule, CancellationToken ct = default) =>
        _connection.SendAsync<ScheduleInfo>(HttpMethod.Post, $"{One(schedule)}/resume", null, Sending.Idempotent, ct);

    /// <summary>Submits the job of each due time of a past range that has none.</summary>
    public Task<BackfillInfo> BackfillAsync(string schedule, DateTimeOffset from, DateTimeOffset to, CancellationToken ct = default) =>
        _connection.SendAsync<BackfillInfo>(HttpMethod.Post, $"{One(schedule)}/backfill", new BackfillSchedule(from, to), Sending.Idempotent, ct);

    /// <summary>Deletes it; its jobs stay.</summary>
    public Task DeleteAsync(string schedule, CancellationToken ct = default) => _connection.SendAsync(HttpMethod.Delete, One(schedule), null, Sending.Idempotent, ct);

    /// <summary>What happened to it, oldest first.</summary>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string schedule, CancellationToken ct = default) => _connection.ListAsync<HistoryEntry>($"{One(schedule)}/history", ct);

    private string One(string schedule) => $"{_path}/{Query.Segment(schedule)}";
}
