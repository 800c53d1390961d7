using Marten;
using Npgsql;

namespace Mesh.Hosting.Store;

/// <summary>A service's part of PostgreSQL: its database (or, on a laptop, its schema of the one database).</summary>
public abstract class ServiceDatabase : IAsyncDisposable
{
    private protected ServiceDatabase(string service, MeshOptions options)
    {
        Schema = service;
        var connection = new NpgsqlConnectionStringBuilder(options.Postgres)
        {
            Database = options.Database ?? $"mesh_{service}",
            SearchPath = service,
            ApplicationName = $"mesh-{service}",
            MaxPoolSize = options.MaxConnections,
            ConnectionIdleLifetime = 30,
            IncludeErrorDetail = true,
            // What was prepared as the connection was opened is used by whoever executes the same. Nothing is prepared by itself: Npgsql 9 and 10 forget what a statement returns that fails
            // as it is, and the next to use it on that connection fails too.
            MaxAutoPrepare = 1,
            AutoPrepareMinUsages = int.MaxValue,
            // A reset throws away the plans of functions, at every return to the pool. Nothing may be left on a connection: settings are of a transaction, and locks of a session are given back.
            NoResetOnClose = true,
        };
        ConnectionString = connection.ConnectionString;
        DataSource = new NpgsqlDataSourceBuilder(ConnectionString).UsePhysicalConnectionInitializer(Hot.Prepare, Hot.PrepareAsync).Build();
        Hot.Renew = DataSource.Clear;
    }

    /// <summary>Name of the service and of its schema.</summary>
    public string Schema { get; }

    /// <summary>Pooled connections with the service's schema as search path. Shared with the service's document store.</summary>
    public NpgsqlDataSource DataSource { get; }

    internal string ConnectionString { get; }

    /// <summary>The statements that are prepared on its connections.</summary>
    internal HotStatements Hot { get; } = new();

    /// <summary>Closes the pool.</summary>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return DataSource.DisposeAsync();
    }
}

/// <summary>The database of the service whose store is <typeparamref name="TStore"/>.</summary>
public sealed class ServiceDatabase<TStore> : ServiceDatabase where TStore : class, IDocumentStore
{
    internal ServiceDatabase(string service, MeshOptions options) : base(service, options)
    {
    }
}
