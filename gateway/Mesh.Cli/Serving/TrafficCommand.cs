using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Monitoring;
using Spectre.Console;

namespace Mesh.Cli.Serving;

/// <summary><c>mesh endpoints traffic</c>: what an endpoint was asked, stretch by stretch; as it comes, drawn anew on a terminal, a line for each changed stretch elsewhere.</summary>
internal static class TrafficCommand
{
    // The shortest stretch, and that of an hour in twelve.
    private const int Shortest = 10;
    private const int Usual = 300;

    // The header with its line, the caption, and the line of the cursor.
    private const int Frame = 5;

    private static readonly Option<DateTimeOffset?> From = new("--from") { Description = "Begin of the time; stretches of five minutes up to now when absent, of ten seconds with --follow.", HelpName = "time" };
    private static readonly Option<DateTimeOffset?> To = new("--to") { Description = "End of the time; now when absent.", HelpName = "time" };
    private static readonly Option<int> Points = new("--points", "-n") { Description = "How many stretches at most, 2 to 500.", DefaultValueFactory = _ => 12 };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on as requests are counted." };

    private static readonly string[] Columns = ["from", "#requests", "#rows", "#refused (4xx)", "#failed (5xx)", "#p50", "#p95", "#p99"];

    public static Command Create(Argument<string> endpoint) => Verb.Of(
        "traffic", "Show requests, rows, errors and latencies of an endpoint over time.", [endpoint, From, To, Points, Follow], async context =>
        {
            if (context.Get(Points) is < 2 or > 500) throw new UsageException($"--points takes 2 to 500, not {context.Get(Points)}.");
            if (!context.Get(Follow)) await ShowAsync(context, context.Get(endpoint));
            else if (context.Get(To) is not null) throw new UsageException("--follow has no end: leave --to out.");
            else await FollowAsync(context, context.Get(endpoint));
        });

    private static async Task ShowAsync(Context context, string endpoint)
    {
        var traffic = context.Get(From) is null && context.Get(To) is null
            ? await ReadAsync(context, endpoint, Usual)
            : await context.Project.Monitors.TrafficAsync(endpoint, context.Get(From), context.Get(To), context.Get(Points), context.Ct);
        var total = traffic.Total;
        context.Output.Object(
            traffic, ("endpoint", endpoint), ("from", traffic.From), ("to", traffic.To), ("requests", total.Requests), ("rows", total.Rows),
            ("refused (4xx)", Share(total.Refused, total.Requests)), ("failed (5xx)", Share(total.Failed, total.Requests)),
            ("latency", total.P50 is null ? "no answer" : $"p50 {Latency(total.P50)}, p95 {Latency(total.P95)}, p99 {Latency(total.P99)}"),
            ("each stretch", TimeSpan.FromSeconds(traffic.Seconds)));
        if (context.Output.Json || total.Requests == 0) return;
        await context.Output.TableAsync(traffic.Points.ToAsyncEnumerable(), "", Columns, Cells, ct: context.Ct);
    }

    private static async Task FollowAsync(Context context, string endpoint)
    {
        try
        {
            if (!context.Output.IsScreen) await PrintAsync(context.Output, ReadAsync(context, endpoint));
            else
            {
                var console = context.Output.Results;
                await console.Live(new Text("")).StartAsync(async screen =>
                {
                    await foreach (var traffic in ReadAsync(context, endpoint)) screen.UpdateTarget(Draw(endpoint, traffic, console.Profile.Height));
                });
            }
        }
        catch (OperationCanceledException) when (context.Ct.IsCancellationRequested)
        {
            // There is no other end to wait for: whoever interrupts it has seen enough.
        }
    }

    private static async IAsyncEnumerable<EndpointTraffic> ReadAsync(Context context, string endpoint)
    {
        var seconds = context.Get(From) is { } from
            ? Math.Max(1, Math.Ceiling((context.Mesh.Options.Clock.GetUtcNow() - from).TotalSeconds / context.Get(Points) / Shortest)) * Shortest
            : Shortest;
        await foreach (var change in context.Project.Monitors.FollowAsync(endpoint, context.Ct))
            if (change is ChangeKind.Traffic) yield return await ReadAsync(context, endpoint, seconds);
    }

    // Stretches begin at multiples of their length, so that they are the same ones each time.
    private static Task<EndpointTraffic> ReadAsync(Context context, string endpoint, double seconds)
    {
        var end = DateTimeOffset.UnixEpoch.AddSeconds(Math.Ceiling(context.Mesh.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0 / seconds) * seconds);
        return context.Project.Monitors.TrafficAsync(endpoint, end.AddSeconds(-seconds * context.Get(Points)), end, context.Get(Points), context.Ct);
    }

    private static async Task PrintAsync(Output output, IAsyncEnumerable<EndpointTraffic> changes)
    {
        var printed = new Dictionary<DateTimeOffset, TrafficPoint>();
        await foreach (var traffic in changes)
        {
            foreach (var point in traffic.Points.Where(point => point.Requests > 0 && point != printed.GetValueOrDefault(point.At)))
            {
                printed[point.At] = point;
                var latency = point.P50 is null ? "" : $"  p50 {Latency(point.P50)}  p95 {Latency(point.P95)}  p99 {Latency(point.P99)}";
                output.Piece(
                    point, $"{Output.Text(point.At)}  {point.Requests} requests  {point.Rows} rows  {point.Refused} refused  {point.Failed} failed{latency}");
            }

            foreach (var old in printed.Keys.Where(at => at < traffic.From).ToList()) printed.Remove(old);
        }
    }

    private static Table Draw(string endpoint, EndpointTraffic traffic, int height)
    {
        var table = new Table().Border(TableBorder.Simple).Caption($"[grey]{Markup.Escape(endpoint)}, Ctrl+C ends[/]", Style.Plain);
        foreach (var column in Columns)
        {
            var header = new TableColumn(new Markup($"[grey]{Markup.Escape(column.TrimStart('#'))}[/]")).NoWrap();
            table.AddColumn(column.StartsWith('#') ? header.RightAligned() : header);
        }

        foreach (var point in traffic.Points.TakeLast(Math.Max(1, height - Frame))) table.AddRow([.. Cells(point).Select(cell => new Text(Output.Text(cell)))]);
        return table;
    }

    private static object?[] Cells(TrafficPoint point) =>
        [point.At, point.Requests, point.Rows, point.Refused, point.Failed, Latency(point.P50), Latency(point.P95), Latency(point.P99)];

    private static string Share(long part, long of) => part == 0 ? "0" : $"{part} ({Figures.Percent((double)part / of)})";

    // Right to about a tenth: more digits would say what is not known.
    private static string? Latency(double? milliseconds) => milliseconds is { } value ? $"{Figures.Number(Math.Round(value, value < 10 ? 2 : 0))} ms" : null;
}
