using Marten;

namespace Mesh.Monitoring.Monitors;

/// <summary>The stored names of monitor events. They are data: a name that was used never changes.</summary>
internal static class MonitorEventNames
{
    public const string WindowClosed = "monitor.window-closed";

    public static void Register(StoreOptions store)
    {
        store.Events.MapEventType<MonitorEvent.Created>("monitor.created");
        store.Events.MapEventType<MonitorEvent.Configured>("monitor.configured");
        store.Events.MapEventType<MonitorEvent.ReferenceChanged>("monitor.reference-changed");
        store.Events.MapEventType<MonitorEvent.WindowClosed>(WindowClosed);
        store.Events.MapEventType<MonitorEvent.DriftDetected>("monitor.drift-detected");
        store.Events.MapEventType<MonitorEvent.DriftCleared>("monitor.drift-cleared");
        store.Events.MapEventType<MonitorEvent.Removed>("monitor.removed");
    }
}
