using System.Text.Json;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Hubs;
using Mesh.Functions.Jobs;
using Mesh.Functions.Queue;
using Mesh.Functions.Schedules;

namespace Mesh.Functions.Tests.Jobs;

/// <summary>Events as the first version of the service stored them: they must be readable for ever.</summary>
public sealed class StoredEventTests
{
    private static readonly JsonSerializerOptions Stored = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    public static TheoryData<Type, string> Events => new()
    {
        {
            typeof(JobEvent.Submitted),
            """
            {"jobId":"0196a1b2-0000-7000-8000-000000000001","name":"train","experiment":"default","work":{"function":"train","functionVersion":2,"content":"ab","item":null,
            "command":["python3","a.py"]},"params":{"lr":"0.1"},"secrets":["KEY"],"maxAttempts":3,"timeoutSeconds":60,"priority":0,"tags":{"team":"x"},"by":"ada",
            "at":"2026-05-04T12:00:00+00:00","fingerprint":"f"}
            """
        },
        { typeof(JobEvent.Started), """{"attempt":1,"worker":"w1","at":"2026-05-04T12:00:00+00:00"}""" },
        {
            typeof(JobEvent.AttemptFailed),
            """{"attempt":1,"cause":"boom","exitCode":3,"nextAttemptAt":"2026-05-04T12:00:02+00:00","at":"2026-05-04T12:00:00+00:00"}"""
        },
        {
            typeof(JobEvent.LeaseLost),
            """{"attempt":1,"worker":"w1","cause":"silent","nextAttemptAt":"2026-05-04T12:00:02+00:00","at":"2026-05-04T12:00:00+00:00"}"""
        },
        { typeof(JobEvent.Released), """{"attempt":1,"worker":"w1","cause":"stopped","at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(JobEvent.Succeeded), """{"attempt":1,"at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(JobEvent.Failed), """{"attempt":1,"cause":"boom","exitCode":null,"at":"2026-05-04T12:00:00+00:00","isLeaseLost":true}""" },
        { typeof(JobEvent.AbortRequested), """{"by":"ada","reason":null,"at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(JobEvent.Aborted), """{"attempt":0,"reason":"enough","at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(JobEvent.AttemptAdvanced), """{"attempt":1,"state":"Preparing","at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(JobEvent.AttemptAdopted), """{"attempt":1,"worker":"w2","at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(JobLimitEvent.Set), """{"maxRunning":3,"by":"ada","at":"2026-05-04T12:00:00+00:00"}""" },
        {
            typeof(ScheduleEvent.Defined),
            """
            {"name":"nightly","revision":1,"trigger":{"cron":"0 3 * * *","timeZone":"Europe/Berlin","everySeconds":null,"jitterSeconds":5},
            "policy":{"misfire":"FireOnce","graceSeconds":60,"maxCatchUp":10,"overlap":"Skip"},"description":null,"nextDueAt":"2026-05-05T01:00:00+00:00","by":"ada",
            "at":"2026-05-04T12:00:00+00:00"}
            """
        },
        { typeof(ScheduleEvent.Paused), """{"by":"ada","at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(ScheduleEvent.Resumed), """{"nextDueAt":null,"by":"ada","at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(ScheduleEvent.Deleted), """{"by":"ada","at":"2026-05-04T12:00:00+00:00"}""" },
        {
            typeof(ScheduleEvent.Fired),
            """
            {"dueAt":"2026-05-05T01:00:00+00:00","jobId":"0196a1b2-0000-8000-8000-000000000001","replaces":null,"nextDueAt":"2026-05-06T01:00:00+00:00",
            "at":"2026-05-05T01:00:00+00:00"}
            """
        },
        { typeof(ScheduleEvent.PutOff), """{"dueAt":"2026-05-05T01:00:00+00:00","nextDueAt":"2026-05-06T01:00:00+00:00","at":"2026-05-05T01:00:00+00:00"}""" },
        {
            typeof(ScheduleEvent.Skipped),
            """{"dueAt":"2026-05-05T01:00:00+00:00","reason":"no","nextDueAt":"2026-05-06T01:00:00+00:00","at":"2026-05-05T01:00:00+00:00"}"""
        },
        {
            typeof(ScheduleEvent.Missed),
            """{"from":"2026-05-05T01:00:00+00:00","until":"2026-05-06T01:00:00+00:00","nextDueAt":null,"at":"2026-05-06T02:00:00+00:00"}"""
        },
        {
            typeof(ScheduleEvent.Backfilled),
            """{"from":"2026-05-05T01:00:00+00:00","to":"2026-05-06T01:00:00+00:00","jobs":1,"by":"ada","at":"2026-05-06T02:00:00+00:00"}"""
        },
        {
            typeof(FunctionEvent.Defined),
            """{"function":"train","version":1,"hash":"ab","kind":"Process","by":"ada","at":"2026-05-04T12:00:00+00:00"}"""
        },
        {
            typeof(HubEvent.Registered),
            """
            {"hub":"team","generation":1,"source":{"git":{"url":"https://host/hub.git","ref":"main","folder":null,"commit":null},"folder":null,"artifact":null},"description":null,
            "by":"ada","at":"2026-05-04T12:00:00+00:00"}
            """
        },
        {
            typeof(HubEvent.Refreshed),
            """
            {"hub":"team","revision":"ab","found":2,"added":1,"faults":[{"path":"a/item.yaml","message":"must be given.","line":1,"column":1,"field":"name"}],"by":"ada",
            "at":"2026-05-04T12:00:00+00:00"}
            """
        },
        { typeof(HubEvent.Removed), """{"hub":"team","by":"ada","at":"2026-05-04T12:00:00+00:00"}""" },
        {
            typeof(HubItemEvent.Added),
            """
            {"hub":"team","generation":1,"item":"train","version":"1.0.0","hash":"ab","bundle":{"key":"hubs/team/train","version":1,"digest":"ab"},"description":"Trains.",
            "categories":["training"],"by":"ada","at":"2026-05-04T12:00:00+00:00"}
            """
        },
        { typeof(FunctionEvent.Restored), """{"function":"train","version":1,"hash":"ab","by":"ada","at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(FunctionEvent.TagMoved), """{"function":"train","tag":"best","version":2,"previous":1,"by":"ada","at":"2026-05-04T12:00:00+00:00"}""" },
        { typeof(FunctionEvent.TagRemoved), """{"function":"train","tag":"best","version":2,"by":"ada","at":"2026-05-04T12:00:00+00:00"}""" },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public void Stored_events_are_read_and_written_as_ever(Type type, string json)
    {
        var read = JsonSerializer.Deserialize(json, type, Stored)!;
        JsonElement.DeepEquals(JsonSerializer.SerializeToElement(read, type, Stored), JsonElement.Parse(json)).ShouldBeTrue(JsonSerializer.Serialize(read, type, Stored));
    }

    public static TheoryData<Type, string> Grown => new()
    {
        {
            typeof(JobEvent.Submitted),
            """
            {"jobId":"0196a1b2-0000-7000-8000-000000000001","name":"train","experiment":"default","work":{"function":null,"functionVersion":null,"content":null,"item":null,
            "command":["true"]},"params":{},"secrets":[],"maxAttempts":3,"timeoutSeconds":60,"priority":5,"tags":{},"by":"ada","at":"2026-05-04T12:00:00+00:00",
            "fingerprint":null,"policy":{"retry":{"maxAttempts":3,"backOff":{"firstSeconds":1,"mostSeconds":60,"factor":3,"jitter":0},"on":["TimedOut"],
            "notExitCodes":[2],"onlyExitCodes":null},"timeouts":{"queuedSeconds":10,"preparingSeconds":20,"runningSeconds":30},
            "deadlineAt":"2026-05-04T13:00:00+00:00","priority":5,"resources":{"cpus":0.5,"memoryBytes":1048576,"gpus":1}}}
            """
        },
        {
            typeof(JobEvent.Failed),
            """
            {"attempt":1,"cause":"boom","exitCode":139,"at":"2026-05-04T12:00:00+00:00","isLeaseLost":false,
            "report":{"code":"signal","signal":11,"cpuSeconds":1.5,"peakMemoryBytes":4096,"logFrom":0,"logTo":12}}
            """
        },
        {
            typeof(FunctionEvent.Defined),
            """
            {"function":"train","version":1,"hash":"ab","kind":"Process","by":"ada","at":"2026-05-04T12:00:00+00:00",
            "origin":{"hub":"team","item":"train","version":"1.0.0","hash":"cd"}}
            """
        },
    };

    [Theory]
    [MemberData(nameof(Grown))]
    public void What_events_have_gained_is_read_and_written_as_ever(Type type, string json) => Stored_events_are_read_and_written_as_ever(type, json);

    [Fact]
    public void Every_event_is_pinned()
    {
        var pinned = Events.Select(row => row.Data.Item1).ToHashSet();
        foreach (var family in (Type[])[typeof(JobEvent), typeof(JobLimitEvent), typeof(ScheduleEvent), typeof(FunctionEvent), typeof(HubEvent), typeof(HubItemEvent)])
            family.GetNestedTypes().Where(t => !t.IsAbstract).ShouldAllBe(t => pinned.Contains(t));
    }

    [Fact]
    public void The_hash_of_content_is_pinned() =>
        FunctionContent.Of(new DefineFunction(FunctionKind.Process, ["true"])).Id
            .ShouldBe("14c72494854322064c4ad61e1495814d97841e509c5b77e9625f287ded38c038");
}
