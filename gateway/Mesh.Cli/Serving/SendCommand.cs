using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Terminal;

namespace Mesh.Cli.Serving;

/// <summary><c>mesh endpoints send</c>: the rows of a CSV file, one request each.</summary>
internal static class SendCommand
{
    private static readonly Argument<string> Endpoint = Options.Name("name", "Name of the endpoint.");
    private static readonly Argument<string> File = Options.Name("file", "A CSV file with a header; columns that are no inputs of the model are left out.");
    private static readonly Option<string?> Label = new("--label") { Description = "Column that holds what the prediction should be: says how many were right.", HelpName = "column" };
    private static readonly Option<DateTimeOffset?> From = new("--from") { Description = "Event time of the first row; now when absent.", HelpName = "time" };
    private static readonly Option<int> Over = new("--over") { Description = "With --from: seconds of event time over which the rows are spread.", DefaultValueFactory = _ => 0, HelpName = "seconds" };

    public static Command Create() => Verb.Of("send", "Send the rows of a CSV file one by one, as an application would.", [Endpoint, File, Label, From, Over], async context =>
    {
        if (context.Get(Over) < 0) throw new UsageException("--over takes a number of seconds, 0 or more.");
        var csv = await CsvRows.ReadAsync(context.Get(File), context.Ct);
        var traffic = await Traffic.ToAsync(context.Project, context.Get(Endpoint), csv.Columns, context.Get(Label), context.Ct);
        var result = await context.Output.WorkingAsync($"Sending {csv.Rows.Count} rows", say => traffic.SendAsync(
            csv.Rows, context.Get(From), TimeSpan.FromSeconds(context.Get(Over)), context.Ct, sent => say(sent.ToString(CultureInfo.InvariantCulture))));
        context.Output.Object(
            new { result.Rows, result.Right, result.Accuracy, LatencyMs = new { P50 = result.Latency(0.5).TotalMilliseconds, P99 = result.Latency(0.99).TotalMilliseconds } },
            ("rows", result.Rows), ("right", result.Right), ("accuracy", result.Accuracy is { } share ? Figures.Percent(share) : null),
            ("latency p50", $"{Figures.Number(result.Latency(0.5).TotalMilliseconds)} ms"), ("latency p99", $"{Figures.Number(result.Latency(0.99).TotalMilliseconds)} ms"));
    });
}
