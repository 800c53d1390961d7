using Mesh.Hosting.Decisions;
using Mesh.Tracking.Runs;

namespace Mesh.Tracking.Tests.Runs;

/// <summary>Given, when, then over plain values.</summary>
internal static class Story
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly Guid RunId = Guid.Parse("0195b2a0-0000-7000-8000-000000000001");
    public static readonly Dictionary<string, string> None = [];

    public static readonly RunEvent.Created Created = new(RunId, "fit", "wine", "script", null, None, None, "ada", Now);

    public static Run? Given(params IReadOnlyList<RunEvent> events) => events.Aggregate((Run?)null, Run.Evolve);

    public static Run Running(int attempt = 1, string? worker = "w1") => Given(Created, Started(attempt, worker))!;

    public static RunEvent.Started Started(int attempt = 1, string? worker = "w1") => new(attempt, worker, Now);

    public static RunEvent.Completed Completed(int attempt = 1) => new("fit", "wine", null, attempt, Now);

    public static RunEvent.Failed Failed(string cause = "boom", int attempt = 1) => new("fit", "wine", null, attempt, cause, Now);

    public static RunEvent.Aborted Aborted(string? reason = null) => new("fit", "wine", null, reason, Now);

    public static Decision<RunEvent> When(this Run? run, RunCommand command) => RunDecider.Decide(command, run, Now);

    public static void ShouldBeRefused(this Decision<RunEvent> decision, string code)
    {
        decision.Events.ShouldBeEmpty();
        decision.Rejected.ShouldNotBeNull().Code.ShouldBe(code);
    }

    public static void ShouldBeNothing(this Decision<RunEvent> decision)
    {
        decision.Rejected.ShouldBeNull();
        decision.Events.ShouldBeEmpty();
    }

    public static void ShouldBe(this Decision<RunEvent> decision, params IReadOnlyList<RunEvent> events)
    {
        decision.Rejected.ShouldBeNull();
        decision.Events.ShouldBe(events);
    }
}
