using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Compare;

/// <summary>Finds which params go with a metric: one query, then <see cref="Correlation"/>.</summary>
internal sealed class RunCorrelation(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The most runs that are looked at.</summary>
    public const int MaxRuns = 1000;

    /// <summary>The most params of an answer.</summary>
    public const int MaxParams = 500;

    /// <summary>The most characters of params that are looked at.</summary>
    public const int MaxText = 16 << 20;

    private static readonly Rejection TooLarge = Rejection.Unprocessable(
        "correlation.too-large", $"These are more than {MaxText} characters of params: choose fewer runs, or name the params that matter.", "params");

    /// <summary>The params with what they have to do with the metric.</summary>
    /// <returns>A refusal when there is too much to look at: 422 <c>correlation.too-large</c>.</returns>
    /// <exception cref="RejectedException">The filter or the order is out of form: 400 <c>filter.invalid</c>.</exception>
    public async Task<(RunCorrelations? Found, Rejection? Rejected)> CorrelateAsync(string project, CorrelateRuns wanted, CancellationToken ct)
    {
        var query = ChosenRuns.Read(wanted.Select);
        var chosen = new ChosenRuns(project);
        var names = chosen.Sql.Bind((object?)wanted.Params?.ToArray() ?? DBNull.Value, NpgsqlDbType.Array | NpgsqlDbType.Text);
        var name = chosen.Sql.Bind(wanted.Metric);
        chosen.Join($"join metric y on y.project = $1 and y.run = r.id::uuid and y.name = {name} and y.last not in ('NaN', 'Infinity', '-Infinity')");
        var value = chosen.Add("y.last");
        var values = chosen.Add(
            $"""
            case when {names}::text[] is null then r.data -> 'params'
                 else (select jsonb_object_agg(p.key, p.value) from jsonb_each(r.data -> 'params') p where p.key = any({names})) end
            """);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            $"with {chosen.Compile(wanted.Select, query, MaxRuns)} select {value}, {values} from chosen order by place", connection);
        foreach (var parameter in chosen.Sql.Parameters) command.Parameters.Add(parameter);

        var metric = new List<double>();
        var byParam = new Dictionary<string, List<(int Run, string Value)>>(StringComparer.Ordinal);
        var text = 0L;
        var truncated = false;
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct) && !(truncated = metric.Count == MaxRuns))
        {
            metric.Add(rows.GetDouble(0));
            if (await rows.IsDBNullAsync(1, ct)) continue;
            foreach (var (key, written) in JsonSerializer.Deserialize<Dictionary<string, string>>(rows.GetString(1), MeshJson.Tolerant)!)
            {
                text += key.Length + written.Length;
                if (!byParam.TryGetValue(key, out var of)) byParam[key] = of = [];
                of.Add((metric.Count - 1, written));
            }

            if (text > MaxText) return (null, TooLarge);
        }

        var found = byParam.Select(param => Of(param.Key, param.Value, metric))
            .OrderByDescending(Strength).ThenBy(param => param.Param, StringComparer.Ordinal).Take(MaxParams);
        return (new RunCorrelations(wanted.Metric, metric.Count, [.. found], truncated), null);
    }

    /// <summary>One param against the metric.</summary>
    internal static ParamCorrelation Of(string param, IReadOnlyList<(int Run, string Value)> values, IReadOnlyList<double> metric)
    {
        double[] y = [.. values.Select(value => metric[value.Run])];
        string[] texts = [.. values.Select(value => value.Value)];
        return TableColumns.AreNumbers(texts, out var x)
            ? new ParamCorrelation(param, ValueKind.Number, x.Length, x.Distinct().Count(), Correlation.Pearson(x, y), Correlation.Spearman(x, y))
            : new ParamCorrelation(
                param, ValueKind.Category, texts.Length, texts.Distinct(StringComparer.Ordinal).Count(), EtaSquared: Correlation.EtaSquared(texts, y));
    }

    // The correlation ratio is a square.
    private static double Strength(ParamCorrelation found) => found.Kind is ValueKind.Number
        ? Math.Max(Math.Abs(found.Pearson ?? 0), Math.Abs(found.Spearman ?? 0))
        : Math.Sqrt(found.EtaSquared ?? 0);
}
