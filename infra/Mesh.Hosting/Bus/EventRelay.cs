using System.Diagnostics;
using System.Text.Json;
using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Marten.Subscriptions;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Store;
using Mesh.Hosting.Telemetry;
using Microsoft.Extensions.Logging;

namespace Mesh.Hosting.Bus;

/// <summary>
/// The outbox: follows the committed event log and publishes what the module maps to integration events, in order per subject, at least once.
/// The position moves only after the bus has confirmed the page, so nothing is lost when the bus, a consumer or this process dies.
/// </summary>
internal sealed class EventRelay<TStore>(ServiceModule<TStore> module, IEventBus bus, ILogger<EventRelay<TStore>> log) : SubscriptionBase
    where TStore : class, IDocumentStore
{
    private static readonly ParallelOptions Subjects = new() { MaxDegreeOfParallelism = 64 };

    public override async Task<IChangeListener> ProcessEventsAsync(
        EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken)
    {
        var bySubject = new Dictionary<(string, string), List<MeshEvent>>();
        foreach (var e in page.Events)
        {
            if (await MapAsync(e, controller) is not { } message) continue;
            var key = (e.TenantId, e.StreamKey ?? message.Subject);
            if (!bySubject.TryGetValue(key, out var ordered)) bySubject[key] = ordered = [];
            ordered.Add(message);
        }

        if (bySubject.Count == 0) return NullChangeListener.Instance;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Subjects.MaxDegreeOfParallelism, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForEachAsync(bySubject.Values, options, async (ordered, ct) => await bus.PublishAsync(ordered, ct));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // The daemon takes a cancellation for its own stop and never begins the page again; a bus that does not answer in time is a fault.
            throw new TimeoutException($"The bus did not take the events of {module.Name} in time.", e);
        }

        foreach (var ordered in bySubject.Values) MeshMetrics.EventsRelayed.Add(ordered.Count, new KeyValuePair<string, object?>("service", module.Name));
        return NullChangeListener.Instance;
    }

    private async Task<MeshEvent?> MapAsync(IEvent e, ISubscriptionController controller)
    {
        try
        {
            if (module.ToIntegrationEvent(e) is not { } fact) return null;
            return new MeshEvent
            {
                Id = e.Id,
                Source = $"/mesh/{module.Name}",
                Type = EventTypes.NameOf(fact.GetType()),
                Subject = fact.Subject,
                Time = e.Timestamp,
                Project = e.TenantId,
                StreamVersion = e.Version,
                Actor = e.UserName,
                TraceParent = e.GetHeader(StoreSessions.TraceParent)?.ToString() ?? Activity.Current?.Id,
                Data = JsonSerializer.SerializeToElement(fact, fact.GetType(), MeshJson.Tolerant),
            };
        }
        catch (Exception fault)
        {
            // A mapping that fails today fails tomorrow too: one event must not stop the others. Broker faults never come here.
            log.LogError(fault, "Event {EventId} of {Service} cannot be mapped and is set aside", e.Id, module.Name);
            await controller.RecordDeadLetterEventAsync(e, fault);
            return null;
        }
    }
}
