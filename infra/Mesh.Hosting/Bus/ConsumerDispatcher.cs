using System.Diagnostics;
using JasperFx;
using Mesh.Contracts.Events;
using Mesh.Hosting.Store;
using Mesh.Hosting.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Hosting.Bus;

/// <summary>
/// Hands an event to a consumer: keeps out what it has handled before, tries again after a failure, and sets aside what never works. The same for
/// RabbitMQ and for the in-process bus.
/// </summary>
internal sealed class ConsumerDispatcher(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ConsumerDispatcher> log)
{
    private const int Attempts = 6;
    private const int RetriesPerWarning = 12;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Returns when the event is handled or set aside.</summary>
    /// <exception cref="OperationCanceledException">The process stops; the event must come again.</exception>
    public Task DispatchAsync(ServiceModule module, ConsumerRegistration consumer, MeshEvent e, CancellationToken ct) => consumer.Subjects is { } subjects
        ? subjects.RunAsync(e.Project, e.Subject, () => DispatchNowAsync(module, consumer, e, ct))
        : DispatchNowAsync(module, consumer, e, ct);

    /// <summary>Hands the event over once; what goes wrong is thrown.</summary>
    public async Task HandleAsync(ServiceModule module, ConsumerRegistration consumer, MeshEvent e, CancellationToken ct)
    {
        if (consumer.Concerns?.Invoke(e) is false) return;
        await using var scope = scopes.CreateAsyncScope();
        var service = scope.ServiceProvider.GetRequiredService(consumer.Type);
        if (service is IEventListener listener)
        {
            await listener.HearAsync(e, ct);
            return;
        }

        var instance = (IEventConsumer)service;
        var store = module.ResolveStore(scope.ServiceProvider);
        await using var session = Author.Of(e).Open(store, e.Project);
        if (!consumer.Inbox)
        {
            await instance.ConsumeAsync(e, session, ct);
            return;
        }

        var key = InboxEntry.Key(e.Id, consumer.Name);
        if (await session.LoadAsync<InboxEntry>(key, ct) is not null) return;
        session.Insert(new InboxEntry { Id = key, At = clock.GetUtcNow() });
        await instance.ConsumeAsync(e, session, ct);
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (DocumentAlreadyExistsException)
        {
            // The same event came twice at once; the other one has committed.
        }
    }

    private async Task DispatchNowAsync(ServiceModule module, ConsumerRegistration consumer, MeshEvent e, CancellationToken ct)
    {
        using var activity = MeshActivity.Source.StartActivity($"{consumer.Queue} {e.Type}", ActivityKind.Consumer, e.TraceParent);
        var failures = 0;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await HandleAsync(module, consumer, e, ct);
                MeshMetrics.EventsConsumed.Add(1, new KeyValuePair<string, object?>("consumer", consumer.Queue));
                return;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception fault)
            {
                // An outage of the database or of another service says nothing about the event, nor does a race that was lost to another writer: both
                // are waited out, however long.
                if (!Outage.Is(fault) && fault is not ConcurrencyException && ++failures == Attempts)
                {
                    activity?.SetStatus(ActivityStatusCode.Error, fault.Message);
                    MeshMetrics.EventsDeadLettered.Add(1, new KeyValuePair<string, object?>("consumer", consumer.Queue));
                    log.LogError(fault, "{Consumer} gave up event {EventId} ({Type}) after {Attempts} attempts", consumer.Queue, e.Id, e.Type, attempt);
                    if (!consumer.EveryReplica) await SetAsideAsync(module, consumer, e, fault, ct);
                    return;
                }

                MeshMetrics.EventsRetried.Add(1, new KeyValuePair<string, object?>("consumer", consumer.Queue));
                // A lost race is no news: the next attempt decides on the newer state.
                var level = attempt % RetriesPerWarning == 1 && fault is not ConcurrencyException ? LogLevel.Warning : LogLevel.Debug;
                log.Log(level, fault, "{Consumer} will try event {EventId} ({Type}) again after {Attempts} attempts", consumer.Queue, e.Id, e.Type, attempt);
                var pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 50 * Math.Pow(2, Math.Min(attempt, 10))));
                await Task.Delay(pause, clock, ct);
            }
        }
    }

    private async Task SetAsideAsync(ServiceModule module, ConsumerRegistration consumer, MeshEvent e, Exception fault, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var session = module.ResolveStore(scope.ServiceProvider).LightweightSession(e.Project);
        session.Store(new DeadLetter
        {
            Id = InboxEntry.Key(e.Id, consumer.Name),
            Consumer = consumer.Name,
            Event = e,
            Cause = fault.Message,
            At = clock.GetUtcNow(),
        });
        await session.SaveChangesAsync(ct);
    }
}
