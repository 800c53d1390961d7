using Mesh.Client;
using Mesh.Client.Functions;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;
using Mesh.EndToEnd.Tests.Load;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>What the mesh promises about the events of what it acknowledged, whatever was killed meanwhile.</summary>
internal static class EventPromises
{
    private const string Counter = "completed-runs";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The journal holds each event of each acknowledged run and job exactly once, and those of every subject in the order of its stream.</summary>
    public static async Task TheJournalIsWholeAsync(MeshClient mesh, ProjectClient project, SteadyLoad load)
    {
        var streams = new List<(Guid Id, string Family, IReadOnlyList<HistoryEntry> History)>();
        foreach (var id in load.Jobs)
        {
            streams.Add((id, "job", await project.Jobs.HistoryAsync(id).ToListAsync()));
            streams.Add((id, "run", await project.Runs.HistoryAsync(id).ToListAsync()));
        }

        await Eventually.Holds(async () =>
        {
            var events = (await mesh.Events.ListAsync(after: 0).ToListAsync()).ConvertAll(entry => entry.Event);
            events.Select(e => e.Id).ShouldBeUnique();
            IsWhole(load.Runs.Select(run => run.Id), events);
            IsInOrder(events);
            var bySubject = events.ToLookup(e => (e.Subject, FamilyOf(e)));
            foreach (var (id, family, history) in streams)
            {
                bySubject[(id.ToString(), family)].Select(e => (e.StreamVersion, e.Type))
                    .ShouldBe(history.Where(e => EventTypes.ByName.ContainsKey(ToldAs(e.Type))).Select(e => (e.Version, ToldAs(e.Type))), $"{family} {id}");
            }
        }, Patience);
    }

    /// <summary>An outsider got every event of the journal at least once, and first deliveries in the order of their subject.</summary>
    public static Task TheOutsiderMissedNothingAsync(MeshClient mesh, OutsideSubscriber outsider, SteadyLoad load) => Eventually.Holds(async () =>
    {
        var first = outsider.Deliveries.DistinctBy(e => e.Id).ToList();
        IsWhole(load.Runs.Select(run => run.Id), first);
        IsInOrder(first);
        (await mesh.Events.ListAsync(after: 0).Select(entry => entry.Event.Id).ToListAsync()).ShouldBeSubsetOf(first.Select(e => e.Id));
    }, Patience);

    /// <summary>A reader of the stream of events, which broke and was resumed, saw every entry of the journal exactly once, in its order.</summary>
    public static Task TheReaderMissedNothingAsync(MeshClient mesh, JournalReader reader) => Eventually.Holds(async () =>
    {
        var journal = await mesh.Events.ListAsync(after: 0).Select(entry => (entry.Position, entry.Event.Id)).ToListAsync();
        reader.Entries.Select(entry => (entry.Position, entry.Event.Id)).ShouldBe(journal);
    }, Patience);

    /// <summary>Makes an alert rule that is fired once, and counts from then on.</summary>
    public static Task CountCompletedRunsAsync(ProjectClient project) => project.Alerts.DefineAsync(Counter, new DefineAlertRule(
        "run.completed", CooldownSeconds: 2_592_000,
        // It ends otherwise than what is counted.
        Action: new AlertAction(new SubmitJob(Command: ["/bin/false"], Name: Counter, Experiment: Counter, MaxAttempts: 1))));

    /// <summary>A consumer that adds one for each event, and would do so again for a repeat, has counted each of them once.</summary>
    public static Task EveryCompletedRunWasCountedOnceAsync(ProjectClient project) => Eventually.Holds(async () =>
    {
        var completed = await project.Events.ListAsync("run.completed", after: 0).CountAsync();
        var rule = await project.Alerts.GetAsync(Counter);
        rule.Activations.ShouldBe(1);
        (rule.Activations + rule.Suppressed).ShouldBe(completed);
        (await project.Jobs.ListAsync(new JobFilter { Experiment = Counter }).CountAsync()).ShouldBe(1);
    }, Patience);

    // Others are told that an attempt was lost, not how.
    private static string ToldAs(string stored) => stored is "job.lease-lost" or "job.released" ? "job.attempt-failed" : stored;

    private static string FamilyOf(MeshEvent e) => e.Type.Split('.')[0];

    private static void IsWhole(IEnumerable<Guid> runs, IEnumerable<MeshEvent> events)
    {
        var bySubject = events.Where(e => FamilyOf(e) == "run").ToLookup(e => e.Subject);
        foreach (var id in runs)
        {
            var mine = bySubject[id.ToString()].ToList();
            mine.Select(e => e.Type).ShouldBe(["run.created", "run.started", "run.completed"], $"run {id}");
            mine.Select(e => e.StreamVersion).ShouldBeInOrder();
        }
    }

    private static void IsInOrder(IEnumerable<MeshEvent> events)
    {
        foreach (var subject in events.GroupBy(e => (e.Project, Family: FamilyOf(e), e.Subject)))
        {
            var versions = subject.Select(e => e.StreamVersion).ToList();
            versions.ShouldBe(versions.Distinct().Order().ToList(), $"{subject.Key}: {string.Join(", ", subject.Select(e => $"{e.Type} {e.Id}"))}");
        }
    }
}
