using Mesh.Architecture.Tests.Sources;
using Npgsql;

namespace Mesh.Architecture.Tests.Platform;

/// <summary>The tables as they are in PostgreSQL: each row belongs to a project, and an index finds the rows of one.</summary>
[Collection(nameof(PlatformTests))]
public sealed class TableTests(PlatformHost platform)
{
    private static readonly string[] OfNoProject =
    [
        "schema_scripts",
        "blobs", // content is kept once; blob_references says which project has it
        "dataset_profile", // what is in a blob
        "blob_damage", // as blobs
        "blob_place", // as blobs: where they may lie
        "upload_part", // its upload is a row of upload, which has the project
        "job_workers", // they serve every project
        "installation", // there is one of it
        "journal_position",
        "lineage_rebuild", // of all projects at once
        "metric_bucket", // as metric_point
        "metric_point", // its series is a row of metric, which has the project
        // Messages of the bus and what became of them, and the daemon's own.
        "mt_doc_inbox",
        "mt_doc_dead_letter",
        "mt_doc_deadletterevent",
    ];

    // Which tables lack the column, or an index that begins with it. A partition is of its parent's shape.
    private const string WithoutProject =
        """
        select c.relname from pg_class c
        where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'mt\_%'
          and not exists (
            select from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
            where i.indrelid = c.oid and a.attname = 'project' and a.attnotnull)
        order by 1
        """;

    private const string WithoutTenant =
        """
        select c.relname from pg_class c
        where c.relnamespace = $1::regnamespace and c.relkind = 'r' and (c.relname like 'mt\_doc\_%' or c.relname = 'mt_streams')
          and not exists (
            select from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
            where i.indrelid = c.oid and i.indisprimary and a.attname = 'tenant_id')
        order by 1
        """;

    public static TheoryData<string> Services => [.. ServiceModules.All.Select(module => module.Name)];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Purpose_built_tables_are_keyed_by_project(string service) =>
        (await ReadAsync(WithoutProject, service)).Except(OfNoProject).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Tables_of_the_store_are_keyed_by_tenant(string service) =>
        (await ReadAsync(WithoutTenant, service)).Except(OfNoProject).ShouldBeEmpty();

    private async Task<IReadOnlyList<string>> ReadAsync(string sql, string schema)
    {
        var connection = new NpgsqlConnectionStringBuilder(platform.Host.Options.Postgres) { Database = platform.Host.Options.Database };
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = schema });
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync()) names.Add(reader.GetString(0));
        return names;
    }
}
