using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Service;

/// <summary>Two replicas of the service on one database and a real RabbitMQ.</summary>
public sealed class ReplicaTests(RabbitMqFixture broker) : IClassFixture<RabbitMqFixture>, IAsyncLifetime
{
    private const string Project = "demo";
    private readonly List<ServiceHost> _hosts = [];

    public async ValueTask InitializeAsync()
    {
        var postgres = await PostgresFixture.ServerConnectionStringAsync();
        _hosts.Add(await ServiceHost.StartAsync(postgres, [new MonitoringService()], rabbitMq: broker.Address.ToString()));
        _hosts.Add(await ServiceHost.StartAsync(postgres, [new MonitoringService()], _hosts[0].Options.Database, rabbitMq: broker.Address.ToString()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        await ServiceHost.DropAsync(_hosts[^1].Options.Postgres, _hosts[^1].Options.Database!);
    }

    [Fact]
    public async Task Every_event_is_in_the_journal_once_and_in_order_and_subscribers_of_both_replicas_see_it()
    {
        await using var first = await EventFeedReader.OpenAsync(Client(0), $"project={Project}&after=0");
        await using var second = await EventFeedReader.OpenAsync(Client(1), $"project={Project}&after=0");
        var subjects = Enumerable.Range(0, 40).Select(subject => Enumerable.Range(1, 50)
            .Select(version => MonitoringFixture.Event(Project, new RunStarted(Guid.Empty, version), version, subject: $"run {subject}")).ToArray()).ToArray();
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(subjects, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (ordered, ct) =>
        {
            // Every page comes twice, as after a crash of the relay.
            foreach (var page in ordered.Chunk(10))
            {
                await Bus.PublishAsync(page, ct);
                await Bus.PublishAsync(page, ct);
            }
        });
        foreach (var reader in (EventFeedReader[])[first, second])
        {
            var seen = await reader.NextAsync(2000);
            seen.Select(entry => entry.Position).ShouldBeInOrder();
            seen.Select(entry => entry.Event.Id).ShouldBe(subjects.SelectMany(s => s).Select(e => e.Id), ignoreOrder: true);
            foreach (var subject in seen.GroupBy(entry => entry.Event.Subject))
                subject.Select(entry => entry.Event.StreamVersion).ShouldBe(Enumerable.Range(1, 50).Select(version => (long)version));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"2,000 events, each delivered twice, in {watch.Elapsed.TotalSeconds:0.0} s");
        first.HasMore.ShouldBeFalse();
        second.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task An_event_reaches_the_subscribers_of_both_replicas_in_a_moment()
    {
        await using var first = await EventFeedReader.OpenAsync(Client(0), $"project={Project}");
        await using var second = await EventFeedReader.OpenAsync(Client(1), $"project={Project}");
        var times = new List<double>();
        for (var i = 0; i < 60; i++)
        {
            var e = MonitoringFixture.Event(Project, new RunStarted(Guid.CreateVersion7(), 1));
            var watch = Stopwatch.StartNew();
            await Bus.PublishAsync([e], CancellationToken.None);
            (await first.NextAsync()).Event.Id.ShouldBe(e.Id);
            (await second.NextAsync()).Event.Id.ShouldBe(e.Id);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"p50 {times[30]:0.0} ms, p95 {times[57]:0.0} ms");
        times[6].ShouldBeLessThan(150);
    }

    [Fact]
    public async Task When_the_replica_that_writes_goes_the_other_goes_on_where_it_was()
    {
        await using var reader = await EventFeedReader.OpenAsync(Client(1), $"project={Project}&after=0");
        var subjects = Enumerable.Range(0, 8).Select(subject => Enumerable.Range(1, 150)
            .Select(version => MonitoringFixture.Event(Project, new RunStarted(Guid.Empty, version), version, subject: $"moving {subject}")).ToArray()).ToArray();
        var bus = _hosts[1].Service<IEventBus>();
        var publishing = Task.WhenAll(subjects.Select(ordered => Task.Run(async () =>
        {
            foreach (var page in ordered.Chunk(10)) await bus.PublishAsync(page, CancellationToken.None);
        })));
        await reader.NextAsync(100);
        await _hosts[0].DisposeAsync();
        _hosts.RemoveAt(0);
        await publishing;
        var seen = new Dictionary<string, long>();
        foreach (var (_, e) in await reader.NextAsync(1100))
        {
            e.StreamVersion.ShouldBeGreaterThan(seen.GetValueOrDefault(e.Subject), e.Subject);
            seen[e.Subject] = e.StreamVersion;
        }

        seen.Values.ShouldAllBe(version => version == 150);
        reader.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task The_list_is_the_same_from_both()
    {
        await Bus.PublishAsync([MonitoringFixture.Event(Project, new RunStarted(Guid.CreateVersion7(), 1))], CancellationToken.None);
        await Eventually.Holds(async () =>
        {
            var (a, b) = (await ListAsync(Client(0)), await ListAsync(Client(1)));
            a.Items.Count.ShouldBe(1);
            b.Items.Select(entry => entry.Event.Id).ShouldBe(a.Items.Select(entry => entry.Event.Id));
        });
    }

    private IEventBus Bus => _hosts[0].Service<IEventBus>();

    private HttpClient Client(int replica) => _hosts[replica].ClientFor("ada", Role.Viewer, Project);

    private static async Task<Page<JournalEntry>> ListAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/events?project={Project}&after=0");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<Page<JournalEntry>>(MeshJson.Tolerant))!;
    }
}
