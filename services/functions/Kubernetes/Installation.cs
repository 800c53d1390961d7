using Mesh.Hosting.Store;

namespace Mesh.Functions.Kubernetes;

/// <summary>Which installation this is: what it makes in a cluster bears its id, so that several can share a namespace and none touches what is another's.</summary>
internal sealed class Installation(ServiceDatabase<IFunctionsStore> database)
{
    /// <summary>The table of its one row.</summary>
    public const string Schema =
        """
        create table installation (
            id uuid not null default gen_random_uuid(),
            is_only boolean primary key default true check (is_only)
        );
        insert into installation default values;
        """;

    private string? _id;

    /// <summary>The id, as long as the database is.</summary>
    public async Task<string> IdAsync(CancellationToken ct)
    {
        if (_id is { } known) return known;
        await using var command = database.DataSource.CreateCommand("select id::text from installation");
        return _id = (string)(await command.ExecuteScalarAsync(ct))!;
    }
}
