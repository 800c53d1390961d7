using Mesh.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Mesh.Monitoring;
using Mesh.Testing;
using Mesh.Tracking;

[assembly: AssemblyFixture(typeof(Mesh.Client.Tests.ClientMesh))]

namespace Mesh.Client.Tests;

/// <summary>Tracking, artifacts and monitoring on real PostgreSQL.</summary>
public sealed class ClientMesh : IAsyncLifetime
{
    private readonly string _spool = Directory.CreateTempSubdirectory("mesh-spool-").FullName;
    private ServiceHost? _host;

    public async ValueTask InitializeAsync() => _host = await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), [new TrackingService(), new ArtifactsService(), new MonitoringService()],
        settings: new Dictionary<string, string?> { ["Artifacts:SourceRoots:0"] = Sources });

    /// <summary>A folder whose files may be sources of artifacts.</summary>
    internal string Sources { get; } = Directory.CreateTempSubdirectory("mesh-sources-").FullName;

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(_spool, recursive: true);
        Directory.Delete(Sources, recursive: true);
        if (_host is null) return;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_host.Options.Postgres, _host.Options.Database!);
    }

    /// <summary>A client whose own project no other test knows.</summary>
    /// <param name="through">Stands between the client and the services.</param>
    /// <param name="options">All but its address, project and spool.</param>
    internal MeshClient NewProject(DelegatingHandler? through = null, MeshClientOptions? options = null)
    {
        var project = $"p-{Guid.CreateVersion7():N}";
        options = (options ?? new MeshClientOptions()) with { Api = _host!.Address, Project = project, SpoolFolder = _spool };
        var http = _host.ClientFor("ada", Role.Editor, project);
        if (through is null) return new MeshClient(options, http);
        through.InnerHandler = new Forward(http);
        return new MeshClient(options, new HttpClient(through));
    }

    /// <summary>Another client of a project.</summary>
    internal MeshClient ClientOf(string project) =>
        new(new MeshClientOptions { Api = _host!.Address, Project = project, SpoolFolder = _spool }, _host.ClientFor("ada", Role.Editor, project));

    /// <summary>A new project behind an address of its own, which can be shut.</summary>
    internal Task<Door> OpenDoorAsync()
    {
        var project = $"p-{Guid.CreateVersion7():N}";
        return Door.OpenAsync(_host!.Address, _host.ClientFor("ada", Role.Editor, project), project);
    }

    /// <summary>Brings an event as the bus would.</summary>
    internal Task PublishAsync(MeshEvent e) => _host!.Service<IEventBus>().PublishAsync([e], CancellationToken.None);

    /// <summary>Options of a client that asks once.</summary>
    internal static MeshClientOptions Impatient { get; } = new() { RetryFor = TimeSpan.Zero };

    private sealed class Forward(HttpClient http) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // A message is sent once: what the client made is copied onto a new one.
            using var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = request.Content };
            foreach (var (name, values) in request.Headers) copy.Headers.TryAddWithoutValidation(name, values);
            return await http.SendAsync(copy, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
    }
}
