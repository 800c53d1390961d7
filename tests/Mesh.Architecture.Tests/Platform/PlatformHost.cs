using Mesh.Architecture.Tests.Sources;
using Mesh.Testing;

namespace Mesh.Architecture.Tests.Platform;

/// <summary>All services in one process, as on a laptop, on real PostgreSQL.</summary>
public sealed class PlatformHost : IAsyncLifetime
{
    public ServiceHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), ServiceModules.All, settings: new Dictionary<string, string?> { ["Functions:Workers"] = "0" });

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await ServiceHost.DropAsync(Host.Options.Postgres, Host.Options.Database!);
    }
}

/// <summary>The tests that share the one host.</summary>
[CollectionDefinition(nameof(PlatformTests))]
public sealed class PlatformTests : ICollectionFixture<PlatformHost>;
