using Mesh.Client;
using Mesh.Client.Functions;
using Mesh.Client.Tracking;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.EndToEnd.Tests.Load;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>What the mesh promises about the runs and jobs that it acknowledged, whatever was killed meanwhile.</summary>
internal static class RunPromises
{
    private const int Sample = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Nothing that was right was refused.</summary>
    public static void NothingRightWasRefused(SteadyLoad load) => load.Refusals.ShouldBeEmpty();

    /// <summary>Every acknowledged run is there exactly once, completed, with every acknowledged point exactly once.</summary>
    public static async Task EveryRunIsThereOnceAsync(ProjectClient project, SteadyLoad load)
    {
        var runs = await project.Runs.ListAsync(new RunFilter { Experiment = SteadyLoad.Experiment, PageSize = 500 }).ToListAsync();
        foreach (var expected in load.Runs)
        {
            var run = runs.Where(r => r.Name == expected.Name && r.Id == expected.Id).ShouldHaveSingleItem();
            run.Status.ShouldBe(RunStatus.Completed, expected.Name);
            run.Metrics["loss"].Count.ShouldBe(expected.Points, expected.Name);
        }

        runs.Select(r => r.Name).ShouldBeUnique();
        // The summary is counted as points come; the points themselves are the proof.
        foreach (var expected in load.Runs.Where((_, i) => i % (1 + (load.Runs.Count / Sample)) == 0))
        {
            var steps = await project.Runs.MetricAsync(expected.Id, "loss").Select(point => point.Step).ToListAsync();
            steps.ShouldBe(Enumerable.Range(0, expected.Points).Select(step => (long)step), expected.Name);
        }
    }

    /// <summary>Every acknowledged job is there exactly once and ran to its end, and its one run says so.</summary>
    public static async Task EveryJobEndsAsync(ProjectClient project, SteadyLoad load)
    {
        await Eventually.Holds(async () =>
        {
            foreach (var id in load.Jobs)
            {
                (await project.Jobs.GetAsync(id)).Status.ShouldBe(JobStatus.Succeeded, $"job {id}");
                (await project.Runs.GetAsync(id)).Status.ShouldBe(RunStatus.Completed, $"run of job {id}");
            }
        }, Patience);
        var jobs = await project.Jobs.ListAsync(new JobFilter { Experiment = SteadyLoad.JobExperiment, PageSize = 500 }).ToListAsync();
        jobs.Select(job => job.Name).ShouldBeUnique();
        load.Jobs.ShouldBeSubsetOf(jobs.Select(job => job.Id));
        var runs = await project.Runs.ListAsync(new RunFilter { Experiment = SteadyLoad.JobExperiment, PageSize = 500 }).ToListAsync();
        runs.Select(run => run.Name).ShouldBeUnique();
    }

    /// <summary>Tracking applied each event of a job once: its run has no step twice in its history.</summary>
    public static async Task NoStepWasTakenTwiceAsync(ProjectClient project, SteadyLoad load)
    {
        foreach (var id in load.Jobs)
        {
            var history = await project.Runs.HistoryAsync(id).ToListAsync();
            history.Count(e => e.Type == "run.created").ShouldBe(1, $"run {id}");
            history.Count(e => e.Type == "run.completed").ShouldBe(1, $"run {id}");
            var starts = history.Where(e => e.Type == "run.started").Select(e => e.Data.GetProperty("attempt").GetInt32()).ToList();
            starts.ShouldBe(starts.Distinct().Order().ToList(), $"run {id}");
        }
    }
}
