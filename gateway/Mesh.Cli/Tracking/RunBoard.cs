using Mesh.Cli.Terminal;
using Mesh.Contracts.Tracking;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mesh.Cli.Tracking;

/// <summary>The newest runs of an experiment as a table that is drawn anew. Of an experiment with very many runs it holds no more than it shows.</summary>
internal sealed class RunBoard(string experiment, int rows, IReadOnlyList<string> metrics)
{
    // The header with its line, the caption, and the line of the cursor.
    private const int Frame = 5;

    private readonly Dictionary<Guid, RunInfo> _runs = [];

    /// <summary>Takes rows that changed.</summary>
    public void Take(RunRows changes)
    {
        foreach (var run in changes.Changed) _runs[run.Id] = run;
        foreach (var run in changes.Gone) _runs.Remove(run.Id);
        foreach (var old in Newest().Skip(rows).ToList()) _runs.Remove(old.Id);
    }

    /// <summary>The table as it is, as far as it fits the screen.</summary>
    public IRenderable Draw(int height)
    {
        var table = new Table().Border(TableBorder.Simple).Caption($"[grey]{Markup.Escape(experiment)}, Ctrl+C ends[/]", Style.Plain);
        foreach (var column in (string[])["name", "status", "started", "took"]) table.AddColumn(Header(column));
        foreach (var metric in metrics) table.AddColumn(Header(metric).RightAligned());
        if (metrics.Count == 0) table.AddColumn(Header("metrics"));
        table.AddColumn(Header("id"));
        foreach (var run in Newest().Take(Math.Max(1, height - Frame)))
        {
            object?[] cells =
            [
                run.Name, run.Status, run.StartedAt, RunCard.Took(run),
                .. metrics.Count == 0 ? [Values(run.Metrics.Take(3))] : metrics.Select(metric => (object?)run.Metrics.GetValueOrDefault(metric)?.Last), run.Id,
            ];
            table.AddRow([.. cells.Select(cell => new Text(Output.Text(cell)))]);
        }

        return table;
    }

    /// <summary>Metrics with their latest values, on a line.</summary>
    public static string Values(IEnumerable<KeyValuePair<string, MetricSummary>> metrics) =>
        string.Join("  ", metrics.Select(metric => $"{metric.Key} {Figures.Number(metric.Value.Last)}"));

    private IEnumerable<RunInfo> Newest() => _runs.Values.OrderByDescending(run => run.CreatedAt).ThenByDescending(run => run.Id.ToString(), StringComparer.Ordinal);

    private static Spectre.Console.TableColumn Header(string name) => new Spectre.Console.TableColumn(new Markup($"[grey]{Markup.Escape(name)}[/]")).NoWrap();
}
