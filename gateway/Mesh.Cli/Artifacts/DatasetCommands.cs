using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mesh.Cli.Terminal;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary><c>mesh datasets …</c></summary>
internal static class DatasetCommands
{
    private const int MostCharacters = 40;

    private static readonly Argument<string> Key = Options.Name("key", "Key of the data set.");
    private static readonly Argument<string> File = Options.Name("file", "A file of CSV, JSON, JSON lines, Parquet or Arrow.");
    private static readonly Argument<string?> Target = new("file") { Description = "Where to; the stored file name when absent, - for standard output.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int?> Version = new("--version") { Description = "A version; the newest when absent." };
    private static readonly Option<int?> Against = new("--against") { Description = "The version to compare with; the one before when absent." };
    private static readonly Option<string?> Prefix = new("--prefix") { Description = "Only keys that begin with this." };
    private static readonly Option<string[]> Columns = new("--column", "-c") { Description = "Only this column; several times for several.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string?> Filter = new("--filter") { Description = "Only rows of which this holds, such as: age >= 18 and city in ('Rome', 'Oslo')." };
    private static readonly Option<string[]> Labels = Options.Pairs("--label", "A label.", "-l");
    private static readonly Option<bool> Sample = new("--sample") { Description = "Rows by chance, and not the first ones." };
    private static readonly Option<int> Limit = Options.Limit(20);

    public static Command Create() => Verb.Noun(
        "datasets", "Tables of rows: what is in them, and how versions differ.",
        Verb.Of("list", "List data sets.", [Prefix], context => context.Output.TableAsync(
            context.Project.Datasets.ListAsync(context.Get(Prefix), context.Ct), "There is no data set. Put one: mesh datasets put KEY FILE",
            ["key", "#version", "format", "#rows", "#columns", "#size", "created", "by", "state"],
            d => [d.Key, d.Latest.Version, d.Format, Count(d.Rows), d.Columns, Figures.Size(d.Latest.Size), d.Latest.CreatedAt, d.Latest.CreatedBy, d.State], ct: context.Ct)),
        Verb.Of("put", "Upload a file as the next version of a data set, and show what is in it.", [Key, File, Labels], PutAsync),
        Verb.Of("show", "Show what is in a data set: columns, statistics, histograms.", [Key, Version], async context =>
            await ShowAsync(context, await ProfileAsync(context, context.Get(Key), context.Get(Version)))),
        Verb.Of("preview", "Print rows of a data set.", [Key, Version, Columns, Filter, Sample, Limit], PreviewAsync),
        Verb.Of("diff", "Show how a version of a data set differs from another.", [Key, Version, Against], async context =>
            await ShowAsync(context, await context.Project.Datasets.DiffAsync(context.Get(Key), context.Get(Version), context.Get(Against), context.Ct))),
        Verb.Of("get", "Download a data set as it was stored; with --column or --filter those rows, as Arrow.", [Key, Target, Version, Columns, Filter], GetAsync));

    private static async Task<int> PutAsync(Context context)
    {
        if (!System.IO.File.Exists(context.Get(File))) throw new UsageException($"There is no file {context.Get(File)}.");
        var spec = new UploadSpec { Kind = ArtifactKind.Dataset, FileName = Path.GetFileName(context.Get(File)), Labels = Options.ToPairs(context.Get(Labels), "--label") };
        var version = await Transfer.UploadAsync(
            context.Output, context.Get(File), source => context.Project.Artifacts.UploadAsync(context.Get(Key), source, spec, context.Ct));
        return await ShowAsync(context, await ProfileAsync(context, version.Key, version.Version));
    }

    private static async Task PreviewAsync(Context context)
    {
        var (key, version, limit) = (context.Get(Key), context.Get(Version), context.Get(Limit));
        if (context.Get(Sample) && context.Get(Filter) is not null) throw new UsageException("A sample is of all rows: give --sample or --filter, not both.");
        if (context.Get(Sample))
        {
            var sample = await context.Project.Datasets.SampleAsync(key, limit, version: version, columns: Chosen(context), ct: context.Ct);
            await PrintAsync(context, sample, sample.Columns, sample.Rows);
            return;
        }

        var page = await context.Project.Datasets.PageAsync(key, version, Chosen(context), context.Get(Filter), limit, ct: context.Ct);
        await PrintAsync(context, page, page.Columns, page.Items);
        if (page.Next is not null) context.Output.Note($"There are more rows; -n {limit * 5} shows more of them.");
    }

    private static async Task PrintAsync<T>(Context context, T answer, IReadOnlyList<DatasetColumn> columns, IReadOnlyList<JsonElement> rows)
    {
        if (context.Output.Json)
        {
            context.Output.Object(answer);
            return;
        }

        await context.Output.TableAsync(
            rows.ToAsyncEnumerable(), "No rows.", [.. columns.Select(column => column.Kind == DatasetColumnKind.Number ? $"#{column.Name}" : column.Name.TrimStart('#'))],
            row => [.. row.EnumerateArray().Select(Cell)], ct: context.Ct);
    }

    private static async Task GetAsync(Context context)
    {
        var isPart = Chosen(context) is not null || context.Get(Filter) is not null;
        var version = await context.Project.Artifacts.GetVersionAsync(context.Get(Key), context.Get(Version), context.Ct);
        Task ReceiveAsync(Stream target) => isPart ? CopyRowsAsync(context, version, target) : context.Project.Artifacts.DownloadAsync(version.Key, target, version.Version, context.Ct);
        if (context.Get(Target) == "-")
        {
            if (context.Output.Json) throw new UsageException("Standard output can hold the file or --json, not both.");
            await using var standard = Console.OpenStandardOutput();
            await ReceiveAsync(standard);
            return;
        }

        // A stored name is somebody else's text: only its last part is used.
        var name = Path.GetFileName(version.FileName ?? version.Key);
        var path = context.Get(Target) ?? (isPart ? Path.ChangeExtension(name, ".arrows") : name);
        await Transfer.DownloadAsync(context.Output, path, version.Size, ReceiveAsync);
        context.Output.Done(version, $"{version.Key} version {version.Version} is in {path} ({Figures.Size(new FileInfo(path).Length)}).");
    }

    private static async Task CopyRowsAsync(Context context, ArtifactVersion version, Stream target)
    {
        await using var rows = await context.Project.Datasets.OpenArrowAsync(version.Key, version.Version, Chosen(context), context.Get(Filter), context.Ct);
        await rows.CopyToAsync(target, context.Ct);
    }

    private static Task<DatasetVersion> ProfileAsync(Context context, string key, int? version) =>
        context.Output.WorkingAsync("Profiling", _ => context.Project.Datasets.ProfileAsync(key, version, context.Ct));

    private static async Task<int> ShowAsync(Context context, DatasetVersion found)
    {
        var version = found.Version;
        context.Output.Object(
            found, ("key", version.Key), ("version", version.Version), ("format", found.Format), ("state", found.State), ("fault", found.Fault?.Detail),
            ("rows", Count(found.Profile?.Rows)), ("columns", Count(found.Profile?.Columns.Count)), ("size", Figures.Size(version.Size)), ("sha256", version.Digest),
            ("file", version.FileName), ("run", version.RunId), ("labels", version.Labels), ("created", version.CreatedAt), ("by", version.CreatedBy));
        if (found.Profile is not { } profile) return ExitCode.Failed;
        if (context.Output.Json) return ExitCode.Success;
        await context.Output.TableAsync(
            profile.Columns.Zip(profile.Statistics).ToAsyncEnumerable(), "No columns.",
            ["column", "type", "#missing", "#distinct", "#min", "#mean", "#deviation", "#max", "distribution"],
            column => [.. Row(column.First, column.Second)], ct: context.Ct);
        return ExitCode.Success;
    }

    private static IEnumerable<object?> Row(DatasetColumn column, DatasetColumnStatistics statistics) =>
    [
        column.Name, Cut(column.Type), statistics.Missing == 0 ? "" : Count(statistics.Missing), Count(statistics.Distinct),
        statistics.Numbers is { } n ? n.Min : Cut(statistics.Min), statistics.Numbers?.Mean, statistics.Numbers?.Deviation, statistics.Numbers is { } m ? m.Max : Cut(statistics.Max),
        statistics.Numbers?.Histogram is { } histogram ? SparkLine.Of([.. histogram.Counts.Select(count => (double)count)]) : Frequent(statistics),
    ];

    private static string Frequent(DatasetColumnStatistics statistics) => statistics.Frequent is { Count: > 0 } frequent
        ? Cut(string.Join(", ", frequent.Take(3).Select(value => $"{value.Value} {Figures.Percent((double)value.Count / Math.Max(1, statistics.Count))}")))!
        : "";

    private static async Task ShowAsync(Context context, DatasetDiff diff)
    {
        if (context.Output.Json)
        {
            context.Output.Object(diff);
            return;
        }

        context.Output.Object(
            diff, ("key", diff.Key), ("versions", $"{diff.Against} → {diff.Version}{(diff.IsSame ? ", the same bytes" : "")}"), ("rows", $"{Count(diff.RowsBefore)} → {Count(diff.RowsAfter)}"),
            ("added", diff.Added.Select(column => $"{column.Name}: {column.Type}")), ("removed", diff.Removed.Select(column => $"{column.Name}: {column.Type}")),
            ("retyped", diff.Retyped.Select(column => $"{column.Column}: {column.Before} → {column.After}")));
        await context.Output.TableAsync(
            diff.Columns.ToAsyncEnumerable(), "The versions have no column in common.",
            ["column", "missing", "mean", "#mean shift", "#psi", "before", "after"],
            column =>
            [
                column.Column, Change(column.Before.Missing, column.After.Missing), Change(column.Before.Numbers?.Mean, column.After.Numbers?.Mean),
                column.MeanShift is { } shift ? shift.ToString("+0.00;-0.00;0", CultureInfo.InvariantCulture) : "", column.Psi is { } psi ? psi.ToString("0.000", CultureInfo.InvariantCulture) : "",
                Line(column.Before), Line(column.After),
            ], ct: context.Ct);
    }

    private static string Line(DatasetColumnStatistics statistics) =>
        statistics.Numbers?.Histogram is { } histogram ? SparkLine.Of([.. histogram.Counts.Select(count => (double)count)]) : Frequent(statistics);

    private static string Change(double? before, double? after) =>
        before is null && after is null ? "" : before.Equals(after) ? Output.Text(before) : $"{Output.Text(before)} → {Output.Text(after)}";

    private static string? Count(long? count) => count?.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => Cut(value.GetString())!,
        _ => Cut(value.GetRawText())!,
    };

    // A cell is one line of a table.
    private static string? Cut(string? text)
    {
        if (text is null) return null;
        text = text.ReplaceLineEndings("↵").Replace('\t', ' ');
        return text.Length <= MostCharacters ? text : $"{text[..MostCharacters]}…";
    }

    private static string[]? Chosen(Context context) => context.Get(Columns) is { Length: > 0 } columns ? columns : null;
}
