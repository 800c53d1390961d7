using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Hosting.Bus;

/// <summary>Whether every consumer of a service has handled an event.</summary>
public sealed record EventHandled(bool Handled);

/// <summary>
/// <c>GET /internal/inbox/{service}/{event}?type=…</c>: for whoever must know that an event has had its effect before going on, such as the
/// projects service before it gives a purged name away.
/// </summary>
internal static class InboxEndpoint
{
    public static void MapInbox(this IEndpointRouteBuilder inside) => inside.MapGet("/inbox/{service}/{eventId:guid}", Ask);

    private static async Task<Ok<EventHandled>> Ask(string service, Guid eventId, string type, BusTopology topology, IServiceProvider services, CancellationToken ct)
    {
        var awaited = topology.Consumers.Where(c => c.Module.Name == service && c.Registration.Inbox && c.Registration.Wants(type)).ToList();
        if (awaited.Count == 0) return TypedResults.Ok(new EventHandled(true));
        await using var session = awaited[0].Module.ResolveStore(services).QuerySession(Tenants.Platform);
        var handled = await session.LoadManyAsync<InboxEntry>(ct, awaited.Select(c => InboxEntry.Key(eventId, c.Registration.Name)).ToArray());
        return TypedResults.Ok(new EventHandled(handled.Count == awaited.Count));
    }
}
