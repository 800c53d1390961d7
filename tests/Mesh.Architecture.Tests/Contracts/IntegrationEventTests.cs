using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Contracts;
using Mesh.Contracts.Events;

namespace Mesh.Architecture.Tests.Contracts;

/// <summary>What services tell each other stays readable by whoever listens.</summary>
public sealed partial class IntegrationEventTests
{
    public static TheoryData<string> Names => [.. EventTypes.ByName.Keys.Order(StringComparer.Ordinal)];

    private static IEnumerable<Type> Events => typeof(IIntegrationEvent).Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(IIntegrationEvent)) && type is { IsInterface: false, IsAbstract: false });

    [Fact]
    public void Every_event_has_a_name_on_the_wire()
    {
        Events.Where(type => type.GetCustomAttribute<EventTypeAttribute>() is null).ShouldBeEmpty();
        EventTypes.ByName.Values.Except(Events).ShouldBeEmpty();
        EventTypes.ByName.Keys.Where(name => !WireName().IsMatch(name)).ShouldBeEmpty();
        Events.Where(type => !type.IsSealed).ShouldBeEmpty();
    }

    [Fact]
    public void An_event_is_named_for_what_has_happened()
    {
        Events.Select(type => type.Name).Where(name => !name.EndsWith("ed", StringComparison.Ordinal)).ShouldBeEmpty();
        EventTypes.ByName.Keys.Where(name => !name.EndsWith("ed", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_golden_file_is_of_an_event() =>
        Golden.Names("Events").ShouldBe(EventTypes.ByName.Keys, ignoreOrder: true);

    [Fact]
    public void No_event_disappears() =>
        Golden.Match("integration-events.json", new JsonArray([.. EventTypes.ByName.Keys.Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]));

    [Theory]
    [MemberData(nameof(Names))]
    public void The_json_of_an_event_only_grows(string name)
    {
        var type = EventTypes.ByName[name];
        var sample = (IIntegrationEvent)Sample.Of(type);
        sample.Subject.ShouldNotBeNullOrEmpty();

        Golden.Match($"Events/{name}.json", JsonSerializer.SerializeToNode(sample, type, MeshJson.Strict)!);
        var read = JsonSerializer.Deserialize(Golden.Read($"Events/{name}.json")!, type, MeshJson.Tolerant);
        JsonSerializer.Serialize(read, type, MeshJson.Strict).ShouldBe(JsonSerializer.Serialize(sample, type, MeshJson.Strict));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_event_of_a_newer_service_is_read_by_an_older_one(string name)
    {
        var type = EventTypes.ByName[name];
        var json = JsonSerializer.SerializeToNode(Sample.Of(type), type, MeshJson.Strict)!.AsObject();
        json["fieldOfTheFuture"] = 1;
        JsonSerializer.Deserialize(json, type, MeshJson.Tolerant).ShouldNotBeNull();
    }

    [GeneratedRegex("^[a-z]+\\.[a-z]+(-[a-z]+)*\\z")]
    private static partial Regex WireName();
}
