using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Marten;
using Mesh.Architecture.Tests.Sources;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Architecture.Tests.Platform;

/// <summary>Names of stored events are data.</summary>
[Collection(nameof(PlatformTests))]
public sealed partial class StoredEventTests(PlatformHost platform)
{
    public static TheoryData<string> Services => [.. ServiceModules.All.Select(module => module.Name)];

    [Theory]
    [MemberData(nameof(Services))]
    public void The_names_of_a_service_stored_events_only_grow(string service)
    {
        var names = Known(service).Select(known => known.Name).Order(StringComparer.Ordinal).ToList();
        names.ShouldNotBeEmpty();
        names.ShouldBeUnique();
        names.Where(name => !StoredName().IsMatch(name)).ShouldBeEmpty("a stored event has an explicit name: noun.verb");
        Golden.Match($"StoredEvents/{service}.json", new JsonArray([.. names.Select(name => JsonValue.Create(name))]));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_event_of_a_family_has_a_name(string service)
    {
        var known = Known(service).Select(pair => pair.Type).ToHashSet();
        var families = known.Select(type => type.DeclaringType).Where(type => type is { IsAbstract: true }).Distinct();
        families.SelectMany(family => family!.GetNestedTypes().Where(type => type.IsSubclassOf(family))).Except(known).ShouldBeEmpty();
    }

    private IEnumerable<(string Name, Type Type)> Known(string service)
    {
        var module = ServiceModules.All.Single(module => module.Name == service);
        var store = (IDocumentStore)platform.Host.Services.GetRequiredService(ServiceModules.StoreOf(module));
        return store.Options.Events.AllKnownEventTypes()
            .Where(known => known.EventType.Assembly == module.GetType().Assembly).Select(known => (known.EventTypeName, known.EventType));
    }

    [GeneratedRegex("^[a-z]+(-[a-z]+)*(\\.[a-z]+(-[a-z]+)*)+\\z")]
    private static partial Regex StoredName();
}
