using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Tests.Jobs;

/// <summary>Given events, when a command, then events: the state is the fold of what was given.</summary>
internal sealed class JobScenario
{
    public static readonly DateTimeOffset T0 = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    public static readonly Guid Id = Guid.Parse("0196a1b2-0000-7000-8000-000000000001");
    public static readonly BackOff Wait = new(TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5), 1);

    public Job? State { get; private set; }

    public DateTimeOffset Now { get; private set; } = T0;

    public static JobScenario Submitted(int maxAttempts = 1, JobPolicy? policy = null)
    {
        var scenario = new JobScenario();
        scenario.When(Submit(maxAttempts) with { Policy = policy });
        return scenario;
    }

    public static JobCommand.Submit Submit(int maxAttempts = 1, string? fingerprint = null) => new(
        Id, "train", "default", new JobWork(null, null, null, null, ["true"]), new Dictionary<string, string>(), [], maxAttempts, 60, 0,
        new Dictionary<string, string>(), "ada", fingerprint);

    public static Job? Evolve(Job? state, JobEvent e) => e switch
    {
        JobEvent.Submitted x => Job.Create(x),
        JobEvent.Started x => state!.Apply(x),
        JobEvent.AttemptAdvanced x => state!.Apply(x),
        JobEvent.AttemptFailed x => state!.Apply(x),
        JobEvent.LeaseLost x => state!.Apply(x),
        JobEvent.AttemptAdopted x => state!.Apply(x),
        JobEvent.Released x => state!.Apply(x),
        JobEvent.Succeeded x => state!.Apply(x),
        JobEvent.Failed x => state!.Apply(x),
        JobEvent.AbortRequested x => state!.Apply(x),
        JobEvent.Aborted x => state!.Apply(x),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    public JobScenario After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    /// <summary>Carries a command out and keeps what follows.</summary>
    public Decision<JobEvent> When(JobCommand command)
    {
        var decision = JobDecider.Decide(command, State, Now);
        foreach (var e in decision.Events) State = Evolve(State, e);
        return decision;
    }

    /// <summary>A worker takes an attempt and starts its process.</summary>
    public JobScenario GivenRunning(int attempt = 1, string worker = "w1") => Given(new JobCommand.Claim(attempt, worker))
        .Given(new JobCommand.Advance(attempt, AttemptState.Preparing)).Given(new JobCommand.Advance(attempt, AttemptState.Running));

    /// <summary>Carries a command out that must be accepted.</summary>
    public JobScenario Given(JobCommand command)
    {
        When(command).Rejected.ShouldBeNull();
        return this;
    }
}
