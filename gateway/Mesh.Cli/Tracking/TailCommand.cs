using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh runs tail</c></summary>
internal static class TailCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly Argument<Guid> Id = Options.Id("id", "Id of the run.");

    public static Command Create() =>
        Verb.Of("tail", "Follow the log and the latest values of the metrics of a run until it has ended: 4 if it ended badly.", [Id], FollowAsync);

    private static async Task<int> FollowAsync(Context context)
    {
        var runs = context.Project.Runs;
        var tail = new RunTail(context.Output);
        tail.Metrics(await runs.MetricsAsync(context.Get(Id), context.Ct));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.Ct);
        var watching = WatchAsync(context, tail, over);
        try
        {
            await foreach (var chunk in runs.FollowLogAsync(context.Get(Id), ct: over.Token)) tail.Log(chunk);
        }
        catch (OperationCanceledException) when (!context.Ct.IsCancellationRequested)
        {
            // The other half failed; awaiting it says how.
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }

        tail.Metrics(await runs.MetricsAsync(context.Get(Id), context.Ct));
        var run = await runs.GetAsync(context.Get(Id), ct: context.Ct);
        tail.End(run);
        return run.Status is RunStatus.Completed ? ExitCode.Success : ExitCode.EndedBadly;
    }

    private static async Task WatchAsync(Context context, RunTail tail, CancellationTokenSource over)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause, over.Token);
                tail.Metrics(await context.Project.Runs.MetricsAsync(context.Get(Id), over.Token));
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The log has ended.
        }
        catch
        {
            await over.CancelAsync();
            throw;
        }
    }
}

/// <summary>Prints what comes of a run, from two sides at once: each line whole.</summary>
internal sealed class RunTail(Output output)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MetricSummary> _shown = new(StringComparer.Ordinal);
    private bool _midLine;

    /// <summary>Prints log text as it comes.</summary>
    public void Log(LogChunk chunk)
    {
        if (chunk.Text.Length == 0) return;
        lock (_gate)
        {
            output.Piece(chunk, chunk.Text, newLine: false);
            _midLine = !chunk.Text.EndsWith('\n');
        }
    }

    /// <summary>Prints the latest values that are new, by name.</summary>
    public void Metrics(IReadOnlyDictionary<string, MetricSummary> metrics)
    {
        lock (_gate)
        {
            foreach (var (name, summary) in metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal))
            {
                if (_shown.TryGetValue(name, out var shown) && shown == summary) continue;
                _shown[name] = summary;
                EndLine();
                output.Piece(new MetricPoint(name, summary.Last, summary.LastStep), $"{name} = {Output.Text(summary.Last)} (step {summary.LastStep})");
            }
        }
    }

    /// <summary>Says how the run ended.</summary>
    public void End(RunInfo run)
    {
        lock (_gate)
        {
            EndLine();
            output.Piece(run, $"{run.Name}: {Output.Text(run.Status)}{(run.Cause is { } cause ? $": {cause}" : "")}");
        }
    }

    private void EndLine()
    {
        if (_midLine && !output.Json) output.Raw("");
        _midLine = false;
    }
}
