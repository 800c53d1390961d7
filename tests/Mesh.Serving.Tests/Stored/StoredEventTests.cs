using System.Text;
using Mesh.Serving.Endpoints;

namespace Mesh.Serving.Tests.Stored;

/// <summary>What is stored stays readable: names and JSON of the events are pinned. Both are data; a change needs a new event or an upcaster.</summary>
public sealed class StoredEventTests(ServedProject served) : IClassFixture<ServedProject>
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private static readonly (string Name, EndpointEvent Event, string Json)[] Golden =
    [
        ("endpoint.deployed", new EndpointEvent.Deployed("cancer", "trees", "champion", true, "ada", At),
            """{"endpoint":"cancer","model":"trees","alias":"champion","capturePredictions":true,"by":"ada","at":"2026-01-02T03:04:05.678+00:00"}"""),
        ("endpoint.version-served", new EndpointEvent.VersionServed("cancer", "trees", 2, 1, At),
            """{"endpoint":"cancer","model":"trees","version":2,"previous":1,"at":"2026-01-02T03:04:05.678+00:00"}"""),
        ("endpoint.load-failed", new EndpointEvent.LoadFailed("cancer", "trees", 3, "no zip", At),
            """{"endpoint":"cancer","model":"trees","version":3,"cause":"no zip","at":"2026-01-02T03:04:05.678+00:00"}"""),
        ("endpoint.deleted", new EndpointEvent.Deleted("cancer", "ada", At),
            """{"endpoint":"cancer","by":"ada","at":"2026-01-02T03:04:05.678+00:00"}"""),
    ];

    [Fact]
    public void Names_and_json_of_stored_events_are_these()
    {
        var options = served.Host.Service<IServingStore>().Options;
        options.Events.AllKnownEventTypes().Where(type => type.EventType.Assembly == typeof(ServingService).Assembly)
            .Select(type => (type.EventTypeName, type.EventType)).ShouldBe(Golden.Select(golden => (golden.Name, golden.Event.GetType())), ignoreOrder: true);
        typeof(EndpointEvent).GetNestedTypes().ShouldBe(Golden.Select(golden => golden.Event.GetType()), ignoreOrder: true);
        foreach (var (_, sample, json) in Golden)
        {
            options.Serializer().ToJson(sample).ShouldBe(json);
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
            options.Serializer().FromJson(sample.GetType(), stream).ShouldBe(sample);
        }
    }
}
