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
        var runs = await Task.WhenAll(plan.Algorithms.Select(async algorithm =>
        {
            var values = new Dictionary<string, string>(algorithm.Params) { ["algorithm"] = algorithm.Name };
            return (algorithm, run: await job.Run.StartChildAsync(algorithm.Name, values, ct: ct));
        }));
        return new Trials(runs.ToDictionary(r => r.algorithm, r => r.run), plan.Metric);
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
