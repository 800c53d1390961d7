using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Store;
using Mesh.Tracking.Inputs;
using Mesh.Tracking.Runs;
using Npgsql;

namespace Mesh.Tracking.Mlflow;

/// <summary>Shows runs in the protocol's shape, with their latest metrics and their inputs: three queries, however many runs.</summary>
internal sealed class MlflowRunPages(ServiceDatabase<ITrackingStore> database, RunInputs inputs)
{
    /// <summary>The runs in the order given.</summary>
    public async Task<IReadOnlyList<MlflowRun>> ShowAsync(string project, IReadOnlyList<Run> runs, CancellationToken ct)
    {
        var ids = runs.Select(run => Guid.Parse(run.Id)).ToArray();
        var locations = await LocationsAsync(project, [.. runs.Select(run => run.ExperimentId).Distinct()], ct);
        var metrics = await LatestAsync(project, ids, ct);
        var datasets = await inputs.OfAsync(project, [.. ids.Where((_, i) => runs[i].Inputs.Count > 0)], ct);
        return [.. runs.Select((run, i) => MlflowView.Of(
            run, locations.GetValueOrDefault(run.ExperimentId), metrics.GetValueOrDefault(ids[i]), datasets[ids[i]].Select(MlflowInputs.Show).ToList().OrAbsent()))];
    }

    /// <summary>Where experiments keep files, for those that do not keep them here.</summary>
    public async Task<Dictionary<long, string>> LocationsAsync(string project, long[] experiments, CancellationToken ct)
    {
        var locations = new Dictionary<long, string>();
        if (experiments.Length == 0) return locations;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            "select number, data ->> 'artifactLocation' from mt_doc_experiment where tenant_id = $1 and number = any($2) and data ->> 'artifactLocation' is not null", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = experiments } },
        };
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) locations[rows.GetInt64(0)] = rows.GetString(1);
        return locations;
    }

    private async Task<Dictionary<Guid, IReadOnlyList<MlflowMetric>>> LatestAsync(string project, Guid[] runs, CancellationToken ct)
    {
        var found = new Dictionary<Guid, IReadOnlyList<MlflowMetric>>();
        if (runs.Length == 0) return found;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            "select run, name, last, last_time, last_step from metric where project = $1 and run = any($2) order by run, name", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = runs } },
        };
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var run = rows.GetGuid(0);
            if (!found.TryGetValue(run, out var metrics)) found[run] = metrics = new List<MlflowMetric>();
            var time = await rows.GetFieldValueAsync<DateTimeOffset>(3, ct);
            ((List<MlflowMetric>)metrics).Add(new MlflowMetric(rows.GetString(1), rows.GetDouble(2), time.ToUnixTimeMilliseconds(), rows.GetInt64(4)));
        }

        return found;
    }
}
