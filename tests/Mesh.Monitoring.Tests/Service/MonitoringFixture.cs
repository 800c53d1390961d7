using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Serving;
using Mesh.Hosting.Bus;
using Mesh.Monitoring.Predictions;
using Mesh.Monitoring.Tests.Drift;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Service;

/// <summary>The monitoring service on real PostgreSQL, with stand-ins for the services that it calls.</summary>
public sealed class MonitoringFixture : IAsyncLifetime
{
    private static readonly IReadOnlyDictionary<string, string?> Settings = new Dictionary<string, string?>
    {
        ["Mesh:Monitoring:IdleSeconds"] = "2",
        ["Mesh:Monitoring:HeartbeatSeconds"] = "1",
        ["Mesh:Monitoring:Webhooks:AllowLoopback"] = "true",
        ["Mesh:Monitoring:Webhooks:TimeoutSeconds"] = "1",
        ["Mesh:Monitoring:Webhooks:RetrySeconds:0"] = "0.2",
        ["Mesh:Monitoring:Webhooks:RetrySeconds:1"] = "0.2",
        ["Mesh:Monitoring:Webhooks:RetrySeconds:2"] = "0.2",
    };

    private ServiceHost? _host;
    private int _names;

    public ServiceHost Host => _host ?? throw new InvalidOperationException("The fixture has not been initialized.");

    public Peers Peers { get; private set; } = null!;

    public BreastCancer Data { get; } = BreastCancer.Load();

    public async ValueTask InitializeAsync()
    {
        Peers = await Peers.StartAsync();
        _host = await StartHostAsync();
    }

    /// <summary>Another host of the service, on the database of this one if it is named, and with other settings where they are given.</summary>
    public async Task<ServiceHost> StartHostAsync(string? database = null, string? folder = null, params IReadOnlyList<(string Key, string Value)> others) => await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), [new MonitoringService()], database, folder,
        new Dictionary<string, string?>(Settings.Where(set => others.All(other => other.Key != set.Key)).Concat(others.Select(other => KeyValuePair.Create(other.Key, (string?)other.Value)))),
        services: new Dictionary<string, string> { ["artifacts"] = Peers.Address, ["functions"] = Peers.Address, ["serving"] = Peers.Address });

    public async ValueTask DisposeAsync()
    {
        if (_host is null) return;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_host.Options.Postgres, _host.Options.Database!);
        await Peers.DisposeAsync();
    }

    /// <summary>A project that no other test uses.</summary>
    public string NewProject() => $"p-{Interlocked.Increment(ref _names)}-{Guid.CreateVersion7().ToString("N")[^6..]}";

    public HttpClient Client(string project, Role role = Role.Editor) => Host.ClientFor("ada", role, project);

    /// <summary>Brings events as the bus would.</summary>
    public Task PublishAsync(params MeshEvent[] events) => Host.Service<IEventBus>().PublishAsync(events, CancellationToken.None);

    public static MeshEvent Event(string project, IIntegrationEvent fact, long version = 1, DateTimeOffset? time = null, Guid? id = null, string? subject = null) => new()
    {
        Id = id ?? Guid.CreateVersion7(),
        Source = "/mesh/test",
        Type = EventTypes.NameOf(fact.GetType()),
        Subject = subject ?? fact.Subject,
        Time = time ?? DateTimeOffset.UtcNow,
        Project = project,
        StreamVersion = version,
        Data = JsonSerializer.SerializeToElement(fact, fact.GetType(), MeshJson.Tolerant),
    };

    /// <summary>Deploys an endpoint of the breast cancer model, version 1.</summary>
    public async Task DeployAsync(string project, string endpoint = "tumours", ConfigureMonitor? settings = null, int version = 1)
    {
        Register(project, version);
        Peers.Endpoints[$"{project}/{endpoint}"] = "cancer";
        await PublishAsync(
            Event(project, new EndpointDeployed(endpoint, "cancer", "champion")), Event(project, new EndpointVersionServed(endpoint, "cancer", version), 2));
        if (settings is null) return;
        using var answer = await Client(project).PutAsJsonAsync($"/api/v1/projects/{project}/monitors/{endpoint}", settings, MeshJson.Strict);
        answer.EnsureSuccessStatusCode();
    }

    public void Register(string project, int version) => Peers.Models[$"{project}/cancer/{version}"] = new ModelVersion(
        "cancer", version, "mlnet", "cancer/model", 1, new string('0', 64), 1, Data.Signature, Data.Statistics, null, new Dictionary<string, double>(),
        new Dictionary<string, string>(), null, [], "ada", default);

    /// <summary>Sends rows as serving does: those of each version in a batch of their own.</summary>
    /// <returns>How many rows were stored now, and how many of them late.</returns>
    public async Task<(int Stored, int Late)> CaptureAsync(string project, IReadOnlyList<Prediction> rows, string endpoint = "tumours", Guid? batch = null, ServiceHost? host = null)
    {
        var (stored, late) = (0, 0);
        foreach (var version in rows.GroupBy(row => row.ModelVersion))
        {
            using var body = new PredictionBatch(batch ?? Guid.CreateVersion7(), endpoint, "cancer", [.. version]).ToContent();
            using var answer = await (host ?? Host).ClientForService("serving").PostAsync($"/internal/projects/{project}/predictions", body);
            answer.EnsureSuccessStatusCode();
            var said = await answer.Content.ReadFromJsonAsync<StoredBatch>();
            (stored, late) = (stored + said!.Stored, late + said.Late);
        }

        return (stored, late);
    }

    public async Task<MonitorInfo> MonitorAsync(string project, string endpoint = "tumours") =>
        (await Client(project).GetFromJsonAsync<MonitorInfo>($"/api/v1/projects/{project}/monitors/{endpoint}", MeshJson.Strict))!;

    public async Task<IReadOnlyList<DriftWindow>> WindowsAsync(string project, string endpoint = "tumours") =>
        (await Client(project).GetFromJsonAsync<Page<DriftWindow>>($"/api/v1/projects/{project}/monitors/{endpoint}/windows?limit=1000", MeshJson.Strict))!.Items;
}

[CollectionDefinition(Name)]
public sealed class MonitoringCollection : ICollectionFixture<MonitoringFixture>
{
    public const string Name = "monitoring";
}
