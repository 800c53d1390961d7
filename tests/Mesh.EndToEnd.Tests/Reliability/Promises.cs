using Mesh.Client;
using Mesh.Client.Tracking;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.EndToEnd.Tests.Load;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>What the mesh promises about everything that it acknowledged, whatever was killed meanwhile.</summary>
internal static class Promises
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Nothing that was right was refused.</summary>
    public static void NothingRightWasRefused(SteadyLoad load) => load.Refusals.ShouldBeEmpty();

    /// <summary>Every acknowledged run is there exactly once, completed, with every acknowledged point exactly once.</summary>
    public static async Task EveryRunIsThereOnceAsync(ProjectClient project, SteadyLoad load)
    {
        var runs = await project.Runs.ListAsync(new RunFilter { Experiment = "load", PageSize = 500 }).ToListAsync();
        foreach (var expected in load.Runs)
        {
            var run = runs.Where(r => r.Name == expected.Name && r.Id == expected.Id).ShouldHaveSingleItem();
            run.Status.ShouldBe(RunStatus.Completed, expected.Name);
            run.Metrics["loss"].Count.ShouldBe(expected.Points, expected.Name);
        }

        runs.Select(r => r.Name).ShouldBeUnique();
    }

    /// <summary>Every acknowledged job ran to its end, and its run says so.</summary>
    public static Task EveryJobEndsAsync(ProjectClient project, SteadyLoad load) => Eventually.Holds(async () =>
    {
        foreach (var id in load.Jobs)
        {
            (await project.Jobs.GetAsync(id)).Status.ShouldBe(JobStatus.Succeeded, $"job {id}");
            (await project.Runs.GetAsync(id)).Status.ShouldBe(RunStatus.Completed, $"run of job {id}");
        }
    }, Patience);

    /// <summary>The journal holds each event of each acknowledged run exactly once, in the order of its stream.</summary>
    public static Task TheJournalIsWholeAsync(ProjectClient project, SteadyLoad load) => Eventually.Holds(async () =>
    {
        var entries = await project.Events.ListAsync("run.*", after: 0).ToListAsync();
        entries.Select(e => e.Event.Id).ShouldBeUnique();
        IsWhole(load.Runs.Select(r => r.Id), entries.Select(e => e.Event));
    }, Patience);

    /// <summary>An outsider got each event at least once, and first deliveries in the order of the run.</summary>
    public static Task TheOutsiderMissedNothingAsync(OutsideSubscriber outsider, SteadyLoad load) => Eventually.Holds(() =>
    {
        var first = outsider.Deliveries.DistinctBy(e => e.Id);
        IsWhole(load.Runs.Select(r => r.Id), first);
        return Task.CompletedTask;
    }, Patience);

    /// <summary>Consumers applied each event once: a job's run has no step twice in its history.</summary>
    public static async Task NothingWasAppliedTwiceAsync(ProjectClient project, SteadyLoad load)
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

    private static void IsWhole(IEnumerable<Guid> runs, IEnumerable<MeshEvent> events)
    {
        var bySubject = events.ToLookup(e => e.Subject);
        foreach (var id in runs)
        {
            var mine = bySubject[id.ToString()].ToList();
            mine.Select(e => e.Type).ShouldBe(["run.created", "run.started", "run.completed"], $"run {id}");
            mine.Select(e => e.StreamVersion).ShouldBeInOrder();
        }
    }
}
