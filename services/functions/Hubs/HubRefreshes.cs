using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;

namespace Mesh.Functions.Hubs;

/// <summary>What was taken of a source, or why it was not.</summary>
internal sealed record HubTaken(HubRefresh? Refresh, Rejection? Rejected);

/// <summary>
/// Reads the sources of hubs again, each once at a time: whoever asks while it is being read waits for the same answer. A source that is away keeps nobody from what was read of it before.
/// </summary>
internal sealed class HubRefreshes(
    HubSources sources, IFunctionsStore store, HubShelf shelf, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private readonly Dictionary<object, Task<HubTaken>> _running = new();

    /// <param name="caller">Who is first; it is told of as having refreshed.</param>
    public Task<HubTaken> RefreshAsync(Caller caller, string project, TeamHub hub, CancellationToken ct) =>
        ShareAsync((project, hub.Name, hub.Generation, hub.Source), stop => ReadAsync(caller, project, hub, stop), ct);

    /// <summary>Does something unless it is being done; what is done goes on when one who waits for it goes away.</summary>
    internal async Task<HubTaken> ShareAsync(object key, Func<CancellationToken, Task<HubTaken>> work, CancellationToken ct)
    {
        Task<HubTaken>? shared;
        lock (_running)
        {
            if (!_running.TryGetValue(key, out shared)) _running[key] = shared = Task.Run(() => DoAsync(key, work), CancellationToken.None);
        }

        return await shared.WaitAsync(ct);
    }

    private async Task<HubTaken> DoAsync(object key, Func<CancellationToken, Task<HubTaken>> work)
    {
        try
        {
            return await work(lifetime.ApplicationStopping);
        }
        finally
        {
            lock (_running) _running.Remove(key);
        }
    }

    private async Task<HubTaken> ReadAsync(Caller caller, string project, TeamHub hub, CancellationToken stop)
    {
        var (taken, unread) = await sources.ReadAsync(project, hub.Source!, (content, ct) => TeamHubEndpoints.TakeAsync(caller, project, hub, content, store, shelf, clock, ct), stop);
        if (taken is not null) return taken;
        return new HubTaken(null, unread! with { Detail = $"{unread.Detail.TrimEnd('.')}. {WhatStays(hub, clock.GetUtcNow())}" });
    }

    /// <summary>What a hub has while its source is away.</summary>
    internal static string WhatStays(TeamHub hub, DateTimeOffset now) => hub.RefreshedAt is not { } at
        ? $"Nothing was read of '{hub.Name}' so far."
        : $"What '{hub.Name}' had at {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {Words(now - at)} ago, can be used as before.";

    private static string Words(TimeSpan age) => age switch
    {
        { TotalMinutes: < 2 } => "a moment",
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:F0} minutes"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:F0} hours"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:F0} days"),
    };
}
