using System.Text.Json.Serialization;

namespace Mesh.Contracts.Tracking;

/// <summary><c>POST /api/v1/projects/{project}/runs/compare</c>: runs side by side. It only reads.</summary>
/// <param name="Runs">2 to 500 runs, each once.</param>
/// <param name="Params">Only these params, at most 500; all when null.</param>
/// <param name="Metrics">Only these metrics, at most 500; all when null.</param>
public sealed record CompareRuns(IReadOnlyList<Guid> Runs, IReadOnlyList<string>? Params = null, IReadOnlyList<string>? Metrics = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Runs.Count is >= 2 and <= 500, "runs", "must be 2 to 500 ids.");
        faults.Require(Runs.Distinct().Count() == Runs.Count, "runs", "must name each run once.");
        CompareChecks.Names(faults, Params, "params", 500);
        CompareChecks.Names(faults, Metrics, "metrics", 500);
    }
}

/// <summary>Runs side by side.</summary>
/// <param name="Runs">In the order in which they were named.</param>
/// <param name="Rows">What they have: context, then params, then metrics, each kind by key.</param>
public sealed record RunComparison(IReadOnlyList<ComparedRun> Runs, IReadOnlyList<ComparedRow> Rows);

/// <summary>One of the runs that are compared.</summary>
/// <param name="Started">When its first attempt started; null before that.</param>
public sealed record ComparedRun(Guid Id, string Name, string Experiment, RunStatus Status, DateTimeOffset? Started);

/// <summary>What a row of a comparison is about.</summary>
public enum ComparedKind
{
    /// <summary>Where the run comes from: <c>source.gitCommit</c>, <c>group</c>, and <c>datasets.NAME</c> with the digests that the run read.</summary>
    Context,

    /// <summary>A param.</summary>
    Param,

    /// <summary>A metric.</summary>
    Metric,
}

/// <summary>One thing that at least one of the runs has.</summary>
/// <param name="Differs">Whether not all runs have it, or not with the same value.</param>
/// <param name="Values">One for each run, in their order; null for a run that does not have it.</param>
public sealed record ComparedRow(string Key, ComparedKind Kind, bool Differs, IReadOnlyList<ComparedValue?> Values);

/// <summary>A value of one run: a text, or what is known of a metric.</summary>
/// <param name="Text">Of context and params.</param>
/// <param name="Last">The metric's latest value.</param>
/// <param name="Min">Its lowest.</param>
/// <param name="Max">Its highest.</param>
public sealed record ComparedValue(
    string? Text = null,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double? Last = null,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double? Min = null,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double? Max = null);

/// <summary>Runs that a question is about. All that is given must hold; without a word: all runs of the project in sight.</summary>
/// <param name="Runs">Ids, at most 1,000; those of no run in sight find nothing.</param>
/// <param name="Experiments">Only of these experiments, by name; at most 100.</param>
/// <param name="Filter">A filter of the search grammar, such as <c>metrics.auc > 0.9 AND params.lr = '0.1'</c>.</param>
/// <param name="OrderBy">Keys of the order, such as <c>metrics.auc DESC</c>, at most 10; the newest start first when absent.</param>
public sealed record RunSelection(
    IReadOnlyList<Guid>? Runs = null, IReadOnlyList<string>? Experiments = null, string? Filter = null, IReadOnlyList<string>? OrderBy = null)
{
    internal void Check(Faults faults, string field)
    {
        faults.Count(Runs?.Count ?? 0, $"{field}.runs", 1000);
        CompareChecks.Names(faults, Experiments, $"{field}.experiments", 100);
        for (var i = 0; i < (OrderBy?.Count ?? 0); i++) faults.Value(OrderBy![i], $"{field}.orderBy[{i}]", 10_000);
    }
}

/// <summary><c>POST …/runs/table</c>: values of many runs by column, for plots. It only reads.</summary>
/// <param name="Select">Which runs: at most 1,000 are answered.</param>
/// <param name="Columns">
/// 1 to 50: <c>params.KEY</c>, <c>metrics.KEY</c> (the latest value), <c>tags.KEY</c>, attributes of the search grammar such as <c>start_time</c>, and
/// <c>experiment</c>, <c>group</c>, <c>parent</c> (id of the run above), <c>duration</c> (seconds).
/// </param>
public sealed record TabulateRuns(RunSelection Select, IReadOnlyList<string> Columns) : IChecked
{
    public void Check(Faults faults)
    {
        Select.Check(faults, "select");
        faults.Require(Columns.Count is >= 1 and <= 50, "columns", "must be 1 to 50 fields.");
        CompareChecks.Names(faults, Columns, "columns", 50);
    }
}

/// <summary>Values of runs by column.</summary>
/// <param name="Runs">The rows.</param>
/// <param name="Truncated">Whether more runs were chosen than are answered.</param>
public sealed record RunTable(IReadOnlyList<TableRun> Runs, IReadOnlyList<TableColumn> Columns, bool Truncated);

/// <summary>A row of a table of runs.</summary>
public sealed record TableRun(Guid Id, string Name);

/// <summary>What kind of values a column or a param has.</summary>
public enum ValueKind
{
    /// <summary>Every value is a number.</summary>
    Number,

    /// <summary>Some value is not, or there is none.</summary>
    Category,
}

/// <summary>A column of a table of runs. Times are milliseconds since 1970-01-01 UTC.</summary>
/// <param name="Key">As it was asked for.</param>
/// <param name="Min">Of numbers: the lowest finite one; null when there is none.</param>
/// <param name="Max">Of numbers: the highest finite one.</param>
/// <param name="Numbers">Of numbers: one for each run; null for a run that has none.</param>
/// <param name="Categories">Of categories: the values that occur, sorted.</param>
/// <param name="Indexes">Of categories: for each run the index of its value in <paramref name="Categories"/>; null for a run that has none.</param>
public sealed record TableColumn(
    string Key, ValueKind Kind, double? Min = null, double? Max = null,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] IReadOnlyList<double?>? Numbers = null,
    IReadOnlyList<string>? Categories = null, IReadOnlyList<int?>? Indexes = null);

/// <summary><c>POST …/runs/group</c>: metrics over groups of runs, such as the seeds of one configuration. It only reads.</summary>
/// <param name="Select">Which runs: at most 10,000 are looked at.</param>
/// <param name="By">1 to 5 of <c>params.KEY</c>, <c>tags.KEY</c>, <c>group</c>, <c>experiment</c>, <c>parent</c>, <c>status</c> and other attributes that hold texts.</param>
/// <param name="Metrics">1 to 50 names of metrics.</param>
public sealed record GroupRuns(RunSelection Select, IReadOnlyList<string> By, IReadOnlyList<string> Metrics) : IChecked
{
    public void Check(Faults faults)
    {
        Select.Check(faults, "select");
        faults.Require(By.Count is >= 1 and <= 5, "by", "must be 1 to 5 fields.");
        CompareChecks.Names(faults, By, "by", 5);
        faults.Require(Metrics.Count is >= 1 and <= 50, "metrics", "must be 1 to 50 names.");
        CompareChecks.Names(faults, Metrics, "metrics", 50);
    }
}

/// <summary>Groups of runs, each at the place of its first run in the order of the selection.</summary>
/// <param name="Truncated">Whether more runs were chosen than are looked at.</param>
public sealed record RunGroups(IReadOnlyList<RunGroup> Groups, bool Truncated);

/// <summary>A group of runs.</summary>
/// <param name="Values">What its runs share: a value for each field that was grouped by; null where they have none.</param>
/// <param name="Runs">How many runs it has.</param>
/// <param name="Metrics">In the order in which they were named.</param>
public sealed record RunGroup(IReadOnlyList<string?> Values, long Runs, IReadOnlyList<GroupedMetric> Metrics);

/// <summary>The latest values of a metric over a group of runs.</summary>
/// <param name="Count">Runs with a value that is not NaN; the others are not in the figures.</param>
/// <param name="NaN">Runs whose value is NaN.</param>
/// <param name="Mean">Null when there is no value.</param>
/// <param name="StdDev">Standard deviation of the sample, with n - 1; null when there are fewer than two values.</param>
public sealed record GroupedMetric(
    string Name, long Count, [property: JsonPropertyName("nan")] long NaN,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double? Mean,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double? Min,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double? Max,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double? StdDev);

/// <summary><c>POST …/runs/correlate</c>: which params go with a metric. It only reads.</summary>
/// <param name="Select">Which runs: at most 1,000 are looked at; those without a finite latest value of the metric do not count.</param>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Params">Only these params, at most 500; all when null.</param>
public sealed record CorrelateRuns(RunSelection Select, string Metric, IReadOnlyList<string>? Params = null) : IChecked
{
    public void Check(Faults faults)
    {
        Select.Check(faults, "select");
        faults.Text(Metric, "metric", 300);
        faults.Require(Metric.Length > 0, "metric", "must not be empty.");
        CompareChecks.Names(faults, Params, "params", 500);
    }
}

/// <summary>How params go with a metric, the strongest first; at most 500.</summary>
/// <param name="Runs">Runs that have the metric.</param>
/// <param name="Truncated">Whether more runs were chosen than are looked at.</param>
public sealed record RunCorrelations(string Metric, int Runs, IReadOnlyList<ParamCorrelation> Params, bool Truncated);

/// <summary>How one param goes with a metric. A figure is null where it is not defined: nothing varies, or too few runs have the param.</summary>
/// <param name="Kind">Numbers when every value of the param is one.</param>
/// <param name="Runs">Runs with both the param and the metric.</param>
/// <param name="Distinct">Values of the param that differ.</param>
/// <param name="Pearson">Of numbers: -1 to 1, how linear it is.</param>
/// <param name="Spearman">Of numbers: -1 to 1, how monotonic it is.</param>
/// <param name="EtaSquared">Of categories: 0 to 1, the share of the metric's variance that is between the values of the param.</param>
public sealed record ParamCorrelation(
    string Param, ValueKind Kind, int Runs, int Distinct, double? Pearson = null, double? Spearman = null, double? EtaSquared = null);

/// <summary><c>GET …/runs/{id}/sparklines</c>: the last points of each metric of a run; as many as a run may have, 2,000.</summary>
/// <param name="Metrics">By name.</param>
public sealed record RunSparklines(Guid Run, IReadOnlyList<Sparkline> Metrics);

/// <summary>The last points of a metric, in the order of step, time and arrival.</summary>
public sealed record Sparkline(
    string Metric, [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] IReadOnlyList<double> Values);

internal static class CompareChecks
{
    public static void Names(Faults faults, IReadOnlyList<string>? names, string field, int max)
    {
        if (names is null) return;
        faults.Count(names.Count, field, max);
        for (var i = 0; i < names.Count; i++)
        {
            faults.Value(names[i], $"{field}[{i}]", 300);
            faults.Require(names[i] is not "", $"{field}[{i}]", "must not be empty.");
        }

        faults.Require(names.Distinct(StringComparer.Ordinal).Count() == names.Count, field, "must name each once.");
    }
}
