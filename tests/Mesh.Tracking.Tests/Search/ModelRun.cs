using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Tracking.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Tests.Search;

/// <summary>A run with its latest metrics and the names of the data sets that it read.</summary>
internal sealed record ModelRun(Run Run, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<string> Inputs)
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);
    public static readonly string[] Texts = ["", "x", "X", "xy", "100%", "a_b", "a\\b", "\\", "it's", "\"q\"", "É", "é", "日本", "x\ny"];
    public static readonly double[] Numbers = [-1, 0, 0.5, 1, 2, double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    /// <summary>One of few values of everything, so that runs tie.</summary>
    public static ModelRun Any(Random random)
    {
        var began = Start.AddMilliseconds(random.Next(4)).AddMicroseconds(random.Next(2) * 500);
        var run = new Run
        {
            Id = Guid.CreateVersion7().ToString(),
            Name = Pick(random, Texts),
            Experiment = "e",
            ExperimentId = random.Next(1, 4),
            UserId = random.Next(4) == 0 ? null : Pick(random, Texts),
            Status = Pick(random, Enum.GetValues<RunStatus>()),
            Params = Entries(random),
            Tags = Entries(random),
            CreatedBy = "ada",
            CreatedAt = began,
            BeganAt = began,
            EndedAt = random.Next(3) == 0 ? null : began.AddMilliseconds(random.Next(3)),
            Deleted = random.Next(5) == 0,
        };
        var metrics = ((string[])["a", "b"]).Where(_ => random.Next(4) > 0).ToDictionary(name => name, _ => Pick(random, Numbers));
        return new ModelRun(run, metrics, [.. Texts.Where(_ => random.Next(8) == 0)]);
    }

    public static T Pick<T>(Random random, IReadOnlyList<T> values) => values[random.Next(values.Count)];

    /// <summary>Writes runs as the service's own snapshots and samples are written.</summary>
    public static async Task InsertAsync(NpgsqlDataSource source, string project, IReadOnlyList<ModelRun> runs)
    {
        await using var batch = source.CreateBatch();
        foreach (var (run, metrics, inputs) in runs)
        {
            Add(
                """
                insert into mt_doc_run (tenant_id, id, data, name, status, attempt, deleted, created_at, experiment_id, began_at, ended_at, user_id)
                values ($1, $2, $3, $4, $5, 0, $6, $7, $8, $7, $9, $10)
                """,
                project, run.Id, new NpgsqlParameter { Value = JsonSerializer.Serialize(run, MeshJson.Tolerant), NpgsqlDbType = NpgsqlDbType.Jsonb }, run.Name, run.Status.ToString(), run.Deleted,
                run.BeganAt, run.ExperimentId, Nullable(run.EndedAt, NpgsqlDbType.TimestampTz), Nullable(run.UserId, NpgsqlDbType.Varchar));
            foreach (var (name, last) in metrics)
                Add("insert into metric (project, run, name, last, last_step, last_time, min, max, count) values ($1, $2, $3, $4, 0, $5, 0, 0, 1)", project, Guid.Parse(run.Id), name, last, Start);
            foreach (var name in inputs)
                Add("insert into run_input (project, run, name, digest, experiment, tags) values ($1, $2, $3, 'd', $4, '{}')", project, Guid.Parse(run.Id), name, run.ExperimentId);
        }

        await batch.ExecuteNonQueryAsync();

        void Add(string sql, params object[] values)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
            batch.BatchCommands.Add(command);
        }

        static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
    }

    private static Dictionary<string, string> Entries(Random random) =>
        ((string[])["k", "the key"]).Where(_ => random.Next(3) > 0).ToDictionary(key => key, _ => Pick(random, Texts));
}
