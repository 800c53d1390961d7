using JasperFx.Events;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Hosting;

/// <summary>
/// What a service is: its name, what it registers, stores, maps, consumes and publishes. Hosting does the rest. Alone in a process it is a
/// microservice; several in one process, with the gateway, are the laptop version.
/// </summary>
public abstract class ServiceModule
{
    /// <summary>The service's name: a DNS label. Also its schema, the end of its database's name (<c>mesh_{name}</c>) and the prefix of its queues.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// SQL scripts for purpose-built tables. Each is run once, in order, under a lock, with the service's schema as search path. A script that
    /// has shipped is never edited; a change is a new script.
    /// </summary>
    public virtual IReadOnlyList<string> Schema => [];

    /// <summary>Registers what the service needs beyond its store.</summary>
    public virtual void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    /// <summary>Declares event types with their stored names, inline snapshots and documents.</summary>
    public virtual void ConfigureStore(StoreOptions store)
    {
    }

    /// <summary>Maps public endpoints, with their whole paths below <c>/api/v1</c>.</summary>
    public virtual void MapEndpoints(IEndpointRouteBuilder app)
    {
    }

    /// <summary>Maps endpoints for other services, with paths below <c>/internal</c> (the prefix is given).</summary>
    public virtual void MapInternal(IEndpointRouteBuilder app)
    {
    }

    /// <summary>Names the consumers of integration events.</summary>
    public virtual void Subscribe(ConsumerRegistry consumers)
    {
    }

    /// <summary>Maps a stored event to what the other services are told, or to null if it stays inside. Pure: called again for a replay.</summary>
    public virtual IIntegrationEvent? ToIntegrationEvent(IEvent e) => null;

    internal virtual bool HasStore => true;

    internal abstract void AddStore(IServiceCollection services, MeshOptions options);

    internal abstract IDocumentStore ResolveStore(IServiceProvider services);

    internal abstract ServiceDatabase ResolveDatabase(IServiceProvider services);
}

/// <summary>A module without a store, such as the gateway's: it maps endpoints and listens to events.</summary>
public abstract class StatelessModule : ServiceModule
{
    internal sealed override bool HasStore => false;

    internal sealed override void AddStore(IServiceCollection services, MeshOptions options)
    {
    }

    internal sealed override IDocumentStore ResolveStore(IServiceProvider services) => throw new InvalidOperationException($"The module {Name} has no store.");

    internal sealed override ServiceDatabase ResolveDatabase(IServiceProvider services) => throw new InvalidOperationException($"The module {Name} has no store.");
}

/// <summary>A module with its own store, told apart by a marker interface.</summary>
/// <typeparam name="TStore">The marker: an interface that extends <see cref="IDocumentStore"/> and adds nothing.</typeparam>
public abstract class ServiceModule<TStore> : ServiceModule where TStore : class, IDocumentStore
{
    internal sealed override void AddStore(IServiceCollection services, MeshOptions options) => services.AddServiceStore<TStore>(this, options);

    internal sealed override IDocumentStore ResolveStore(IServiceProvider services) => services.GetRequiredService<TStore>();

    internal sealed override ServiceDatabase ResolveDatabase(IServiceProvider services) => services.GetRequiredService<ServiceDatabase<TStore>>();
}
