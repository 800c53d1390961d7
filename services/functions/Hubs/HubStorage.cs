using JasperFx.Events.Projections;
using Marten;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Hubs;

/// <summary>What a version of an item says, kept out of the events because it may be large.</summary>
/// <param name="Doc">Its Markdown file.</param>
public sealed record HubItemContent(string Id, HubManifest Manifest, string? Doc)
{
    public static string KeyOf(string stream, string version) => $"{stream}@{version}";
}

/// <summary>How hubs are stored. The names of the events are data: they never change.</summary>
internal static class HubStorage
{
    public static void Configure(StoreOptions store)
    {
        store.Events.MapEventType<HubEvent.Registered>("hub.registered");
        store.Events.MapEventType<HubEvent.Refreshed>("hub.refreshed");
        store.Events.MapEventType<HubEvent.Removed>("hub.removed");
        store.Events.MapEventType<HubItemEvent.Added>("hub-item.added");
        store.Projections.Snapshot<TeamHub>(SnapshotLifecycle.Inline);
        store.Projections.Snapshot<TeamItem>(SnapshotLifecycle.Inline);
        store.Schema.For<TeamHub>().Identity(h => h.Id).DocumentAlias("team_hub").Duplicate(h => h.Name);
        store.Schema.For<TeamItem>().Identity(i => i.Id).DocumentAlias("team_item").Duplicate(i => i.Place).Duplicate(i => i.Name);
        store.Schema.For<HubItemContent>().Identity(c => c.Id).DocumentAlias("hub_item_content");
    }
}
