using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Compare;

/// <summary>Reads what is compared: two queries, however many runs.</summary>
internal sealed class RunComparer(ITrackingStore store, ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The most values of metrics in one answer.</summary>
    public const int MaxValues = 200_000;

    /// <summary>The most characters of params in one answer.</summary>
    public const int MaxText = 16 << 20;

    private const int NamedUnknown = 20;

    /// <summary>The runs side by side.</summary>
    /// <returns>A refusal when a run is unknown (404 <c>run.unknown</c>, naming which) or the answer would be too large (422 <c>comparison.too-large</c>).</returns>
    public async Task<(RunComparison? Comparison, Rejection? Rejected)> CompareAsync(string project, CompareRuns wanted, CancellationToken ct)
    {
        Guid[] ids = [.. wanted.Runs];
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var (runs, rejected) = await FactsAsync(connection, project, ids, wanted.Params, ct);
        if (rejected is not null) return (null, rejected);
        if (runs.Count < ids.Length) return (null, Unknown([.. ids.Except(runs.Select(run => run.Run.Id))]));
        (var metrics, rejected) = await MetricsAsync(connection, project, ids, wanted.Metrics, ct);
        return rejected is not null ? (null, rejected) : (new RunComparison([.. runs.Select(run => run.Run)], Comparison.Rows(runs, metrics)), null);
    }

    private async Task<(IReadOnlyList<RunFacts> Runs, Rejection? Rejected)> FactsAsync(
        NpgsqlConnection connection, string project, Guid[] ids, IReadOnlyList<string>? names, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select r.id, r.name, coalesce(e.name, r.data ->> 'experiment'), r.status, r.started_at, r.data -> 'source' ->> 'gitCommit', r.run_group, r.data -> 'inputs',
                case when $3::text[] is null then r.data -> 'params'
                     else (select jsonb_object_agg(p.key, p.value) from jsonb_each(r.data -> 'params') p where p.key = any($3)) end
            from unnest($2::text[]) with ordinality as wanted (id, place)
            join mt_doc_run r on r.tenant_id = $1 and r.id = wanted.id and not r.deleted
            left join mt_doc_experiment e on e.tenant_id = $1 and e.number = r.experiment_id
            order by wanted.place
            """, connection)
        {
            Parameters =
            {
                new() { Value = project },
                new() { Value = ids.Select(id => id.ToString()).ToArray() },
                new() { Value = (object?)names?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            },
        };
        var serializer = store.Options.Serializer();
        var found = new List<RunFacts>(ids.Length);
        var text = 0L;
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            IReadOnlyDictionary<string, string> values = await rows.IsDBNullAsync(8, ct)
                ? new Dictionary<string, string>()
                : JsonSerializer.Deserialize<Dictionary<string, string>>(rows.GetString(8), MeshJson.Tolerant)!;
            text += values.Sum(pair => pair.Key.Length + pair.Value.Length);
            if (text > MaxText) return ([], TooLarge($"of more than {MaxText} characters of params", "params"));
            IReadOnlyList<DatasetRef> inputs = await rows.IsDBNullAsync(7, ct) ? [] : await serializer.FromJsonAsync<List<DatasetRef>>(rows, 7, ct);
            var run = new ComparedRun(
                Guid.Parse(rows.GetString(0)), rows.GetString(1), rows.GetString(2), Enum.Parse<RunStatus>(rows.GetString(3)),
                await rows.IsDBNullAsync(4, ct) ? null : await rows.GetFieldValueAsync<DateTimeOffset>(4, ct));
            found.Add(new RunFacts(run, Comparison.Context(Text(rows, 5), Text(rows, 6), inputs), values));
        }

        return (found, null);
    }

    private static async Task<(Dictionary<Guid, Dictionary<string, ComparedValue>> Metrics, Rejection? Rejected)> MetricsAsync(
        NpgsqlConnection connection, string project, Guid[] ids, IReadOnlyList<string>? names, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select run, name, last, min, max from metric
            where project = $1 and run = any($2) and ($3::text[] is null or name = any($3)) limit $4
            """, connection)
        {
            Parameters =
            {
                new() { Value = project },
                new() { Value = ids },
                new() { Value = (object?)names?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = MaxValues + 1 },
            },
        };
        var found = new Dictionary<Guid, Dictionary<string, ComparedValue>>();
        var read = 0;
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (++read > MaxValues) return (found, TooLarge($"of more than {MaxValues} values of metrics", "metrics"));
            var run = rows.GetGuid(0);
            if (!found.TryGetValue(run, out var metrics)) found[run] = metrics = new Dictionary<string, ComparedValue>(StringComparer.Ordinal);
            metrics[rows.GetString(1)] = new ComparedValue(null, rows.GetDouble(2), rows.GetDouble(3), rows.GetDouble(4));
        }

        return (found, null);
    }

    private static string? Text(NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    private static Rejection TooLarge(string what, string field) => Rejection.Unprocessable(
        "comparison.too-large", $"This would be a comparison {what}: name fewer runs, or the {field} that matter.", field);

    private static Rejection Unknown(Guid[] ids)
    {
        var named = string.Join(", ", ids.Take(NamedUnknown));
        var others = ids.Length > NamedUnknown ? $" and {ids.Length - NamedUnknown} more" : "";
        var detail = ids.Length == 1 ? $"There is no run {named} in this project." : $"There are no runs {named}{others} in this project.";
        return new Rejection(RejectionKind.NotFound, "run.unknown", detail, "runs");
    }
}
