using System.Text;
using System.Text.RegularExpressions;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Search;
using Mesh.Tracking.Search;

namespace Mesh.Tracking.Tests.Search;

/// <summary>The meaning of a search, as plainly as it can be said.</summary>
internal static class ModelSearch
{
    private static readonly string[] TextAttributes = ["run_id", "run_name", "user_id", "status", "artifact_uri"];
    private static readonly string[] TimeAttributes = ["start_time", "end_time"];
    private static readonly string[] Statuses = ["SCHEDULED", "RUNNING", "FINISHED", "FAILED", "KILLED", "running"];

    /// <summary>The ids of the runs that are found, in order.</summary>
    public static IReadOnlyList<string> Find(IReadOnlyList<ModelRun> runs, long[] experiments, LifecycleView view, SearchQuery query) =>
    [
        .. runs
            .Where(run => experiments.Contains(run.Run.ExperimentId) && (view is LifecycleView.All || run.Run.Deleted == view is LifecycleView.Deleted))
            .Where(run => query.Filter is null || Holds(query.Filter, run))
            .Order(Comparer<ModelRun>.Create((a, b) => Compare(query.Orders, a, b)))
            .Select(run => run.Run.Id),
    ];

    public static SearchFilter AnyFilter(Random random, int depth) => (depth < 3 ? random.Next(9) : 4 + random.Next(5)) switch
    {
        0 or 1 => new SearchFilter.And([AnyFilter(random, depth + 1), AnyFilter(random, depth + 1)]),
        2 => new SearchFilter.Or([AnyFilter(random, depth + 1), AnyFilter(random, depth + 1)]),
        3 => new SearchFilter.Not(AnyFilter(random, depth + 1)),
        4 => new SearchFilter.OfNumber(Metric(random), (Comparator)random.Next(6), random.Next(-2, 5) / 2.0),
        5 => new SearchFilter.OfNumber(Time(random), (Comparator)random.Next(6), ModelRun.Start.ToUnixTimeMilliseconds() + (random.Next(-1, 10) / 2.0)),
        6 => AnyIn(random),
        7 => new SearchFilter.IsNull(random.Next(3) switch { 0 => Metric(random), 1 => Time(random), _ => Text(random) }, random.Next(2) == 0),
        _ => AnyText(random),
    };

    public static IReadOnlyList<SearchOrder> AnyOrder(Random random) =>
    [
        .. Enumerable.Range(0, random.Next(4))
            .Select(_ => random.Next(4) switch { 0 or 1 => Metric(random), 2 => Time(random), _ => Text(random, datasets: false) })
            .Distinct()
            .Select(field => new SearchOrder(field, random.Next(2) == 0)),
    ];

    private static SearchFilter.OfText AnyText(Random random)
    {
        var field = Text(random);
        var comparator = ModelRun.Pick(random, [Comparator.Equal, Comparator.NotEqual, Comparator.Like, Comparator.ILike]);
        var pattern = comparator is Comparator.Like or Comparator.ILike && random.Next(2) == 0;
        return new SearchFilter.OfText(field, comparator, pattern ? ModelRun.Pick(random, ["%", "x%", "%\\%", "a\\_b", "a_b", "%\\", "_", "%é%", "RUN%", "%/artifacts", "x%y"]) : Value(random, field));
    }

    private static SearchFilter.In AnyIn(Random random)
    {
        var field = Text(random);
        return new SearchFilter.In(field, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Value(random, field))], random.Next(2) == 0);
    }

    private static string Value(Random random, SearchField field) => field.Key == "status" ? ModelRun.Pick(random, Statuses) : ModelRun.Pick(random, ModelRun.Texts);

    private static SearchField Metric(Random random) => new(FieldKind.Metric, ModelRun.Pick(random, ["a", "b", "none"]));

    private static SearchField Time(Random random) => new(FieldKind.Attribute, ModelRun.Pick(random, TimeAttributes));

    private static SearchField Text(Random random, bool datasets = true) => random.Next(datasets ? 5 : 4) switch
    {
        0 => new(FieldKind.Attribute, ModelRun.Pick(random, TextAttributes)),
        4 => new(FieldKind.Dataset, "name"),
        1 => new(FieldKind.Tag, ModelRun.Pick(random, ["k", "the key", "none"])),
        _ => new(FieldKind.Param, ModelRun.Pick(random, ["k", "the key", "none"])),
    };

    private static bool Holds(SearchFilter filter, ModelRun run) => filter switch
    {
        SearchFilter.And(var terms) => terms.All(term => Holds(term, run)),
        SearchFilter.Or(var terms) => terms.Any(term => Holds(term, run)),
        SearchFilter.Not(var term) => !Holds(term, run),
        SearchFilter.OfNumber(var field, var comparator, var value) => NumberOf(field, run) is { } number && !double.IsNaN(number) && Holds(number.CompareTo(value), comparator),
        SearchFilter.OfText(var field, var comparator, var value) => TextsOf(field, run).Any(text => Holds(text, comparator, value)),
        SearchFilter.In({ Kind: FieldKind.Dataset } field, var values, true) => !TextsOf(field, run).Any(values.Contains),
        SearchFilter.In(var field, var values, var negated) => TextsOf(field, run).Any(text => values.Contains(text) != negated),
        SearchFilter.IsNull(var field, var negated) => (IsNumber(field) ? NumberOf(field, run) is not null : TextsOf(field, run).Any()) == negated,
        _ => throw new InvalidOperationException($"{filter} is no filter."),
    };

    private static bool Holds(int compared, Comparator comparator) => comparator switch
    {
        Comparator.Equal => compared == 0,
        Comparator.NotEqual => compared != 0,
        Comparator.Less => compared < 0,
        Comparator.LessOrEqual => compared <= 0,
        Comparator.Greater => compared > 0,
        Comparator.GreaterOrEqual => compared >= 0,
        _ => throw new InvalidOperationException($"{comparator} compares no numbers."),
    };

    private static bool Holds(string text, Comparator comparator, string value) => comparator switch
    {
        Comparator.Equal => text == value,
        Comparator.NotEqual => text != value,
        _ => Regex.IsMatch(text, Pattern(value), RegexOptions.Singleline | RegexOptions.CultureInvariant | (comparator is Comparator.ILike ? RegexOptions.IgnoreCase : 0)),
    };

    private static string Pattern(string like)
    {
        var pattern = new StringBuilder(@"\A");
        for (var i = 0; i < like.Length; i++)
        {
            pattern.Append(like[i] switch
            {
                '%' => ".*",
                '_' => ".",
                '\\' when i + 1 < like.Length => Regex.Escape(like[++i].ToString()),
                var c => Regex.Escape(c.ToString()),
            });
        }

        return pattern.Append(@"\z").ToString();
    }

    private static int Compare(IReadOnlyList<SearchOrder> orders, ModelRun a, ModelRun b)
    {
        foreach (var (field, descending) in orders)
        {
            var compared = field switch
            {
                { Key: "start_time", Kind: FieldKind.Attribute } => Turn(a.Run.BeganAt.CompareTo(b.Run.BeganAt), descending),
                { Key: "end_time", Kind: FieldKind.Attribute } => Last(a.Run.EndedAt is null, b.Run.EndedAt is null) ?? Turn(Nullable.Compare(a.Run.EndedAt, b.Run.EndedAt), descending),
                { Kind: FieldKind.Metric } => CompareNumbers(NumberOf(field, a), NumberOf(field, b), descending),
                _ => CompareTexts(TextsOf(field, a).FirstOrDefault(), TextsOf(field, b).FirstOrDefault(), descending),
            };
            if (compared != 0) return compared;
        }

        return b.Run.BeganAt.CompareTo(a.Run.BeganAt) is not 0 and var newest ? newest : string.CompareOrdinal(a.Run.Id, b.Run.Id);
    }

    private static int CompareNumbers(double? a, double? b, bool descending) =>
        Last(a is null, b is null) ?? Last(double.IsNaN(a!.Value), double.IsNaN(b!.Value)) ?? Turn(a.Value.CompareTo(b.Value), descending);

    private static int CompareTexts(string? a, string? b, bool descending) => Last(a is null, b is null) ?? Turn(string.CompareOrdinal(a, b), descending);

    /// <summary>What lacks something comes behind what has it, whatever the direction; two that lack it are equal.</summary>
    private static int? Last(bool a, bool b) => a || b ? a.CompareTo(b) : null;

    private static int Turn(int compared, bool descending) => descending ? -compared : compared;

    private static bool IsNumber(SearchField field) => field.Kind is FieldKind.Metric || (field.Kind is FieldKind.Attribute && TimeAttributes.Contains(field.Key));

    private static double? NumberOf(SearchField field, ModelRun run) => field switch
    {
        { Kind: FieldKind.Metric } => run.Metrics.TryGetValue(field.Key, out var value) ? value : null,
        { Key: "start_time" } => run.Run.BeganAt.ToUnixTimeMilliseconds(),
        _ => run.Run.EndedAt?.ToUnixTimeMilliseconds(),
    };

    private static IEnumerable<string> TextsOf(SearchField field, ModelRun run) => field switch
    {
        { Kind: FieldKind.Dataset } => run.Inputs,
        { Kind: FieldKind.Param } => run.Run.Params.TryGetValue(field.Key, out var value) ? [value] : [],
        { Kind: FieldKind.Tag } => run.Run.Tags.TryGetValue(field.Key, out var value) ? [value] : [],
        { Key: "run_id" } => [Bare(run)],
        { Key: "run_name" } => [run.Run.Name],
        { Key: "user_id" } => [run.Run.UserId ?? ""],
        { Key: "status" } => [run.Run.Status switch
        {
            RunStatus.Pending => "SCHEDULED",
            RunStatus.Running or RunStatus.Aborting => "RUNNING",
            RunStatus.Completed => "FINISHED",
            RunStatus.Failed => "FAILED",
            _ => "KILLED",
        }],
        _ => [$"mlflow-artifacts:/{run.Run.ExperimentId}/{Bare(run)}/artifacts"],
    };

    private static string Bare(ModelRun run) => run.Run.Id.Replace("-", "", StringComparison.Ordinal);
}
