using Mesh.Contracts;
using Mesh.Hosting.Decisions;
using Mesh.Projects.Projects;

namespace Mesh.Projects.Tests.Projects;

public sealed class ProjectDeciderTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ProjectEvent[] Born =
    [
        new ProjectEvent.Created("demo", "A demo", new Dictionary<string, string>(), "ada", T0),
        new ProjectEvent.MemberSet("ada", Role.Owner, T0),
    ];

    [Fact]
    public void Creating_makes_the_creator_its_owner()
    {
        var decision = When([], new ProjectCommand.Create("demo", null, null, "ada"));
        decision.Events.Count.ShouldBe(2);
        decision.Events[0].ShouldBeOfType<ProjectEvent.Created>().Name.ShouldBe("demo");
        decision.Events[1].ShouldBe(new ProjectEvent.MemberSet("ada", Role.Owner, T0));
    }

    [Fact]
    public void A_name_is_taken_once() => Refused(When(Born, new ProjectCommand.Create("demo", null, null, "bob")), RejectionKind.Conflict, "project.exists");

    [Fact]
    public void The_same_request_again_changes_nothing()
    {
        var first = When([], new ProjectCommand.Create("demo", null, null, "ada", "request-1"));
        Nothing(When([.. first.Events], new ProjectCommand.Create("demo", null, null, "ada", "request-1")));
        Refused(When([.. first.Events], new ProjectCommand.Create("demo", null, null, "ada", "request-2")), RejectionKind.Conflict, "project.exists");
        Refused(When([.. first.Events], new ProjectCommand.Create("demo", null, null, "bob", "request-1")), RejectionKind.Conflict, "project.exists");
    }

    [Fact]
    public void The_name_of_a_purged_project_is_free_and_nothing_of_it_comes_back()
    {
        ProjectEvent[] past = [.. Born, new ProjectEvent.SecretSet("key", "ada", T0), new ProjectEvent.DeletionRequested(false, "ada", T0), new ProjectEvent.Purged(T0)];
        var reborn = When(past, new ProjectCommand.Create("demo", null, null, "bob"));
        reborn.Events[0].ShouldBeOfType<ProjectEvent.Created>().PastVersion.ShouldBe(5);

        var state = Given([.. past, .. reborn.Events])!;
        state.Stage.ShouldBe(ProjectStage.Active);
        state.Members.Keys.ShouldBe(["bob"]);
        state.Secrets.ShouldBeEmpty();
        state.Description.ShouldBeNull();
    }

    [Fact]
    public void What_is_unknown_or_purged_is_not_found()
    {
        ProjectEvent[] purged = [.. Born, new ProjectEvent.DeletionRequested(false, "ada", T0), new ProjectEvent.Purged(T0)];
        foreach (var command in EveryChange)
        {
            Refused(When([], command), RejectionKind.NotFound, "project.unknown");
            Refused(When(purged, command), RejectionKind.NotFound, "project.unknown");
        }
    }

    [Fact]
    public void A_role_that_is_none_of_the_five_is_refused() =>
        Refused(When(Born, new ProjectCommand.SetMember("bob", (Role)7, Role.Owner)), RejectionKind.Unprocessable, "role.invalid");

    [Fact]
    public void An_archived_project_refuses_changes_until_it_is_restored()
    {
        ProjectEvent[] archived = [.. Born, new ProjectEvent.Archived(T0)];
        foreach (var command in EveryChange.Where(c => c is not (ProjectCommand.Archive or ProjectCommand.Restore or ProjectCommand.RequestDeletion)))
            Refused(When(archived, command), RejectionKind.Conflict, "project.archived");
        Nothing(When(archived, new ProjectCommand.Archive()));
        When(archived, new ProjectCommand.Restore()).Events.ShouldBe([new ProjectEvent.Restored(T0)]);
        Nothing(When([.. archived, new ProjectEvent.Restored(T0)], new ProjectCommand.Restore()));
    }

    [Fact]
    public void A_deleted_project_refuses_changes_and_is_purged_once()
    {
        ProjectEvent[] deleting = [.. Born, new ProjectEvent.DeletionRequested(true, "ada", T0)];
        foreach (var command in EveryChange.Where(c => c is not ProjectCommand.RequestDeletion))
            Refused(When(deleting, command), RejectionKind.Conflict, "project.deleting");
        Nothing(When(deleting, new ProjectCommand.RequestDeletion(true, "ada")));
        When(deleting, new ProjectCommand.ConfirmPurge()).Events.ShouldBe([new ProjectEvent.Purged(T0)]);
        Nothing(When([.. deleting, new ProjectEvent.Purged(T0)], new ProjectCommand.ConfirmPurge()));
        Refused(When(Born, new ProjectCommand.ConfirmPurge()), RejectionKind.Conflict, "project.not-deleting");
    }

    [Fact]
    public void Without_cascade_a_project_is_closed_until_it_is_known_to_be_empty()
    {
        var asked = new ProjectEvent.DeletionAsked("ada", T0);
        foreach (var given in (ProjectEvent[][])[Born, [.. Born, new ProjectEvent.Archived(T0)]])
        {
            When(given, new ProjectCommand.RequestDeletion(false, "ada")).Events.ShouldBe([asked]);
            ProjectEvent[] closed = [.. given, asked];
            Nothing(When(closed, new ProjectCommand.RequestDeletion(false, "bob")));
            foreach (var command in EveryChange.Where(c => c is not ProjectCommand.RequestDeletion))
                Refused(When(closed, command), RejectionKind.Conflict, "project.deleting");
            When(closed, new ProjectCommand.ConfirmEmpty()).Events.ShouldBe([new ProjectEvent.DeletionRequested(false, "ada", T0)]);
            When(closed, new ProjectCommand.RequestDeletion(true, "bob")).Events.ShouldBe([new ProjectEvent.DeletionRequested(true, "bob", T0)]);
            var withdrawn = When(closed, new ProjectCommand.WithdrawDeletion("runs: 1")).Events;
            withdrawn.ShouldBe([new ProjectEvent.DeletionWithdrawn("runs: 1", T0)]);
            var again = Given([.. closed, .. withdrawn])!;
            (again.Stage, again.ClosedBy, again.WasArchived).ShouldBe((Given(given)!.Stage, null, false));
        }

        foreach (var command in (ProjectCommand[])[new ProjectCommand.ConfirmEmpty(), new ProjectCommand.WithdrawDeletion("x"), new ProjectCommand.RepeatDeletion("x")])
            Nothing(When(Born, command));
    }

    [Fact]
    public void A_deletion_is_repeated_until_the_project_is_purged()
    {
        ProjectEvent[] deleting = [.. Born, new ProjectEvent.DeletionRequested(false, "ada", T0)];
        When(deleting, new ProjectCommand.RepeatDeletion("service:projects")).Events.ShouldBe([new ProjectEvent.DeletionRequested(true, "service:projects", T0)]);
        Refused(When([.. deleting, new ProjectEvent.Purged(T0)], new ProjectCommand.RepeatDeletion("x")), RejectionKind.NotFound, "project.unknown");
    }

    [Fact]
    public void Describing_as_it_is_changes_nothing()
    {
        Nothing(When(Born, new ProjectCommand.Describe("A demo", new Dictionary<string, string>())));
        When(Born, new ProjectCommand.Describe("Another", null)).Events.ShouldBe([new ProjectEvent.Described("Another", null, T0)]);
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Editor)]
    public void Only_admins_and_owners_change_members(Role role)
    {
        Refused(When(Born, new ProjectCommand.SetMember("bob", Role.Viewer, role)), RejectionKind.Forbidden, "role.too-low");
        Refused(When([.. Born, Set("bob", Role.Viewer)], new ProjectCommand.RemoveMember("bob", "eve", role)), RejectionKind.Forbidden, "role.too-low");
    }

    [Fact]
    public void Only_owners_make_lower_or_remove_owners()
    {
        ProjectEvent[] two = [.. Born, Set("bob", Role.Owner)];
        Refused(When(Born, new ProjectCommand.SetMember("bob", Role.Owner, Role.Admin)), RejectionKind.Forbidden, "member.owners-only");
        Refused(When(two, new ProjectCommand.SetMember("bob", Role.Viewer, Role.Admin)), RejectionKind.Forbidden, "member.owners-only");
        Refused(When(two, new ProjectCommand.RemoveMember("bob", "eve", Role.Admin)), RejectionKind.Forbidden, "member.owners-only");
        When(two, new ProjectCommand.SetMember("bob", Role.Viewer, Role.Owner)).Events.ShouldBe([Set("bob", Role.Viewer)]);
        When(two, new ProjectCommand.RemoveMember("bob", "ada", Role.Owner)).Events.ShouldBe([new ProjectEvent.MemberRemoved("bob", T0)]);
    }

    [Fact]
    public void The_last_owner_stays()
    {
        Refused(When([.. Born, Set("bob", Role.Admin)], new ProjectCommand.SetMember("ada", Role.Admin, Role.Owner)), RejectionKind.Conflict, "member.last-owner");
        Refused(When([.. Born, Set("bob", Role.Admin)], new ProjectCommand.RemoveMember("ada", "ada", Role.Owner)), RejectionKind.Conflict, "member.last-owner");
    }

    [Fact]
    public void A_member_may_leave() =>
        When([.. Born, Set("bob", Role.Viewer)], new ProjectCommand.RemoveMember("bob", "bob", Role.Viewer)).Events.ShouldBe([new ProjectEvent.MemberRemoved("bob", T0)]);

    [Fact]
    public void A_role_that_is_held_is_not_set_again()
    {
        Nothing(When([.. Born, Set("bob", Role.Viewer)], new ProjectCommand.SetMember("bob", Role.Viewer, Role.Admin)));
        Refused(When(Born, new ProjectCommand.RemoveMember("bob", "ada", Role.Owner)), RejectionKind.NotFound, "member.unknown");
    }

    [Fact]
    public void Members_are_bounded()
    {
        ProjectEvent[] full = [.. Born, .. Enumerable.Range(0, ProjectDecider.MaxMembers - 1).Select(i => Set($"user-{i}", Role.Viewer))];
        Refused(When(full, new ProjectCommand.SetMember("one-more", Role.Viewer, Role.Owner)), RejectionKind.Unprocessable, "member.too-many");
        When(full, new ProjectCommand.SetMember("user-0", Role.Editor, Role.Owner)).Events.Count.ShouldBe(1);
    }

    [Fact]
    public void Secrets_are_set_over_and_over_and_deleted_once()
    {
        ProjectEvent[] withSecret = [.. Born, new ProjectEvent.SecretSet("key", "ada", T0)];
        When(withSecret, new ProjectCommand.SetSecret("key", "bob")).Events.ShouldBe([new ProjectEvent.SecretSet("key", "bob", T0)]);
        When(withSecret, new ProjectCommand.DeleteSecret("key")).Events.ShouldBe([new ProjectEvent.SecretDeleted("key", T0)]);
        Refused(When(Born, new ProjectCommand.DeleteSecret("key")), RejectionKind.NotFound, "secret.unknown");
        Given([.. withSecret, new ProjectEvent.SecretDeleted("key", T0)])!.Secrets.ShouldBeEmpty();
    }

    [Fact]
    public void No_sequence_of_commands_leaves_a_living_project_without_an_owner()
    {
        var random = new Random(7);
        string[] users = ["ada", "bob", "eve"];
        List<ProjectEvent> events = [.. Born];
        for (var i = 0; i < 2000; i++)
        {
            var user = users[random.Next(users.Length)];
            var by = users[random.Next(users.Length)];
            var state = Given([.. events])!;
            ProjectCommand command = random.Next(2) == 0
                ? new ProjectCommand.SetMember(user, (Role)random.Next(1, 5), state.RoleOf(by))
                : new ProjectCommand.RemoveMember(user, by, state.RoleOf(by));
            events.AddRange(ProjectDecider.Decide(command, state, T0).Events);
            Given([.. events])!.Members.Values.ShouldContain(member => member.Role == Role.Owner);
        }
    }

    private static ProjectCommand[] EveryChange =>
    [
        new ProjectCommand.Describe("x", null), new ProjectCommand.Archive(), new ProjectCommand.Restore(), new ProjectCommand.RequestDeletion(false, "ada"),
        new ProjectCommand.SetMember("bob", Role.Viewer, Role.Owner), new ProjectCommand.RemoveMember("ada", "ada", Role.Owner),
        new ProjectCommand.SetSecret("key", "ada"), new ProjectCommand.DeleteSecret("key"),
    ];

    private static ProjectEvent.MemberSet Set(string user, Role role) => new(user, role, T0);

    private static Decision<ProjectEvent> When(ProjectEvent[] given, ProjectCommand command) => ProjectDecider.Decide(command, Given(given), T0);

    private static Project? Given(ProjectEvent[] events) => ProjectFold.Of(events);

    private static void Nothing(Decision<ProjectEvent> decision)
    {
        decision.Rejected.ShouldBeNull();
        decision.Events.ShouldBeEmpty();
    }

    private static void Refused(Decision<ProjectEvent> decision, RejectionKind kind, string code)
    {
        decision.Rejected.ShouldNotBeNull();
        decision.Rejected.Code.ShouldBe(code);
        decision.Rejected.Kind.ShouldBe(kind);
    }
}
