using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Mesh.Testing;

/// <summary>
/// One or more real modules in this process, on real PostgreSQL and the in-process bus (or a real RabbitMQ), reached over HTTP as the gateway
/// reaches a service: with a signed identity.
/// </summary>
public sealed class ServiceHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RecordingBus _bus;
    private readonly List<HttpClient> _clients = [];
    private readonly string _folder;
    private readonly bool _ownsFolder;

    private ServiceHost(WebApplication app, RecordingBus bus, CapturedLogs logs, MeshOptions options, string folder, bool ownsFolder)
    {
        (_app, _bus, Logs, Options, _folder, _ownsFolder) = (app, bus, logs, options, folder, ownsFolder);
    }

    /// <summary>What it has logged at information level and above.</summary>
    public CapturedLogs Logs { get; }

    /// <summary>The settings it runs with.</summary>
    public MeshOptions Options { get; }

    /// <summary>Address of the services, as another service would call them.</summary>
    public Uri Address => new(Options.Listen);

    /// <summary>Integration events that the relay has published, in that order.</summary>
    public IReadOnlyCollection<MeshEvent> Events => _bus.Published;

    /// <summary>Starts modules on a database of their own.</summary>
    /// <param name="postgres">Connection string of the server.</param>
    /// <param name="modules">The modules.</param>
    /// <param name="database">Database to go on with; a new one when absent.</param>
    /// <param name="folder">Folder for keys and data to go on with; a new one when absent.</param>
    /// <param name="settings">More settings, such as <c>Functions:Workers</c>.</param>
    /// <param name="services">Addresses of services that run elsewhere.</param>
    /// <param name="rabbitMq">AMQP address; the in-process bus when absent.</param>
    /// <param name="configure">Last word on the registered services.</param>
    /// <param name="daemon">How the relay is led; several hosts on one database elect one.</param>
    public static async Task<ServiceHost> StartAsync(
        string postgres, IReadOnlyList<ServiceModule> modules, string? database = null, string? folder = null,
        IReadOnlyDictionary<string, string?>? settings = null, IReadOnlyDictionary<string, string>? services = null, string? rabbitMq = null,
        Action<IServiceCollection>? configure = null, DaemonLeadership daemon = DaemonLeadership.Solo)
    {
        var ownsFolder = folder is null;
        folder ??= Directory.CreateTempSubdirectory("mesh-test-").FullName;
        var address = $"http://127.0.0.1:{FreePorts.One()}";
        var options = new MeshOptions
        {
            Postgres = postgres,
            Database = database ?? $"test_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}",
            RabbitMq = rabbitMq,
            KeyPath = Path.Combine(folder, "keys"),
            DataPath = Path.Combine(folder, "data"),
            Daemon = daemon,
            Listen = address,
            MaxConnections = 20,
            Services = new Dictionary<string, string>(services ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase),
        };
        foreach (var path in Directory.GetDirectories(RepositoryPath.Of("services"))) options.Services.TryAdd(Path.GetFileName(path), address);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddMeshProcess("test", options);
        var logs = new CapturedLogs();
        builder.Logging.AddProvider(logs);
        builder.AddMeshModules(options, modules);
        var bus = new RecordingBus();
        var inner = builder.Services.Last(service => service.ServiceType == typeof(IEventBus));
        builder.Services.Remove(inner);
        builder.Services.AddSingleton<IEventBus>(provider => bus.Around((IEventBus)ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!)));
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseMeshModules();
        await app.PrepareMeshAsync();
        await app.StartAsync();
        return new ServiceHost(app, bus, logs, options, folder, ownsFolder);
    }

    /// <summary>Something that the modules registered.</summary>
    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Everything that the modules registered.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>A client with this user's role in a project.</summary>
    public HttpClient ClientFor(string user, Role role, string project) => Client(new Caller(user, CallerKind.User, role, project));

    /// <summary>A client of a platform administrator.</summary>
    public HttpClient ClientForAdmin(string user = "admin") => Client(new Caller(user, CallerKind.User, Role.Owner, null, PlatformAdmin: true));

    /// <summary>A client that is another service of the platform.</summary>
    public HttpClient ClientForService(string name) => Client(Caller.Service(name));

    /// <summary>A client without any identity.</summary>
    public HttpClient Anonymous() => Client(null);

    /// <summary>Waits until every committed event has been relayed.</summary>
    public Task RelayedAsync(string type, Func<MeshEvent, bool>? which = null, TimeSpan? timeout = null) =>
        Eventually.Holds(() => Task.FromResult(Events.Any(e => e.Type == type && which?.Invoke(e) != false)), timeout);

    /// <summary>Stops as on SIGTERM. The database stays, so that another host can go on with it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_ownsFolder) Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Drops the database of a host that has stopped.</summary>
    public static async Task DropAsync(string postgres, string database)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"drop database if exists \"{database}\" with (force)", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A loopback port that was free a moment ago.</summary>
    public static int FreePort() => FreePorts.One();

    private HttpClient Client(Caller? caller)
    {
        var client = new HttpClient(new IdentityHandler(caller, Service<IdentityTokens>())) { BaseAddress = Address };
        _clients.Add(client);
        return client;
    }

    private sealed class IdentityHandler(Caller? caller, IdentityTokens tokens) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (caller is not null) request.Headers.Add(IdentityTokens.Header, tokens.Issue(caller));
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class RecordingBus : IEventBus
    {
        private readonly ConcurrentQueue<MeshEvent> _published = new();
        private IEventBus? _inner;

        public IReadOnlyCollection<MeshEvent> Published => _published;

        public RecordingBus Around(IEventBus inner)
        {
            _inner = inner;
            return this;
        }

        public async Task PublishAsync(IReadOnlyList<MeshEvent> ordered, CancellationToken ct)
        {
            await _inner!.PublishAsync(ordered, ct);
            foreach (var e in ordered) _published.Enqueue(e);
        }
    }
}
