using JasperFx;
using Marten;
using Marten.Exceptions;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Lineage.Rebuild;

/// <summary>What happens to the lineage of the platform.</summary>
public abstract record LineageEvent
{
    private LineageEvent()
    {
    }

    /// <summary>A rebuild began. In the journal it stands behind everything that was told before.</summary>
    public sealed record RebuildStarted(Guid Rebuild, string By, DateTimeOffset At) : LineageEvent;
}

/// <summary>
/// Says on the bus that a rebuild began. The graph may have learned of events that wait before the journal, while the service that keeps it is away: once the journal has this, it has those.
/// </summary>
internal sealed class RebuildMark(IArtifactsStore store)
{
    /// <summary>Name of the event.</summary>
    public const string EventType = "lineage.rebuild-started";

    public static void Configure(StoreOptions options) => options.Events.MapEventType<LineageEvent.RebuildStarted>(EventType);

    public static IIntegrationEvent? ToIntegrationEvent(object data) => data is LineageEvent.RebuildStarted e ? new LineageRebuildStarted(e.Rebuild) : null;

    /// <summary>Says it once.</summary>
    public async Task SetAsync(LineageRebuild rebuild, CancellationToken ct)
    {
        await using var session = store.OpenSession(Caller.Service("artifacts"), Tenants.Platform);
        var stream = $"lineage-rebuild:{rebuild.Id}";
        if (await session.Events.FetchStreamStateAsync(stream, ct) is not null) return;
        try
        {
            session.Events.StartStream(stream, new LineageEvent.RebuildStarted(rebuild.Id, rebuild.StartedBy, rebuild.StartedAt));
            await session.SaveChangesAsync(ct);
        }
        catch (Exception e) when (e is ExistingStreamIdCollisionException or ConcurrencyException)
        {
            // Another replica said it in the same moment.
        }
    }
}
