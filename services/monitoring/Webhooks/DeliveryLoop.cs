using System.Collections.Concurrent;
using Mesh.Hosting;
using Mesh.Monitoring.Journal;

namespace Mesh.Monitoring.Webhooks;

/// <summary>
/// Delivers what is due. Every replica runs one: the claims of deliveries keep them from making the same at once. A receiver that is slow or away keeps
/// none but its own webhook waiting.
/// </summary>
internal sealed class DeliveryLoop(
    DeliveryStore deliveries, Deliverer deliverer, JournalFeed journal, Signal<DeliveryLoop> signal, TimeProvider clock, ILogger<DeliveryLoop> log) : BackgroundService
{
    /// <summary>Attempts of one webhook at once, each of another subject.</summary>
    private const int MostOfOne = 4;

    /// <summary>After this many failures in a row, a receiver is tried with one attempt at a time.</summary>
    private const int FailuresOfTheDead = 4;

    private const int MostAtOnce = 128;

    /// <summary>Retries, and what other replicas define, are seen this late at most.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan IdleTick = TimeSpan.FromSeconds(5);

    /// <summary>New entries of the journal are looked at together, no faster than this.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<WebhookKey, int> _busy = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private volatile bool _hasWebhooks;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var hearing = HearAsync(stoppingToken);
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = IdleTick;
            try
            {
                pause = await RoundAsync(stoppingToken);
                failing = false;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                if (!failing) log.LogWarning("Webhooks cannot be delivered for now: {Reason}", fault.Message);
                failing = true;
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await signal.WaitAsync(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // What was sent is noted; a receiver that takes its time has it until then.
        await Task.WhenAll(_running.Keys.Append(hearing));
    }

    /// <returns>How long to wait for the next round if nothing is heard.</returns>
    private async Task<TimeSpan> RoundAsync(CancellationToken ct)
    {
        var (webhooks, pending) = await deliveries.AnyAsync(ct);
        _hasWebhooks = webhooks;
        if (!webhooks) return IdleTick;
        while (await deliveries.HandOutAsync(ct)) pending = true;
        if (!pending) return IdleTick;
        foreach (var (key, failures) in await deliveries.DueAsync(ct))
        {
            var free = Math.Min((failures >= FailuresOfTheDead ? 1 : MostOfOne) - _busy.GetValueOrDefault(key), MostAtOnce - _running.Count);
            if (free <= 0) continue;
            foreach (var delivery in await deliveries.ClaimAsync(key, free, ct)) Begin(delivery);
        }

        return Tick;
    }

    private void Begin(ClaimedDelivery delivery)
    {
        _busy.AddOrUpdate(delivery.Key, 1, static (_, count) => count + 1);
        var task = RunAsync(delivery);
        _running[task] = true;
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunAsync(ClaimedDelivery delivery)
    {
        await Task.Yield();
        try
        {
            await deliverer.RunAsync(delivery, CancellationToken.None);
        }
        catch (Exception fault)
        {
            // Its claim runs out, and it is tried again.
            log.LogWarning("An attempt to deliver to webhook {Webhook} of {Project} came to nothing: {Reason}", delivery.Key.Webhook, delivery.Key.Project, fault.Message);
        }
        finally
        {
            if (_busy.AddOrUpdate(delivery.Key, 0, static (_, count) => count - 1) == 0) _busy.TryRemove(new(delivery.Key, 0));
            signal.Raise();
        }
    }

    private async Task HearAsync(CancellationToken ct)
    {
        long? last = null;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                last ??= await journal.LastAsync(ct);
                if (!await journal.WaitAsync(last.Value, TimeSpan.FromMinutes(1), clock, ct)) continue;
                await Task.Delay(Breath, clock, ct);
                last = await journal.LastAsync(ct);
                if (_hasWebhooks) signal.Raise();
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                log.LogDebug(fault, "The journal cannot be heard for now");
                await Task.Delay(Tick, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
