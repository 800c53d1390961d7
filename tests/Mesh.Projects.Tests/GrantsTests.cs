using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Projects.Access;
using Mesh.Projects.Projects;
using Mesh.Projects.Tokens;

namespace Mesh.Projects.Tests;

/// <summary>What a token grants: never more than its user has, nor than it says.</summary>
public sealed class GrantsTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly AccessToken Token = new()
    {
        Id = "0198c5b2-0000-7000-8000-000000000001",
        Name = "t",
        User = "ada",
        Role = Role.Owner,
        Hash = "h",
        ExpiresAt = T0.AddDays(1),
    };

    [Theory]
    [InlineData(Role.Owner, Role.Editor, Role.Editor)]
    [InlineData(Role.Viewer, Role.Owner, Role.Viewer)]
    [InlineData(Role.Owner, Role.None, Role.None)]
    public void The_lesser_of_cap_and_membership_counts(Role cap, Role member, Role granted) =>
        Of(Token with { Role = cap }, member: member)!.Role.ShouldBe(granted);

    [Fact]
    public void An_administrator_owns_every_project_that_exists()
    {
        Of(Token, admin: true)!.ShouldSatisfyAllConditions(g => g.Role.ShouldBe(Role.Owner), g => g.PlatformAdmin.ShouldBeTrue());
        Of(Token, admin: true, stage: ProjectStage.Purged)!.ShouldSatisfyAllConditions(g => g.Role.ShouldBe(Role.None), g => g.ProjectStatus.ShouldBeNull());
    }

    [Fact]
    public void An_administrators_limited_token_is_an_ordinary_one()
    {
        Of(Token with { Role = Role.Viewer }, admin: true)!.ShouldSatisfyAllConditions(g => g.Role.ShouldBe(Role.Viewer), g => g.PlatformAdmin.ShouldBeFalse());
        Of(Token with { Projects = ["other"] }, admin: true)!.ShouldSatisfyAllConditions(g => g.Role.ShouldBe(Role.None), g => g.PlatformAdmin.ShouldBeFalse());
    }

    [Fact]
    public void What_is_revoked_or_at_its_end_grants_nothing()
    {
        Of(Token with { RevokedAt = T0 }).ShouldBeNull();
        Of(Token with { ExpiresAt = T0 }).ShouldBeNull();
    }

    [Theory]
    [InlineData(ProjectStage.Active, ProjectStatus.Active)]
    [InlineData(ProjectStage.Archived, ProjectStatus.Archived)]
    [InlineData(ProjectStage.Deleting, ProjectStatus.Deleting)]
    public void The_projects_status_is_told(ProjectStage stage, ProjectStatus status) => Of(Token, stage: stage, member: Role.Viewer)!.ProjectStatus.ShouldBe(status);

    [Fact]
    public void Outside_of_projects_the_cap_is_told() =>
        Grants.Of(Token with { Role = Role.Editor }, admin: false, null, ProjectStage.Purged, Role.None, T0)!.Role.ShouldBe(Role.Editor);

    private static AccessGrant? Of(AccessToken token, bool admin = false, ProjectStage stage = ProjectStage.Active, Role member = Role.None) =>
        Grants.Of(token, admin, "demo", stage, member, T0);
}
