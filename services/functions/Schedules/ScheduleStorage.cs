using JasperFx.Events.Projections;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Schedules;

/// <summary>How schedules are stored. The names of the events are data: they never change. The columns are what is looked for.</summary>
internal static class ScheduleStorage
{
    public static void Configure(StoreOptions store)
    {
        store.Events.MapEventType<ScheduleEvent.Defined>("schedule.defined");
        store.Events.MapEventType<ScheduleEvent.Paused>("schedule.paused");
        store.Events.MapEventType<ScheduleEvent.Resumed>("schedule.resumed");
        store.Events.MapEventType<ScheduleEvent.Deleted>("schedule.deleted");
        store.Events.MapEventType<ScheduleEvent.Fired>("schedule.fired");
        store.Events.MapEventType<ScheduleEvent.PutOff>("schedule.put-off");
        store.Events.MapEventType<ScheduleEvent.Skipped>("schedule.skipped");
        store.Events.MapEventType<ScheduleEvent.Missed>("schedule.missed");
        store.Events.MapEventType<ScheduleEvent.Backfilled>("schedule.backfilled");
        store.Projections.Snapshot<Schedule>(SnapshotLifecycle.Inline);
        store.Schema.For<Schedule>().Identity(s => s.Id).DocumentAlias("schedule").Duplicate(s => s.Name).Duplicate(s => s.FireAt).Duplicate(s => s.IsWaiting);
        store.Schema.For<ScheduleJob>().Identity(j => j.Id).DocumentAlias("schedule_job");
    }
}

/// <summary>What the other services are told about schedules.</summary>
internal static class ScheduleIntegration
{
    public static IIntegrationEvent? ToIntegrationEvent(string stream, ScheduleEvent e)
    {
        var name = stream[Schedule.KeyOf("").Length..];
        return e switch
        {
            ScheduleEvent.Defined d => new ScheduleDefined(name, d.Trigger.Cron, d.Trigger.Cron is null ? null : d.Trigger.TimeZone, d.Trigger.EverySeconds),
            ScheduleEvent.Fired f => new ScheduleFired(name, f.DueAt, f.JobId),
            ScheduleEvent.Skipped s => new ScheduleSkipped(name, s.DueAt, s.Reason),
            _ => null,
        };
    }
}
