using Mesh.Testing;

namespace Mesh.Hosting.Tests.Notes;

/// <summary>The notes service on a database of its own.</summary>
public sealed class NotesHost : IAsyncLifetime
{
    public ServiceHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Host = await ServiceHost.StartAsync(await PostgresFixture.ServerConnectionStringAsync(), [new NotesService()]);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await ServiceHost.DropAsync(Host.Options.Postgres, Host.Options.Database!);
    }
}
