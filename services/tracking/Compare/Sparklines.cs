using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Compare;

/// <summary>Reads the last points of every metric of a run with one query.</summary>
internal sealed class Sparklines(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>By name; values in the order of step, time and arrival.</summary>
    /// <param name="points">The most points of each.</param>
    public async Task<RunSparklines> OfAsync(string project, Guid run, int points, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select m.name, array(select p.value from metric_point p where p.series = m.series order by p.step desc, p.time desc, p.seq desc limit $3)
            from metric m where m.project = $1 and m.run = $2 order by m.name
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = run }, new() { Value = points } },
        };
        var found = new List<Sparkline>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var values = await rows.GetFieldValueAsync<double[]>(1, ct);
            Array.Reverse(values);
            found.Add(new Sparkline(rows.GetString(0), values));
        }

        return new RunSparklines(run, found);
    }
}
