using System.Threading.Channels;
using Marten;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Serving.Endpoints;
using Mesh.Serving.Runtimes;

namespace Mesh.Serving.Loading;

/// <summary>
/// Keeps the table as the streams and the registry say: loads what an alias points to, swaps it in, takes out what was deleted. Woken by events and
/// commands for promptness, and by the clock because a bus may lag or forget.
/// </summary>
internal sealed class EndpointLoader(
    EndpointTable table, ModelSource models, IServingStore store, ServingOptions options, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<EndpointLoader> log) : BackgroundService
{
    private const int Workers = 4;
    private static readonly TimeSpan RetryFailed = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryTrouble = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);
    private static readonly Caller Self = Caller.Service("serving");

    private readonly Channel<EndpointSlot> _woken = Channel.CreateUnbounded<EndpointSlot>();
    private bool _isBlind;

    /// <summary>Has an endpoint looked at soon. Never waits.</summary>
    public void Wake(EndpointKey key) => Wake(table.FindOrAdd(key));

    /// <summary>Has all endpoints of a project looked at soon.</summary>
    public void WakeProject(string project)
    {
        foreach (var slot in table.OfProject(project)) Wake(slot);
    }

    /// <summary>Has the endpoints that follow a model looked at soon.</summary>
    public void WakeModel(string project, string model)
    {
        foreach (var slot in table.OfProject(project))
            if (slot.Model == model) Wake(slot);
    }

    /// <summary>Whether the store has an endpoint that this replica has not heard of; if so it is woken.</summary>
    public async Task<EndpointSlot?> LookUpAsync(EndpointKey key, CancellationToken ct)
    {
        await using var session = store.OpenQuery(key.Project);
        if (await session.LoadAsync<ModelEndpoint>(ModelEndpoint.StreamOf(key.Name), ct) is not { IsDeleted: false }) return null;
        var slot = table.FindOrAdd(key);
        Wake(slot);
        return slot;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var workers = Enumerable.Range(0, Workers).Select(_ => WorkAsync(stoppingToken)).ToArray();
        var pruned = clock.GetTimestamp();
        using var timer = new PeriodicTimer(options.ReconcileEvery, clock);
        try
        {
            await HostStartedAsync(stoppingToken);
            do
            {
                await TryListAsync(stoppingToken);
                // Not at the start: what was served before it may be needed while the registry is away.
                if (clock.GetElapsedTime(pruned) < PruneEvery) continue;
                models.Prune();
                pruned = clock.GetTimestamp();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }

        await Task.WhenAll(workers);
        // Nobody infers any more: the door is closed before this.
        foreach (var slot in table.Slots) slot.Swap(null);
    }

    /// <summary>Wakes every endpoint that is in the store or in the table.</summary>
    internal async Task ListAsync(CancellationToken ct)
    {
        await using var session = store.OpenQuery(Tenants.Platform);
        var found = await session.Query<ModelEndpoint>().Where(endpoint => endpoint.AnyTenant() && !endpoint.IsDeleted).ToListAsync(ct);
        foreach (var endpoint in found) table.FindOrAdd(new EndpointKey(endpoint.TenantId!, endpoint.Name));
        foreach (var slot in table.Slots) Wake(slot);
        table.MarkListed();
    }

    /// <summary>Brings one endpoint to where its stream and the registry say it should be.</summary>
    internal async Task ReconcileAsync(EndpointSlot slot, CancellationToken ct)
    {
        await slot.Gate.WaitAsync(ct);
        try
        {
            await using var session = store.OpenQuery(slot.Key.Project);
            var endpoint = await session.LoadAsync<ModelEndpoint>(ModelEndpoint.StreamOf(slot.Key.Name), ct);
            if (endpoint is null or { IsDeleted: true }) table.Remove(slot);
            else if (slot.IsRemoved) Wake(slot.Key);
            else await FollowAsync(slot, endpoint, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && slot.Current is null)
        {
            await ServeKeptAsync(slot, e, ct);
            throw;
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>The registry is away at a start: answers from the version that was served last, if its file is still here.</summary>
    private async Task ServeKeptAsync(EndpointSlot slot, Exception trouble, CancellationToken ct)
    {
        await using var session = store.OpenQuery(slot.Key.Project);
        if (await session.LoadAsync<ModelEndpoint>(ModelEndpoint.StreamOf(slot.Key.Name), ct) is not { IsServing: true, ServingVersion: var version } endpoint) return;
        if (await models.KeptAsync(slot.Key.Project, endpoint.Model, version, endpoint.CreatedAt, ct) is not { } kept) return;
        var path = await models.FetchAsync(slot.Key.Project, kept, ct);
        slot.Swap(new LoadedModel(kept, await Task.Run(() => ModelRuntimes.Load(kept.Framework, path, kept.Signature), ct)));
        log.LogWarning(
            "Endpoint {Endpoint} of {Project} answers from version {Version} of {Model} as it was kept: {Reason}",
            slot.Key.Name, slot.Key.Project, version, endpoint.Model, trouble.Message);
    }

    private async Task FollowAsync(EndpointSlot slot, ModelEndpoint endpoint, CancellationToken ct)
    {
        (slot.Model, slot.Captures) = (endpoint.Model, endpoint.CapturePredictions);
        var project = slot.Key.Project;
        if (await models.ResolveAsync(project, endpoint.Model, endpoint.Alias, ct) is not { } version)
        {
            await FailAsync(slot, endpoint, 0, $"The model '{endpoint.Model}' has no alias '{endpoint.Alias}'.", ct);
            return;
        }

        if (slot.Current is { } current && current.Name == endpoint.Model && current.Version == version)
        {
            slot.Cause = null;
            if (!endpoint.IsServing || endpoint.ServingVersion != version || endpoint.Cause is not null)
                await ReportAsync(slot, new EndpointCommand.ReportServed(endpoint.Model, version), ct);
            return;
        }

        // A file that does not load today does not load tomorrow; what was missing around it may come.
        if (slot.Failed is { } failed && (failed.Model, failed.Version) == (endpoint.Model, version) && failed.RetryAt > clock.GetUtcNow()) return;
        try
        {
            var described = await models.DescribeAsync(project, endpoint.Model, version, ct);
            var path = await models.FetchAsync(project, described, ct);
            await models.KeepAsync(project, described, ct);
            slot.Swap(new LoadedModel(described, await Task.Run(() => ModelRuntimes.Load(described.Framework, path, described.Signature), ct)));
        }
        catch (Exception e) when (e is ModelLoadException or ServiceCallException { IsOutage: false })
        {
            slot.Failed = (endpoint.Model, version, clock.GetUtcNow() + RetryFailed);
            await FailAsync(slot, endpoint, version, e.Message, ct);
            return;
        }

        (slot.Cause, slot.Failed) = (null, null);
        slot.Settle();
        log.LogInformation("Endpoint {Endpoint} of {Project} answers from version {Version} of {Model}", slot.Key.Name, project, version, endpoint.Model);
        await ReportAsync(slot, new EndpointCommand.ReportServed(endpoint.Model, version), ct);
    }

    private async Task FailAsync(EndpointSlot slot, ModelEndpoint endpoint, int version, string cause, CancellationToken ct)
    {
        var (project, name) = slot.Key;
        if (slot.Cause != cause)
            log.LogWarning("Endpoint {Endpoint} of {Project} cannot serve version {Version} of {Model}: {Cause}", name, project, version, endpoint.Model, cause);
        slot.Cause = cause;
        slot.Settle();
        await ReportAsync(slot, new EndpointCommand.ReportFailed(endpoint.Model, version, cause), ct);
    }

    private async Task ReportAsync(EndpointSlot slot, EndpointCommand report, CancellationToken ct) => await store.WriteAsync<ModelEndpoint, EndpointEvent>(
        Self, slot.Key.Project, ModelEndpoint.StreamOf(slot.Key.Name), state => EndpointDecider.Decide(report, state, clock.GetUtcNow()), ct);

    private async Task WorkAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var slot in _woken.Reader.ReadAllAsync(ct))
            {
                slot.Awake();
                await TryReconcileAsync(slot, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task TryReconcileAsync(EndpointSlot slot, CancellationToken ct)
    {
        try
        {
            await ReconcileAsync(slot, ct);
            slot.Trouble = null;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // The registry or the database is away: look again soon.
            if (slot.Trouble != e.Message)
                log.LogWarning("Endpoint {Endpoint} of {Project} could not be looked at: {Reason}", slot.Key.Name, slot.Key.Project, e.Message);
            slot.Trouble = e.Message;
            _ = WakeLaterAsync(slot, ct);
        }

        slot.Settle();
    }

    // Where the registry lives in this very process, it answers only once the host has started.
    private async Task HostStartedAsync(CancellationToken ct)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(ct);
    }

    private async Task WakeLaterAsync(EndpointSlot slot, CancellationToken ct)
    {
        await Task.Delay(RetryTrouble, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!ct.IsCancellationRequested) Wake(slot);
    }

    private async Task TryListAsync(CancellationToken ct)
    {
        try
        {
            await ListAsync(ct);
            _isBlind = false;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            if (!_isBlind) log.LogWarning("Endpoints cannot be listed: {Reason}", e.Message);
            _isBlind = true;
        }
    }

    private void Wake(EndpointSlot slot)
    {
        if (slot.TryWake()) _woken.Writer.TryWrite(slot);
    }
}
