using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Tests.Notes;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Hosting.Tests;

/// <summary>The relay when the bus does not take what it is given.</summary>
public sealed class RelayTests
{
    [Theory]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task A_bus_that_fails_is_tried_again_until_it_takes_every_event(Type fault)
    {
        var bus = new FailingBus(fault);
        var host = await ServiceHost.StartAsync(
            await PostgresFixture.ServerConnectionStringAsync(), [new NotesService()], configure: services => services.AddSingleton<IEventBus>(bus));
        var ada = host.ClientFor("ada", Role.Editor, "demo");
        (await ada.PostAsJsonAsync("/api/v1/projects/demo/notes", new { text = "first" })).EnsureSuccessStatusCode();
        await Eventually.Holds(() => Task.FromResult(bus.Failures > 0));
        (await ada.PostAsJsonAsync("/api/v1/projects/demo/notes", new { text = "second" })).EnsureSuccessStatusCode();
        bus.Works = true;
        await Eventually.Holds(() => Task.FromResult(bus.Taken.Count == 2), TimeSpan.FromSeconds(60));
        var database = host.Options.Database!;
        await host.DisposeAsync();
        await ServiceHost.DropAsync(host.Options.Postgres, database);
    }

    private sealed class FailingBus(Type fault) : IEventBus
    {
        private int _failures;

        public volatile bool Works;

        public int Failures => _failures;

        public System.Collections.Concurrent.ConcurrentDictionary<Guid, MeshEvent> Taken { get; } = new();

        public Task PublishAsync(IReadOnlyList<MeshEvent> ordered, CancellationToken ct)
        {
            if (!Works)
            {
                Interlocked.Increment(ref _failures);
                return Task.FromException((Exception)Activator.CreateInstance(fault)!);
            }

            foreach (var e in ordered) Taken[e.Id] = e;
            return Task.CompletedTask;
        }
    }
}
