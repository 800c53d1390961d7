using System.Text.Json;
using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Inputs;

/// <summary>A version of a data set that a run read.</summary>
/// <param name="SourceType">What kind of address the source is.</param>
/// <param name="Source">Where it is.</param>
/// <param name="Schema">Its columns, as the client wrote them.</param>
/// <param name="Profile">Its statistics, as the client wrote them.</param>
/// <param name="Tags">What the run says of it; the context is one of them.</param>
internal sealed record RunInput(
    string Name, string Digest, string SourceType, string Source, string? Schema, string? Profile, string? Context, IReadOnlyDictionary<string, string> Tags)
{
    public DatasetRef Ref => new(Name, Digest, Context, MeshUri.TryParse(Source, out var uri, out _) ? uri.ToString() : null);
}

/// <summary>Keeps and finds the data sets that runs read.</summary>
internal sealed class RunInputs(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>Adds the rows to a session's transaction. A data set that is there stays as it is, but locked: a purge does not take it away meanwhile.</summary>
    public static void Store(IDocumentSession session, string project, long experiment, Guid run, IReadOnlyList<RunInput> inputs)
    {
        foreach (var input in inputs)
        {
            session.QueueSqlCommand(
                """
                insert into dataset (project, experiment, name, digest, source_type, source, schema, profile) values (?, ?, ?, ?, ?, ?, ?, ?)
                on conflict (project, experiment, name, digest) do update set source_type = dataset.source_type
                """,
                project, experiment, input.Name, input.Digest, input.SourceType, input.Source, (object?)input.Schema ?? DBNull.Value, (object?)input.Profile ?? DBNull.Value);
            session.QueueSqlCommand(
                """
                insert into run_input (project, run, name, digest, experiment, context, tags) values (?, ?, ?, ?, ?, ?, ?::jsonb)
                on conflict (project, run, name, digest) do update set context = excluded.context, tags = excluded.tags
                """,
                project, run, input.Name, input.Digest, experiment, (object?)input.Context ?? DBNull.Value, JsonSerializer.Serialize(input.Tags));
        }
    }

    /// <summary>The inputs of several runs with one query.</summary>
    public async Task<ILookup<Guid, RunInput>> OfAsync(string project, Guid[] runs, CancellationToken ct)
    {
        if (runs.Length == 0) return Array.Empty<(Guid, RunInput)>().ToLookup(row => row.Item1, row => row.Item2);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select i.run, i.name, i.digest, d.source_type, d.source, d.schema, d.profile, i.context, i.tags::text
            from run_input i join dataset d using (project, experiment, name, digest)
            where i.project = $1 and i.run = any($2) order by i.run, i.name, i.digest
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = runs } },
        };
        await command.PrepareAsync(ct);
        var found = new List<(Guid Run, RunInput Input)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            found.Add((rows.GetGuid(0), new RunInput(
                rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.GetString(4), Text(rows, 5), Text(rows, 6), Text(rows, 7),
                JsonSerializer.Deserialize<Dictionary<string, string>>(rows.GetString(8))!)));
        }

        return found.ToLookup(row => row.Run, row => row.Input);
    }

    /// <summary>The data sets that runs of experiments read, at most <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<(long Experiment, DatasetRef Dataset)>> OfExperimentsAsync(string project, long[] experiments, int limit, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select distinct experiment, name, digest, context from run_input
            where project = $1 and experiment = any($2) order by experiment, name, digest, context limit $3
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = experiments, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint }, new() { Value = limit } },
        };
        var found = new List<(long, DatasetRef)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add((rows.GetInt64(0), new DatasetRef(rows.GetString(1), rows.GetString(2), Text(rows, 3))));
        return found;
    }

    private static string? Text(NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);
}
