using JasperFx;
using JasperFx.Core;
using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.MultiTenancy;
using JasperFx.OpenTelemetry;
using Marten;
using Mesh.Hosting.Bus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weasel.Core;

namespace Mesh.Hosting.Store;

/// <summary>Sets every service's store up alike: string streams, a tenant per project, metadata on, nothing skipped silently.</summary>
internal static class ServiceStoreRegistration
{
    public static void AddServiceStore<TStore>(this IServiceCollection services, ServiceModule<TStore> module, MeshOptions options)
        where TStore : class, IDocumentStore
    {
        var database = new ServiceDatabase<TStore>(module.Name, options);
        services.AddSingleton(database);
        services.AddSingleton(module);
        services.AddSingleton<EventRelay<TStore>>();
        services.AddSingleton<GroupCommit<TStore>>();
        services.AddMartenStore<TStore>(provider =>
            {
                var store = new StoreOptions();
                store.Connection(database.DataSource);
                store.Logger(database.Hot);
                Configure(store, module.Name, provider.GetRequiredService<TimeProvider>());
                Signal(store, options.Daemon is DaemonLeadership.Solo
                    ? new LocalAppendSignal()
                    : new SharedAppendSignal(database.DataSource, module.Name, provider.GetRequiredService<ILogger<SharedAppendSignal>>()));
                module.ConfigureStore(store);
                return store;
            })
            .ApplyAllDatabaseChangesOnStartup()
            .AddAsyncDaemon(options.Daemon == DaemonLeadership.Solo ? DaemonMode.Solo : DaemonMode.HotCold)
            .AddSubscriptionWithServices<EventRelay<TStore>>(ServiceLifetime.Singleton, relay =>
            {
                relay.Name = "event-relay";
                relay.Options.BatchSize = 200;
            });
    }

    private static void Signal(StoreOptions store, AppendSignal signal)
    {
        store.Listeners.Add(signal);
        store.Projections.Wakeup = signal;
    }

    private static void Configure(StoreOptions store, string schema, TimeProvider clock)
    {
        store.DatabaseSchemaName = schema;
        store.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase);
        store.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate;
        store.DisableNpgsqlLogging = true;
        store.Events.StreamIdentity = StreamIdentity.AsString;
        store.Events.EventNamingStyle = EventNamingStyle.SmarterTypeName;
        store.Events.TenancyStyle = TenancyStyle.Conjoined;
        store.Policies.AllDocumentsAreMultiTenanted();
        store.Advanced.DefaultTenantUsageEnabled = false;
        store.Events.MetadataConfig.EnableAll();
        store.Events.MetadataConfig.UserNameEnabled = true;
        store.Events.TimeProvider = clock;

        // Losers of a race burn no sequence number, so the relay does not wait for a hole; only in a group that fails do others burn theirs (ADR 077).
        store.Events.UseExclusiveLockOnConcurrentAppends = true;
        // The published twin of the lock library knows transactional locks only (ADR 002).
        store.Events.UseAdvisoryLockTransaction = true;
        store.Projections.StaleSequenceThreshold = 500.Milliseconds();
        store.Projections.StopAndDrainTimeout = 10.Seconds();
        // The defaults drop events that fail: here a fault stops the shard visibly instead.
        store.Projections.Errors.SkipApplyErrors = false;
        store.Projections.Errors.SkipSerializationErrors = false;
        store.Projections.Errors.SkipUnknownEvents = false;
        store.OpenTelemetry.TrackConnections = TrackLevel.Normal;
        store.OpenTelemetry.TrackEventCounters();
        store.Schema.For<InboxEntry>().SingleTenanted().DocumentAlias("inbox").Duplicate(entry => entry.At);
        store.Schema.For<DeadLetter>().SingleTenanted().DocumentAlias("dead_letter").Duplicate(letter => letter.At);
    }
}
