using Mesh.Contracts.Serving;
using Mesh.Hosting.Decisions;
using Mesh.Serving.Endpoints;

namespace Mesh.Serving.Tests.Endpoints;

public sealed class EndpointDeciderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly EndpointEvent.Deployed Deployed = new("cancer", "trees", "champion", true, "ada", Now);
    private static readonly EndpointEvent.VersionServed Served = new("cancer", "trees", 2, 0, Now);
    private static readonly EndpointEvent.Deleted Deleted = new("cancer", "ada", Now);

    [Fact]
    public void Deploying_creates_the_endpoint() => When([], new EndpointCommand.Deploy("cancer", "trees", "champion", true, "ada")).Events.ShouldBe([Deployed]);

    [Fact]
    public void Deploying_the_same_again_changes_nothing() => Nothing([Deployed], new EndpointCommand.Deploy("cancer", "trees", "champion", true, "bob"));

    [Theory]
    [InlineData("forest", "champion", true)]
    [InlineData("trees", "challenger", true)]
    [InlineData("trees", "champion", false)]
    public void Deploying_another_model_alias_or_capture_is_a_new_deployment(string model, string alias, bool capture) =>
        When([Deployed, Served], new EndpointCommand.Deploy("cancer", model, alias, capture, "bob")).Events
            .ShouldBe([new EndpointEvent.Deployed("cancer", model, alias, capture, "bob", Now)]);

    [Fact]
    public void A_deleted_name_may_be_deployed_again()
    {
        When([Deployed, Served, Deleted], new EndpointCommand.Deploy("cancer", "trees", "champion", true, "ada")).Events.ShouldBe([Deployed]);
        var again = Given([Deployed, Served, Deleted, new EndpointEvent.Deployed("cancer", "trees", "champion", true, "bob", Now)])!;
        (again.CreatedBy, again.Status, again.IsDeleted).ShouldBe(("bob", EndpointStatus.Loading, false));
    }

    [Fact]
    public void Deleting_ends_it() => When([Deployed], new EndpointCommand.Delete("ada")).Events.ShouldBe([Deleted]);

    [Fact]
    public void What_is_not_there_cannot_be_deleted_nor_reported_on()
    {
        foreach (var command in (EndpointCommand[])[new EndpointCommand.Delete("ada"), new EndpointCommand.ReportServed("trees", 1), new EndpointCommand.ReportFailed("trees", 1, "x")])
        {
            When([], command).Rejected!.Code.ShouldBe("endpoint.unknown");
            When([Deployed, Deleted], command).Rejected!.Code.ShouldBe("endpoint.unknown");
        }
    }

    [Fact]
    public void The_first_replica_that_serves_a_version_says_so() =>
        When([Deployed], new EndpointCommand.ReportServed("trees", 2)).Events.ShouldBe([Served]);

    [Fact]
    public void The_other_replicas_repeat_it_in_vain() => Nothing([Deployed, Served], new EndpointCommand.ReportServed("trees", 2));

    [Fact]
    public void A_moved_alias_names_the_version_before() =>
        When([Deployed, Served], new EndpointCommand.ReportServed("trees", 3)).Events.ShouldBe([new EndpointEvent.VersionServed("cancer", "trees", 3, 2, Now)]);

    [Fact]
    public void A_report_on_a_model_that_is_no_longer_followed_says_nothing()
    {
        var other = new EndpointEvent.Deployed("cancer", "forest", "champion", true, "bob", Now);
        Nothing([Deployed, Served, other], new EndpointCommand.ReportServed("trees", 3));
        Nothing([Deployed, Served, other], new EndpointCommand.ReportFailed("trees", 3, "x"));
        When([Deployed, Served, other], new EndpointCommand.ReportServed("forest", 1)).Events.ShouldBe([new EndpointEvent.VersionServed("cancer", "forest", 1, 0, Now)]);
    }

    [Fact]
    public void A_failed_load_is_told_once_and_leaves_what_is_served()
    {
        var failed = new EndpointEvent.LoadFailed("cancer", "trees", 3, "no zip", Now);
        When([Deployed, Served], new EndpointCommand.ReportFailed("trees", 3, "no zip")).Events.ShouldBe([failed]);
        Nothing([Deployed, Served, failed], new EndpointCommand.ReportFailed("trees", 3, "no zip"));
        var state = Given([Deployed, Served, failed])!;
        (state.Status, state.ServingVersion, state.Cause).ShouldBe((EndpointStatus.Ready, 2, "no zip"));
        Given([Deployed, failed])!.Status.ShouldBe(EndpointStatus.Failed);
    }

    [Fact]
    public void Serving_the_old_version_again_takes_a_failure_back()
    {
        var failed = new EndpointEvent.LoadFailed("cancer", "trees", 3, "no zip", Now);
        When([Deployed, Served, failed], new EndpointCommand.ReportServed("trees", 2)).Events.ShouldBe([new EndpointEvent.VersionServed("cancer", "trees", 2, 2, Now)]);
        Given([Deployed, Served, failed, new EndpointEvent.VersionServed("cancer", "trees", 2, 2, Now)])!.Cause.ShouldBeNull();
    }

    [Fact]
    public void A_new_model_is_loading_until_its_first_version_serves()
    {
        var state = Given([Deployed, Served, new EndpointEvent.Deployed("cancer", "forest", "champion", true, "bob", Now)])!;
        state.Status.ShouldBe(EndpointStatus.Loading);
        state.ToInfo(0, 0).ServingVersion.ShouldBeNull();
    }

    [Fact]
    public void A_cause_is_cut_to_size() =>
        When([Deployed], new EndpointCommand.ReportFailed("trees", 1, new string('x', 5000))).Events
            .ShouldHaveSingleItem().ShouldBeOfType<EndpointEvent.LoadFailed>().Cause.Length.ShouldBe(1000);

    [Fact]
    public void Any_sequence_of_commands_repeated_at_its_end_adds_nothing()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 500; trial++)
        {
            var events = new List<EndpointEvent>();
            for (var step = 0; step < 20; step++)
            {
                EndpointCommand command = random.Next(4) switch
                {
                    0 => new EndpointCommand.Deploy("cancer", random.Next(2) == 0 ? "trees" : "forest", "champion", random.Next(2) == 0, "ada"),
                    1 => new EndpointCommand.Delete("ada"),
                    2 => new EndpointCommand.ReportServed(random.Next(2) == 0 ? "trees" : "forest", random.Next(1, 4)),
                    _ => new EndpointCommand.ReportFailed(random.Next(2) == 0 ? "trees" : "forest", random.Next(1, 4), "no zip"),
                };
                events.AddRange(When(events, command).Events);
                When(events, command).Events.ShouldBeEmpty();
            }
        }
    }

    private static void Nothing(IReadOnlyList<EndpointEvent> given, EndpointCommand when)
    {
        var decision = When(given, when);
        decision.Rejected.ShouldBeNull();
        decision.Events.ShouldBeEmpty();
    }

    private static Decision<EndpointEvent> When(IReadOnlyList<EndpointEvent> given, EndpointCommand when) => EndpointDecider.Decide(when, Given(given), Now);

    private static ModelEndpoint? Given(IReadOnlyList<EndpointEvent> events) => events.Aggregate((ModelEndpoint?)null, (state, e) => (state, e) switch
    {
        (null, EndpointEvent.Deployed d) => ModelEndpoint.Create(d),
        ({ } s, EndpointEvent.Deployed d) => s.Apply(d),
        ({ } s, EndpointEvent.VersionServed d) => s.Apply(d),
        ({ } s, EndpointEvent.LoadFailed d) => s.Apply(d),
        ({ } s, EndpointEvent.Deleted d) => s.Apply(d),
        _ => throw new InvalidOperationException("A stream begins with a deployment."),
    });
}
