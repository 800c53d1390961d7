using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Tracking;
using Spectre.Console;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh experiments watch</c>: the table of an experiment as it changes, drawn anew on a terminal, a line for each changed row elsewhere.</summary>
internal static class WatchCommand
{
    private const int MostRows = 500;
    private static readonly Option<string[]> Metrics = new("--metric", "-m")
    {
        Description = "Show the latest value of this metric; may be given several times. Three of each run when absent.",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        HelpName = "name",
    };

    private static readonly Option<int> Limit = new("--limit", "-n") { Description = "How many of the newest runs to begin with, and to show on a terminal.", DefaultValueFactory = _ => 20 };

    public static Command Create(Argument<string> experiment, Func<Context, Task<ExperimentInfo>> find) => Verb.Of(
        "watch", "Watch the runs of an experiment as they change, until it is deleted or Ctrl+C.", [experiment, Metrics, Limit], async context =>
        {
            var rows = context.Get(Limit);
            if (rows is < 1 or > MostRows) throw new UsageException($"--limit takes 1 to {MostRows}, not {rows}.");
            try
            {
                var found = await find(context);
                var events = context.Project.Runs.Experiments.FollowAsync(found.Id, rows, context.Ct);
                if (context.Output.IsScreen) await DrawAsync(context.Output.Results, new RunBoard(found.Name, rows, context.Get(Metrics) ?? []), events);
                else await PrintAsync(context.Output, context.Get(Metrics) ?? [], events);
                context.Output.Note($"Experiment {found.Name} is deleted.");
            }
            catch (OperationCanceledException) when (context.Ct.IsCancellationRequested)
            {
                // There is no other end to wait for: whoever interrupts it has seen enough.
            }
        });

    private static Task DrawAsync(IAnsiConsole console, RunBoard board, IAsyncEnumerable<RunRows> events) =>
        console.Live(board.Draw(console.Profile.Height)).StartAsync(async screen =>
        {
            screen.Refresh();
            await foreach (var rows in events)
            {
                board.Take(rows);
                screen.UpdateTarget(board.Draw(console.Profile.Height));
            }
        });

    private static async Task PrintAsync(Output output, string[] metrics, IAsyncEnumerable<RunRows> events)
    {
        await foreach (var rows in events)
        {
            foreach (var run in rows.Changed)
            {
                var shown = metrics.Length == 0 ? run : run with { Metrics = run.Metrics.Where(metric => metrics.Contains(metric.Key)).ToDictionary() };
                output.Piece(shown, $"{run.Id}  {run.Name}  {Output.Text(run.Status)}  {RunBoard.Values(shown.Metrics)}".TrimEnd());
            }

            foreach (var run in rows.Gone) output.Piece(new { run.Id, gone = true, run.Purged }, $"{run.Id}  {(run.Purged ? "purged" : "deleted")}");
        }
    }
}
