using System.Text.Json;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Tracking.Runs;

namespace Mesh.Tracking.Tests.Runs;

/// <summary>What holds for every sequence of commands. The sequences are random but the same in every test run.</summary>
public sealed class RunPropertyTests
{
    private const int Sequences = 2_000;
    private const int Length = 25;

    [Fact]
    public void Any_commands_replay_to_the_same_state() => ForAll((run, history, _, _) =>
        Json(history.Aggregate((Run?)null, Run.Evolve)).ShouldBe(Json(run)));

    [Fact]
    public void The_same_command_twice_adds_nothing() => ForAll((run, _, command, decision) =>
    {
        if (decision.Rejected is null) RunDecider.Decide(command, run, Story.Now).Events.ShouldBeEmpty($"{command} again");
    });

    [Fact]
    public void What_ended_stays_ended()
    {
        RunStatus? end = null;
        ForAll((run, history, _, _) =>
        {
            if (history.Count == 0) end = null;
            if (end is { } reached && history.Count > 1) run!.Status.ShouldBe(reached);
            end = run is { HasEnded: true } ? run.Status : null;
        });
    }

    [Fact]
    public void An_attempt_never_goes_down_and_a_param_never_changes()
    {
        Run? before = null;
        ForAll((run, history, _, _) =>
        {
            if (before is not null && run is not null && history.Count > 1)
            {
                run.Attempt.ShouldBeGreaterThanOrEqualTo(before.Attempt);
                foreach (var (key, value) in before.Params) run.Params[key].ShouldBe(value);
            }

            before = run;
        });
    }

    private static void ForAll(Action<Run?, List<RunEvent>, RunCommand, Decision<RunEvent>> holds)
    {
        for (var seed = 0; seed < Sequences; seed++)
        {
            var random = new Random(seed);
            var history = new List<RunEvent>();
            Run? run = null;
            holds(null, history, new RunCommand.Delete(), Decision<RunEvent>.Nothing);
            for (var i = 0; i < Length; i++)
            {
                var command = Any(random);
                var decision = RunDecider.Decide(command, run, Story.Now.AddSeconds(i));
                foreach (var happened in decision.Events)
                {
                    history.Add(happened);
                    run = Run.Evolve(run, happened);
                }

                holds(run, history, command, decision);
            }
        }
    }

    private static RunCommand Any(Random random)
    {
        int? attempt = random.Next(3) == 0 ? null : random.Next(1, 4);
        var values = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"k{random.Next(4)}").Distinct().ToDictionary(k => k, _ => $"{random.Next(3)}");
        return random.Next(16) switch
        {
            0 or 1 => new RunCommand.Create(Story.RunId, "fit", "wine", null, null, Story.None, values, "ada", random.Next(2) == 0 ? null : "f"),
            2 or 3 => new RunCommand.Start(random.Next(1, 4), random.Next(2) == 0 ? "w1" : "w2"),
            4 => new RunCommand.LoseAttempt(random.Next(1, 4), "exit 1"),
            5 or 6 => new RunCommand.LogParams(values, attempt),
            7 => new RunCommand.SetTags(values.ToDictionary(v => v.Key, v => v.Value == "0" ? "" : v.Value)),
            8 => new RunCommand.Complete(attempt),
            9 => new RunCommand.Fail("boom", attempt),
            10 => random.Next(2) == 0 ? new RunCommand.RequestAbort("why", attempt) : new RunCommand.ConfirmAbort(null, attempt),
            11 => new RunCommand.Rename($"fit-{random.Next(3)}"),
            12 => new RunCommand.LogInputs([new DatasetRef("wine", $"d{random.Next(3)}", "training")]),
            13 => random.Next(2) == 0
                ? new RunCommand.LogOutputs([new ModelOutput($"m-{random.Next(3)}", random.Next(3))])
                : new RunCommand.LinkArtifact("plot", "plot", random.Next(1, 4)),
            14 => random.Next(2) == 0 ? new RunCommand.Restore(random.Next(2) == 0) : new RunCommand.DescribeContext(new RunSource(EntryPoint: $"train{random.Next(2)}.py"), null),
            _ => random.Next(6) == 0 ? new RunCommand.Delete() : new RunCommand.RequestAbort(null, attempt),
        };
    }

    private static string Json(Run? run) => JsonSerializer.Serialize(run);
}
