using Mesh.Client;
using Mesh.Hub.Running;

namespace Mesh.Hub.Training;

/// <summary>The child runs of a training, one per algorithm.</summary>
internal sealed class Trials : IAsyncDisposable
{
    private readonly Dictionary<Algorithm, RunContext> _runs;
    private readonly Metric _metric;

    private Trials(Dictionary<Algorithm, RunContext> runs, Metric metric) => (_runs, _metric) = (runs, metric);

    public static async Task<Trials> StartAsync(Job job, TrainingPlan plan, CancellationToken ct)
    {
        var starts = plan.Algorithms.ToDictionary(algorithm => algorithm, algorithm =>
        {
            var values = new Dictionary<string, string>(algorithm.Params) { ["algorithm"] = algorithm.Name };
            return job.Run.StartChildAsync(algorithm.Name, values, ct: ct);
        });
        await ((Task)Task.WhenAll(starts.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var runs = new Dictionary<Algorithm, RunContext>();
        foreach (var (algorithm, start) in starts)
            if (start.IsCompletedSuccessfully) runs[algorithm] = await start;
        var trials = new Trials(runs, plan.Metric);
        // One that did not start ends the training, and the others are not to be left open.
        if (runs.Count < starts.Count) await trials.DisposeAsync();
        await Task.WhenAll(starts.Values);
        return trials;
    }

    /// <summary>Logs one fold; from any thread.</summary>
    public void Log(FoldResult result)
    {
        foreach (var (name, value) in result.Measures) _runs[result.Algorithm].LogMetric($"fold/{name}", value, result.Fold);
    }

    /// <summary>Logs the means and ends every run.</summary>
    public Task EndAsync(IReadOnlyList<Trial> trials, CancellationToken ct) => Task.WhenAll(trials.Select(async trial =>
    {
        var run = _runs[trial.Algorithm];
        if (trial.Failure is { } cause)
        {
            await run.FailAsync(cause, ct);
            return;
        }

        foreach (var name in trial.Folds.SelectMany(f => f.Measures.Keys).Distinct()) run.LogMetric(name, trial.Mean(name));
        run.LogMetric($"{_metric.Name}-deviation", trial.Deviation(_metric.Name));
        await run.CompleteAsync(ct);
    }));

    /// <summary>Fails what has not ended: the training broke off.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs.Values)
        {
            try
            {
                await run.FailAsync("The training was broken off.");
            }
            catch (MeshException)
            {
                // What broke the training off is on its way to the caller and matters more.
            }

            await run.DisposeAsync();
        }
    }
}
