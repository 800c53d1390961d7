using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Experiments;

/// <summary>Experiments with their number of runs.</summary>
internal sealed class ExperimentList(ITrackingStore store, ServiceDatabase<ITrackingStore> database)
{
    private const string Select =
        """
        select e.data, r.runs, r.newest
        from mt_doc_experiment e
        cross join lateral (
            select count(*) as runs, max(created_at) as newest from mt_doc_run
            where tenant_id = e.tenant_id and experiment_id = e.number and not deleted) r
        where e.tenant_id = $1
        """;

    /// <summary>Experiments by name, after a name.</summary>
    /// <param name="name">Only the one of that name.</param>
    /// <param name="deleted">Those out of sight instead of those in sight.</param>
    public async Task<IReadOnlyList<ExperimentInfo>> ReadAsync(string project, string? name, bool deleted, string? after, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"{Select} and e.deleted = $2 and e.name > $3 and ($4::text is null or e.name = $4) order by e.name limit $5")
        {
            Parameters =
            {
                new() { Value = project }, new() { Value = deleted }, new() { Value = after ?? "" }, new() { Value = (object?)name ?? DBNull.Value, DataTypeName = "text" },
                new() { Value = limit },
            },
        };
        return await ReadAsync(command, ct);
    }

    /// <summary>One experiment as callers see it.</summary>
    public async Task<ExperimentInfo> DescribeAsync(string project, Experiment experiment, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"{Select} and e.number = $2") { Parameters = { new() { Value = project }, new() { Value = experiment.Number } } };
        return (await ReadAsync(command, ct)).SingleOrDefault() ?? View(experiment, 0, null);
    }

    private async Task<List<ExperimentInfo>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        command.Connection = connection;
        var serializer = store.Options.Serializer();
        var found = new List<ExperimentInfo>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var experiment = await serializer.FromJsonAsync<Experiment>(rows, 0, ct);
            found.Add(View(experiment, rows.GetInt64(1), await rows.IsDBNullAsync(2, ct) ? null : await rows.GetFieldValueAsync<DateTimeOffset>(2, ct)));
        }

        return found;
    }

    private static ExperimentInfo View(Experiment e, long runs, DateTimeOffset? newest) => new(
        e.Number, e.Name, runs, newest, e.Tags, e.CreatedBy, e.CreatedAt, e.UpdatedAt, e.ArtifactLocation, e.Deleted);
}
