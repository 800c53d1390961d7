using System.Collections.Immutable;
using System.Net;
using Mesh.Artifacts.Lineage;
using Mesh.Artifacts.Lineage.Rebuild;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Monitoring;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Artifacts.Tests.Lineage;

/// <summary>The graph, made again from the real journal of the monitoring service.</summary>
public sealed class LineageRebuildTests
{
    private const string Route = "/api/v1/lineage/rebuild";

    [Fact]
    public async Task A_lost_graph_is_made_again_as_it_was()
    {
        await using var mesh = await StartAsync();
        try
        {
            // As it says itself where it finds no past to make up for.
            await mesh.Service<RebuildStore>().NotDueAsync(default);
            foreach (var project in (string[])["one", "two"]) await PublishAsync(mesh, new LineageStory(project).Events());
            await TakeOpenLineageAsync(mesh);
            var before = await GraphAsync(mesh);
            before.Count.ShouldBeGreaterThan(30);
            await ExecuteAsync(mesh, "delete from lineage_edge where not source like 'external%' and not target like '%table%'; delete from lineage_node where id like 'registered-model/%' or id like 'endpoint/%'");
            await ExecuteAsync(mesh, "update lineage_node set attributes = '{\"wrong\": \"yes\"}' where id like 'artifact/iris%'; insert into lineage_node select project, 'run/never', kind, known, title, attributes, event, first_seen, last_seen, ended_at from lineage_node where id like 'artifact/iris%'");
            (await GraphAsync(mesh)).ShouldNotBe(before);

            (await mesh.ClientFor("ada", Role.Owner, "one").PostAsync(Route, null)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            var started = await TestProject.Read<LineageRebuild>(await mesh.ClientForAdmin().PostAsync(Route, null), HttpStatusCode.Accepted);
            started.StartedBy.ShouldBe("admin");

            var ended = await EndedAsync(mesh);
            (ended.State, ended.Id, ended.Skipped, ended.Events).ShouldBe((LineageRebuildState.Finished, started.Id, 0, 24));
            (await GraphAsync(mesh)).ShouldBe(before);
            (await RowsAsync(mesh, "select count(*)::text from lineage_node_next")).ShouldBe(["0"]);
        }
        finally
        {
            await ServiceHost.DropAsync(mesh.Options.Postgres, mesh.Options.Database!);
        }
    }

    [Fact]
    public async Task Readers_see_the_old_graph_meanwhile_and_what_happens_then_is_kept()
    {
        await using var mesh = await StartAsync(services => services.Remove(services.Single(service => service.ImplementationType == typeof(RebuildLoop))));
        try
        {
            var story = new LineageStory("p");
            await PublishAsync(mesh, story.Events());
            await TestProject.Read<LineageRebuild>(await mesh.ClientForAdmin().PostAsync(Route, null), HttpStatusCode.Accepted);
            var store = mesh.Service<RebuildStore>();
            var running = (await store.FindAsync(default))!;

            // One page, and then the process ends.
            var page = await mesh.Service<JournalReader>().ReadAsync(0, 5, default);
            (await store.AdvanceAsync(running.Id, 0, [.. page.Select(entry => new RebuildStep(EventLineage.Read(entry.Event)))], page[^1].Position, page[^1].Event.Time, 0, false, default)).ShouldBeTrue();
            (await store.AdvanceAsync(running.Id, 0, [], 99, page[^1].Event.Time, 0, false, default)).ShouldBeFalse();

            // In the graph, and not in the journal yet.
            await mesh.Service<LineageWriter>().AddAsync(story.Event(new ArtifactLogged("late", 1, ArtifactKind.Model, "d9", 1, story.Training)), default);
            var seen = await AskAsync(mesh, story.Uri("dataset/iris@1"));
            seen.Nodes.Count.ShouldBe(10);
            (await store.FindAsync(default))!.Position.ShouldBe(page[^1].Position);

            (await mesh.Service<LineageRebuilder>().RunAsync(default)).ShouldBeTrue();
            (await EndedAsync(mesh)).Events.ShouldBe(12);
            var after = await AskAsync(mesh, story.Uri("dataset/iris@1"));
            after.Nodes.Select(node => (node.Uri, node.Title, node.LastSeen)).ShouldBe(seen.Nodes.Select(node => (node.Uri, node.Title, node.LastSeen)));
            after.Edges.ShouldBe(seen.Edges);
            (await mesh.Service<LineageRebuilder>().RunAsync(default)).ShouldBeFalse();
        }
        finally
        {
            await ServiceHost.DropAsync(mesh.Options.Postgres, mesh.Options.Database!);
        }
    }

    [Fact]
    public async Task A_service_that_is_new_to_a_mesh_makes_up_for_what_it_missed()
    {
        var (postgres, folder) = (await PostgresFixture.ServerConnectionStringAsync(), Directory.CreateTempSubdirectory("mesh-test-").FullName);
        var database = $"test_{Guid.CreateVersion7():N}";
        var story = new LineageStory("p");
        var gone = new LineageStory("gone");
        try
        {
            await using (var before = await ServiceHost.StartAsync(postgres, [new MonitoringService()], database, folder))
            {
                await PublishAsync(before, gone.Events());
                await PublishAsync(before, [Event("gone", new ProjectDeleted("gone", Cascade: true), gone)]);
                await PublishAsync(before, story.Events());
            }

            await using var mesh = await ServiceHost.StartAsync(postgres, [new ArtifactsService(), new MonitoringService()], database, folder);
            await Eventually.Holds(async () => (await mesh.ClientForAdmin().GetAsync(Route)).StatusCode.ShouldBe(HttpStatusCode.OK));
            var ended = await EndedAsync(mesh);
            (ended.State, ended.StartedBy).ShouldBe((LineageRebuildState.Finished, "mesh"));
            (await AskAsync(mesh, story.Uri("dataset/iris@1"))).Nodes.Count.ShouldBe(9);
            (await RowsAsync(mesh, "select id from lineage_node where project = 'gone'")).ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await ServiceHost.DropAsync(postgres, database);
        }
    }

    [Fact]
    public async Task Without_a_journal_it_waits_says_so_and_can_be_given_up()
    {
        await using var mesh = await ServiceHost.StartAsync(await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService()]);
        try
        {
            var story = new LineageStory("p");
            await PublishAsync(mesh, story.Events());
            await TestProject.Refused(await mesh.ClientForAdmin().DeleteAsync(Route), HttpStatusCode.Conflict, "lineage.no-rebuild");
            await TestProject.Read<LineageRebuild>(await mesh.ClientForAdmin().PostAsync(Route, null), HttpStatusCode.Accepted);
            await Eventually.Holds(async () => (await StateAsync(mesh)).Problem.ShouldNotBeNull());

            (await mesh.ClientForAdmin().DeleteAsync(Route)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            (await StateAsync(mesh)).State.ShouldBe(LineageRebuildState.Cancelled);
            (await AskAsync(mesh, story.Uri("dataset/iris@1"))).Nodes.Count.ShouldBe(9);
        }
        finally
        {
            await ServiceHost.DropAsync(mesh.Options.Postgres, mesh.Options.Database!);
        }
    }

    [Fact]
    public async Task A_journal_that_is_behind_is_waited_for()
    {
        var story = new LineageStory("p");
        var events = story.Events();
        var entries = events.Take(4).Select((e, i) => new JournalEntry(i + 1, e)).ToImmutableList();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var journal = builder.Build();
        var (address, asked) = ($"http://127.0.0.1:{FreePorts.One()}", 0);
        journal.Urls.Add(address);
        journal.MapGet("/api/v1/events", (long after, int limit) =>
        {
            Interlocked.Increment(ref asked);
            return Results.Json(new Page<JournalEntry>([.. entries.Where(entry => entry.Position > after).Take(limit)]), MeshJson.Strict);
        });
        await journal.StartAsync();
        await using var mesh = await ServiceHost.StartAsync(
            await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService()], services: new Dictionary<string, string> { ["monitoring"] = address });
        try
        {
            // The service is new, and begins by itself.
            await Eventually.Holds(async () => (await StateAsync(mesh)).Position.ShouldBe(4));
            var id = (await StateAsync(mesh)).Id;
            var before = Volatile.Read(ref asked);
            await Eventually.Holds(() => Volatile.Read(ref asked).ShouldBeGreaterThan(before + 2));
            (await StateAsync(mesh)).State.ShouldBe(LineageRebuildState.Running);

            await mesh.RelayedAsync("lineage.rebuild-started", e => e.Subject == id.ToString());
            var mark = mesh.Events.Single(e => e.Type == "lineage.rebuild-started");
            entries = entries.AddRange(events.Skip(4).Append(mark).Select((e, i) => new JournalEntry(i + 5, e)));
            var ended = await EndedAsync(mesh);
            (ended.State, ended.Events).ShouldBe((LineageRebuildState.Finished, 12));
            (await AskAsync(mesh, story.Uri("dataset/iris@1"))).Nodes.Count.ShouldBe(9);
        }
        finally
        {
            await ServiceHost.DropAsync(mesh.Options.Postgres, mesh.Options.Database!);
        }
    }

    private static async Task<ServiceHost> StartAsync(Action<IServiceCollection>? configure = null) =>
        await ServiceHost.StartAsync(await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService(), new MonitoringService()], configure: configure);

    private static Task PublishAsync(ServiceHost mesh, IReadOnlyList<MeshEvent> events) => mesh.Service<IEventBus>().PublishAsync(events, default);

    private static MeshEvent Event<T>(string subject, T data, LineageStory story) where T : IIntegrationEvent => story.Event(data) with { Subject = subject };

    private static async Task TakeOpenLineageAsync(ServiceHost mesh)
    {
        using var body = new StringContent(
            """
            {"eventType":"COMPLETE","eventTime":"2026-01-01T00:00:00Z","producer":"https://airflow","run":{"runId":"0193a1c0-0000-7000-8000-000000000001"},"job":{"namespace":"airflow","name":"load"},
             "inputs":[{"namespace":"s3://lake","name":"raw"}],"outputs":[{"namespace":"mesh://one","name":"dataset/table@1"}]}
            """, System.Text.Encoding.UTF8, "application/json");
        (await mesh.ClientFor("ada", Role.Editor, "one").PostAsync("/api/v1/projects/one/lineage/openlineage", body)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<LineageGraph> AskAsync(ServiceHost mesh, string uri) =>
        await TestProject.Read<LineageGraph>(await mesh.ClientFor("ada", Role.Viewer, "p").GetAsync($"/api/v1/projects/p/lineage?uri={Uri.EscapeDataString(uri)}&direction=down&depth=20"));

    private static async Task<LineageRebuild> StateAsync(ServiceHost mesh) => await TestProject.Read<LineageRebuild>(await mesh.ClientForAdmin().GetAsync(Route));

    private static async Task<LineageRebuild> EndedAsync(ServiceHost mesh)
    {
        LineageRebuild? state = null;
        await Eventually.Holds(async () => (state = await StateAsync(mesh)).FinishedAt.ShouldNotBeNull(), TimeSpan.FromSeconds(60));
        return state!;
    }

    private static async Task<IReadOnlyList<string>> GraphAsync(ServiceHost mesh) => await RowsAsync(
        mesh, "select n::text from lineage_node n union all select e::text from lineage_edge e order by 1");

    private static async Task<IReadOnlyList<string>> RowsAsync(ServiceHost mesh, string sql)
    {
        await using var command = mesh.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(sql);
        var found = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) found.Add(rows.GetString(0));
        return found;
    }

    private static async Task ExecuteAsync(ServiceHost mesh, string sql)
    {
        await using var command = mesh.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
