using Mesh.Hosting;

namespace Mesh.Artifacts.Lineage.Pushing;

/// <summary>Sends to several targets at once, so that one that stalls does not keep the others.</summary>
internal sealed class PushLoop(OpenLineagePusher pusher, PushStore store, Signal<PushLoop> signal, TimeProvider clock, ILogger<PushLoop> log) : BackgroundService
{
    private const int AtOnce = 4;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var sending = new List<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            sending.RemoveAll(task => task.IsCompleted);
            var pause = Look;
            try
            {
                if (await store.NextAsync(stoppingToken) is { } next)
                {
                    pause = next - clock.GetUtcNow();
                    while (pause <= TimeSpan.Zero && sending.Count < AtOnce && await BeginAsync(sending, stoppingToken))
                    {
                    }
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("OpenLineage events cannot be sent for now: {Reason}", e.Message);
                pause = Look;
            }

            await signal.WaitAsync(pause < ShortestPause ? ShortestPause : pause > Look ? Look : pause, stoppingToken);
        }

        await Task.WhenAll(sending);
    }

    /// <returns>Whether something is being sent now that was not before.</returns>
    private async Task<bool> BeginAsync(List<Task> sending, CancellationToken ct)
    {
        var task = SendAsync(ct);
        sending.Add(task);
        // What is done at once was either nothing, or too little to wait for.
        return await Task.WhenAny(task, Task.Delay(ShortestPause, ct)) != task || await task;
    }

    private async Task<bool> SendAsync(CancellationToken ct)
    {
        try
        {
            if (!await pusher.RunOnceAsync(ct)) return false;
            // What is left of that target is to be looked at again.
            signal.Raise();
            return true;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogWarning("OpenLineage events cannot be sent for now: {Reason}", e.Message);
            return false;
        }
    }
}
