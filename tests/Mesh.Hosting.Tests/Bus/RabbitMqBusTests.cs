using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Tests.Notes;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>What hosting makes of a real RabbitMQ.</summary>
public sealed class RabbitMqBusTests(RabbitMqFixture broker) : IClassFixture<RabbitMqFixture>
{
    [Fact]
    public async Task Every_queue_is_durable_and_those_of_a_process_expire()
    {
        var host = await StartAsync([new NotesService("writers"), new ListeningService()]);
        await ReadyAsync(host);
        var queues = await QueuesAsync();
        queues.ShouldContain(queue => Name(queue) == "mesh.writers.on-run-created" && queue.GetProperty("type").GetString() == "quorum");
        var own = queues.Single(queue => Name(queue).StartsWith("mesh.listening.everything.", StringComparison.Ordinal));
        own.GetProperty("arguments").GetProperty("x-expires").GetInt64().ShouldBe(60_000, "nobody else takes what was left in the queue of a process that is gone");
        queues.Where(queue => !queue.GetProperty("durable").GetBoolean() && !queue.GetProperty("exclusive").GetBoolean()).Select(Name)
            .ShouldBeEmpty("brokers of version 4.3 and later refuse transient queues that are not exclusive");

        var note = await WriteAsync(host, "heard");
        await Eventually.Holds(() => host.Service<Heard>().Events.ShouldContain(e => e.Subject == note));
        await StopAsync(host);
    }

    [Fact]
    public async Task An_event_that_is_told_before_the_journal_has_ever_run_is_kept_for_it()
    {
        await using var own = new OwnVirtualHost();
        await own.Broker.InitializeAsync();
        var host = await StartAsync([new NotesService()], own.Broker.Address);
        var note = await WriteAsync(host, "first of all");
        await host.RelayedAsync("run.created", e => e.Subject == note);
        await using (var connection = await new ConnectionFactory { Uri = own.Broker.Address }.CreateConnectionAsync())
        await using (var channel = await connection.CreateChannelAsync())
            await Eventually.Holds(async () => (await channel.QueueDeclarePassiveAsync("mesh.monitoring.journal")).MessageCount.ShouldBeGreaterThan(0u));
        await StopAsync(host);

        var journal = await StartAsync([new JournalService()], own.Broker.Address);
        await ReadyAsync(journal);
        await Eventually.Holds(() => journal.Service<Heard>().Events.ShouldContain(e => e.Subject == note));
        await StopAsync(journal);
    }

    private Task<ServiceHost> StartAsync(IReadOnlyList<ServiceModule> modules, Uri? address = null) => StartAsync(modules, (address ?? broker.Address).ToString());

    internal static async Task<ServiceHost> StartAsync(IReadOnlyList<ServiceModule> modules, string address) => await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), modules, rabbitMq: address, configure: services => services.AddSingleton<Heard>());

    internal static async Task StopAsync(ServiceHost host)
    {
        await host.DisposeAsync();
        await ServiceHost.DropAsync(host.Options.Postgres, host.Options.Database!);
    }

    private static Task ReadyAsync(ServiceHost host) =>
        Eventually.Holds(async () => (await host.Anonymous().GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK), TimeSpan.FromSeconds(30));

    private static async Task<string> WriteAsync(ServiceHost host, string text)
    {
        using var answer = await host.ClientFor("ada", Role.Editor, "demo").PostAsJsonAsync("/api/v1/projects/demo/notes", new { text });
        answer.EnsureSuccessStatusCode();
        return answer.Headers.Location!.ToString().Split('/')[^1];
    }

    private async Task<IReadOnlyList<JsonElement>> QueuesAsync()
    {
        using var api = await RabbitMqFixture.ApiClientAsync();
        return [.. (await api.GetFromJsonAsync<JsonElement>($"queues{broker.Address.AbsolutePath}")).EnumerateArray()];
    }

    private static string Name(JsonElement queue) => queue.GetProperty("name").GetString()!;

    private sealed class OwnVirtualHost : IAsyncDisposable
    {
        public RabbitMqFixture Broker { get; } = new();

        public ValueTask DisposeAsync() => Broker.DisposeAsync();
    }

    /// <summary>What was heard.</summary>
    public sealed class Heard : IEventListener, IEventConsumer
    {
        public ConcurrentQueue<MeshEvent> Events { get; } = new();

        public Task HearAsync(MeshEvent e, CancellationToken ct)
        {
            Events.Enqueue(e);
            return Task.CompletedTask;
        }

        public Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct) => HearAsync(e, ct);
    }

    private sealed class ListeningService : StatelessModule
    {
        public override string Name => "listening";

        public override void Subscribe(ConsumerRegistry consumers) => consumers.Listen<Heard>("everything", ["#"]);
    }

    public interface IJournalStore : IDocumentStore;

    private sealed class JournalService : ServiceModule<IJournalStore>
    {
        public override string Name => "monitoring";

        public override void Subscribe(ConsumerRegistry consumers) => consumers.Add<Heard>("journal", ["#"], ordered: true, inbox: false, concurrency: 64);
    }
}
