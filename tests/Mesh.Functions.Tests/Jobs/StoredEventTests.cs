using System.Text.Json;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Jobs;

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
        {
            typeof(FunctionEvent.Defined),
            """{"function":"train","version":1,"hash":"ab","kind":"Process","by":"ada","at":"2026-05-04T12:00:00+00:00"}"""
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

    [Fact]
    public void Every_event_is_pinned()
    {
        var pinned = Events.Select(row => row.Data.Item1).ToHashSet();
        foreach (var family in (Type[])[typeof(JobEvent), typeof(FunctionEvent)])
            family.GetNestedTypes().Where(t => !t.IsAbstract).ShouldAllBe(t => pinned.Contains(t));
    }

    [Fact]
    public void The_hash_of_content_is_pinned() =>
        FunctionContent.Of(new DefineFunction(FunctionKind.Process, ["true"])).Id
            .ShouldBe("14c72494854322064c4ad61e1495814d97841e509c5b77e9625f287ded38c038");
}
