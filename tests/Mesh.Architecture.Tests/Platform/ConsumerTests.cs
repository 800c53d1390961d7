using Mesh.Architecture.Tests.Sources;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Architecture.Tests.Platform;

/// <summary>Two consumers on one queue would take each other's messages.</summary>
public sealed class ConsumerTests
{
    private static IReadOnlyList<ConsumerRegistration> All { get; } = [.. ServiceModules.All.SelectMany(module =>
    {
        var registry = new ConsumerRegistry(module.Name, new ServiceCollection());
        module.Subscribe(registry);
        return registry.Registrations;
    })];

    [Fact]
    public void Queues_are_unique_over_all_services()
    {
        All.Select(consumer => consumer.Queue).ShouldBeUnique();
        All.Where(consumer => !Names.IsLabel(consumer.Name)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_pattern_fits_an_event_that_exists()
    {
        foreach (var consumer in All)
        {
            consumer.Patterns.ShouldNotBeEmpty(consumer.Queue);
            foreach (var pattern in consumer.Patterns)
                EventTypes.ByName.Keys.Any(type => EventTypes.Matches(pattern, type)).ShouldBeTrue($"{consumer.Queue} listens to {pattern}, which nobody tells");
        }
    }

    [Fact]
    public void Every_service_that_keeps_things_of_a_project_hears_that_it_is_deleted() =>
        All.Where(consumer => consumer.Wants("project.deleted")).Select(consumer => consumer.Service).Distinct()
            .ShouldBe(ServiceModules.All.Select(module => module.Name).Where(name => name != "projects"), ignoreOrder: true);
}
