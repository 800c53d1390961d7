using Mesh.Hosting.Store;
using Mesh.Tracking.Metrics;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.LoggedModels;

/// <summary>The name and the digest of the data set that a metric of a model was computed on; both empty when it says none.</summary>
internal readonly record struct MetricDataset(string Name, string Digest)
{
    public static MetricDataset None { get; } = new("", "");
}

/// <summary>A point of a run's metric that tells of a model too.</summary>
internal readonly record struct ModelPoint(string Model, string Name, MetricDataset Dataset, Sample Sample);

/// <summary>The latest point of a metric of a model, by one run on one data set.</summary>
internal sealed record ModelMetric(string Model, Guid Run, string Name, MetricDataset Dataset, long Step, DateTimeOffset Time, double Value);

/// <summary>
/// The metrics of logged models: for each run that told of a model, each metric and each data set, the latest point. They are written in the transaction of the
/// points, of which the run keeps all.
/// </summary>
internal sealed class ModelMetrics(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The most metrics of a model, each data set and run counted by itself.</summary>
    public const int MostOfModel = 2_000;

    /// <summary><c>logged_model_metric</c>: a row for each metric of a model by one run on one data set.</summary>
    public const string Schema =
        """
        create table logged_model_metric (
            project text collate "C" not null,
            model   text collate "C" not null,
            name    text collate "C" not null,
            run     uuid not null,
            dataset text collate "C" not null,
            digest  text collate "C" not null,
            step    bigint not null,
            time    timestamptz not null,
            value   double precision not null,
            primary key (project, model, name, run, dataset, digest)
        ) with (fillfactor = 70);
        create index logged_model_metric_by_run on logged_model_metric (project, run);
        """;

    private const string Upsert =
        """
        insert into logged_model_metric as m (project, model, name, run, dataset, digest, step, time, value)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::int8[], $8::timestamptz[], $9::float8[])
        on conflict (project, model, name, run, dataset, digest) do update set step = excluded.step, time = excluded.time, value = excluded.value
        where (excluded.step, excluded.time, excluded.value) >= (m.step, m.time, m.value)
        """;

    /// <summary>What batches tell of models, as a command; null when they tell nothing. Sorted: whoever writes locks the rows in one order.</summary>
    public static NpgsqlBatchCommand? Of(IEnumerable<MetricBatch> batches)
    {
        var latest = new SortedDictionary<(string Project, string Model, string Name, Guid Run, string Dataset, string Digest), Sample>(Comparer<(string, string, string, Guid, string, string)>.Create(Compare));
        foreach (var batch in batches)
        {
            foreach (var point in batch.ModelPoints)
            {
                var key = (batch.Project, point.Model, point.Name, batch.Run, point.Dataset.Name, point.Dataset.Digest);
                if (!latest.TryGetValue(key, out var known) || Sample.ByStep.Compare(point.Sample, known) > 0) latest[key] = point.Sample;
            }
        }

        if (latest.Count == 0) return null;
        var (keys, samples) = (latest.Keys, latest.Values);
        return new NpgsqlBatchCommand(Upsert)
        {
            Parameters =
            {
                new() { Value = keys.Select(key => key.Project).ToArray() },
                new() { Value = keys.Select(key => key.Model).ToArray() },
                new() { Value = keys.Select(key => key.Name).ToArray() },
                new() { Value = keys.Select(key => key.Run).ToArray() },
                new() { Value = keys.Select(key => key.Dataset).ToArray() },
                new() { Value = keys.Select(key => key.Digest).ToArray() },
                new() { Value = samples.Select(sample => sample.Step).ToArray() },
                new() { Value = samples.Select(sample => sample.Time).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = samples.Select(sample => sample.Value).ToArray() },
            },
        };
    }

    /// <summary>How many metrics each of these models has; those that are not there, or were deleted, are absent.</summary>
    public async Task<Dictionary<string, long>> CountsAsync(string project, string[] models, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select l.id, (select count(*) from logged_model_metric m where m.project = $1 and m.model = l.id)
            from mt_doc_logged_model l where l.tenant_id = $1 and l.id = any($2) and not l.deleted
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = models } },
        };
        await command.PrepareAsync(ct);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) counts[rows.GetString(0)] = rows.GetInt64(1);
        return counts;
    }

    /// <summary>The metrics of several models with one query.</summary>
    public async Task<ILookup<string, ModelMetric>> OfAsync(string project, string[] models, CancellationToken ct)
    {
        var found = new List<ModelMetric>();
        if (models.Length == 0) return found.ToLookup(metric => metric.Model);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select model, run, name, dataset, digest, step, time, value from logged_model_metric
            where project = $1 and model = any($2) order by model, name, dataset, digest, time, run
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = models } },
        };
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add(Read(rows));
        return found.ToLookup(metric => metric.Model);
    }

    private static ModelMetric Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetGuid(1), row.GetString(2), new(row.GetString(3), row.GetString(4)), row.GetInt64(5), row.GetFieldValue<DateTimeOffset>(6), row.GetDouble(7));

    private static int Compare((string, string, string, Guid, string, string) a, (string, string, string, Guid, string, string) b) =>
        string.CompareOrdinal(a.Item1, b.Item1) is not 0 and var byProject ? byProject
        : string.CompareOrdinal(a.Item2, b.Item2) is not 0 and var byModel ? byModel
        : string.CompareOrdinal(a.Item3, b.Item3) is not 0 and var byName ? byName
        : a.Item4.CompareTo(b.Item4) is not 0 and var byRun ? byRun
        : string.CompareOrdinal(a.Item5, b.Item5) is not 0 and var byDataset ? byDataset
        : string.CompareOrdinal(a.Item6, b.Item6);
}
