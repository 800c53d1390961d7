using Mesh.Artifacts;
using Mesh.Contracts;
using Mesh.Testing;
using Mesh.Tracking.Retention;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tracking.Tests.Retention;

/// <summary>Tracking and artifacts together, with a clock that tests can put forward.</summary>
public sealed class RetentionFixture : IAsyncLifetime
{
    private ServiceHost? _host;
    private string? _server;

    public ServiceHost Host => _host ?? throw new InvalidOperationException("Not started.");

    public AheadClock Clock { get; } = new();

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresFixture.ServerConnectionStringAsync();
        _host = await ServiceHost.StartAsync(
            _server, [new TrackingService(), new ArtifactsService()],
            configure: services => services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RetentionLoop>(provider, Clock)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is null) return;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_server!, _host.Options.Database!);
    }

    public ProjectUser NewProject()
    {
        var project = $"p-{Guid.CreateVersion7():N}";
        return new ProjectUser(Host, project, Host.ClientFor("ada", Role.Editor, project));
    }

    /// <summary>The real time and a bit.</summary>
    public sealed class AheadClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
