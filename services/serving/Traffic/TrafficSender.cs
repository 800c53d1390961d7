using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Clients;
using Mesh.Serving.Loading;

namespace Mesh.Serving.Traffic;

/// <summary>
/// Tells monitoring what was counted, project by project. A report has a source and a moment, so sending it again after a lost answer does no harm; while
/// monitoring is away the newest reports are kept.
/// </summary>
internal sealed class TrafficSender(
    EndpointTable table, [FromKeyedServices("serving")] ServiceClient services, ServingOptions options, TimeProvider clock, ILogger<TrafficSender> log)
    : BackgroundService, IHostedLifecycleService
{
    private const int MostKept = 1000;
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);

    private readonly Guid _source = Guid.CreateVersion7();
    private readonly Queue<(string Project, TrafficReport Report)> _unsent = [];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private DateTimeOffset _since = clock.GetUtcNow();
    private bool _isCutOff;

    /// <summary>Tells what is left while every door is still open.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken) => await ReportAsync(cancellationToken);

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.TrafficEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await ReportAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // What was counted since the last report is told by StoppingAsync.
        }
    }

    private async Task ReportAsync(CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            Take();
            while (_unsent.TryPeek(out var next) && await TrySendAsync(next.Project, next.Report, ct)) _unsent.Dequeue();
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Take()
    {
        var at = _since;
        _since = clock.GetUtcNow();
        foreach (var project in table.Slots.GroupBy(slot => slot.Key.Project))
        {
            TrafficSlice[] slices = [.. project.Select(slot => slot.Counts.Take(slot.Key.Name)).OfType<TrafficSlice>()];
            if (slices.Length == 0) continue;
            if (_unsent.Count == MostKept) _unsent.Dequeue();
            _unsent.Enqueue((project.Key, new TrafficReport(_source, at, slices)));
        }
    }

    private async Task<bool> TrySendAsync(string project, TrafficReport report, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Answer);
        try
        {
            await services.PostAsync("monitoring", $"/internal/projects/{project}/traffic", report, project, ct: limit.Token);
            _isCutOff = false;
            return true;
        }
        catch (ServiceCallException e) when (!e.IsOutage)
        {
            log.LogWarning("Monitoring refused the traffic of {Project}: {Reason}", project, e.Message);
            return true;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            if (!_isCutOff) log.LogWarning("Monitoring takes no reports of traffic; the newest are kept meanwhile: {Reason}", e.Message);
            _isCutOff = true;
            return false;
        }
    }
}
