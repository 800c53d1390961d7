using System.Collections.Concurrent;
using Mesh.Client;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Load;

/// <summary>A run whose every write was acknowledged.</summary>
/// <param name="Points">Points of the metric <c>loss</c> that were acknowledged.</param>
public sealed record AcknowledgedRun(Guid Id, string Name, int Points);

/// <summary>
/// Creates, fills and completes runs, and submits jobs, one after the other from several writers, for as long as it is let. What the mesh has
/// acknowledged is remembered; a write that was not acknowledged is repeated by the client under the same key, as any caller would.
/// </summary>
public sealed class SteadyLoad : IAsyncDisposable
{
    /// <summary>Experiment of its runs.</summary>
    public const string Experiment = "load";

    /// <summary>Experiment of its jobs.</summary>
    public const string JobExperiment = "load-jobs";

    private const int Batches = 3;
    private const int PointsPerBatch = 20;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _writers;
    private readonly ConcurrentQueue<AcknowledgedRun> _runs = new();
    private readonly ConcurrentQueue<Guid> _jobs = new();
    private readonly ConcurrentQueue<string> _refusals = new();

    public SteadyLoad(MeshClient mesh, string project, int writers = 3) =>
        _writers = [.. Enumerable.Range(0, writers).Select(i => WriteRunsAsync(mesh.Project(project), i)), SubmitJobsAsync(mesh.Project(project))];

    /// <summary>Runs that were acknowledged to their end.</summary>
    public IReadOnlyCollection<AcknowledgedRun> Runs => _runs;

    /// <summary>Jobs whose submission was acknowledged.</summary>
    public IReadOnlyCollection<Guid> Jobs => _jobs;

    /// <summary>Answers that no fault excuses: refusals of what was right.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    /// <summary>Waits until this many more runs and jobs have been acknowledged.</summary>
    public async Task GoesOnAsync(int runs, int jobs)
    {
        var (runsBefore, jobsBefore) = (_runs.Count, _jobs.Count);
        await Eventually.Holds(() => Task.FromResult(_runs.Count >= runsBefore + runs && _jobs.Count >= jobsBefore + jobs), TimeSpan.FromMinutes(3));
    }

    /// <summary>Stops after what each writer is at.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_writers);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task WriteRunsAsync(ProjectClient project, int writer)
    {
        for (var i = 0; !_stopping.IsCancellationRequested; i++)
        {
            var name = $"load-{writer}-{i}";
            try
            {
                // Half of the callers name the run; the others rely on the key of their request alone.
                var given = i % 2 == 0 ? Guid.CreateVersion7() : (Guid?)null;
                var id = (await project.Runs.CreateAsync(new CreateRun(name, Experiment, Params: new() { ["writer"] = $"{writer}" }, Id: given))).Id;
                await project.Runs.StartAsync(id, new StartRun());
                for (var batch = 0; batch < Batches; batch++)
                {
                    var points = Enumerable.Range(batch * PointsPerBatch, PointsPerBatch).Select(step => new MetricPoint("loss", 1.0 / (step + 1), step)).ToList();
                    await project.Runs.LogMetricsAsync(id, new LogMetrics(points, BatchId: Guid.CreateVersion7()));
                }

                await project.Runs.CompleteAsync(id);
                _runs.Enqueue(new AcknowledgedRun(id, name, Batches * PointsPerBatch));
            }
            catch (MeshException e) when (Outage.Excuses(e))
            {
                // Not acknowledged, even after every repeat: nothing is promised about it.
            }
            catch (MeshException e)
            {
                _refusals.Enqueue($"{name}: {(int)e.Status} {e.Code} {e.Message}");
            }

            await Task.Delay(20);
        }
    }

    private async Task SubmitJobsAsync(ProjectClient project)
    {
        for (var i = 0; !_stopping.IsCancellationRequested; i++)
        {
            try
            {
                var job = await project.Jobs.SubmitAsync(new SubmitJob(
                    Command: ["/bin/sh", "-c", $"echo job {i}; sleep 0.3"], Name: $"job-{i}", Experiment: JobExperiment, MaxAttempts: 10));
                _jobs.Enqueue(job.Id);
            }
            catch (MeshException e) when (Outage.Excuses(e))
            {
                // Not acknowledged.
            }
            catch (MeshException e)
            {
                _refusals.Enqueue($"job-{i}: {(int)e.Status} {e.Code} {e.Message}");
            }

            await Task.Delay(700);
        }
    }
}
