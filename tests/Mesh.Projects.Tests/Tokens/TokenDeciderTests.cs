using Mesh.Contracts;
using Mesh.Hosting.Decisions;
using Mesh.Projects.Tokens;

namespace Mesh.Projects.Tests.Tokens;

public sealed class TokenDeciderTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Id = Guid.Parse("0198c5b2-0000-7000-8000-000000000001");
    private static readonly TokenMaker Ada = new("ada", false, Role.Owner, null, T0.AddDays(30));
    private static readonly TokenMaker Admin = new("admin", true, Role.Owner, null, TokenDecider.Never);

    [Fact]
    public void A_user_makes_a_token_for_themselves()
    {
        var made = Made(Make(Ada, life: TimeSpan.FromDays(1)));
        (made.User, made.By, made.Role, made.ExpiresAt).ShouldBe(("ada", "ada", Role.Owner, T0.AddDays(1)));
    }

    [Fact]
    public void Only_a_platform_administrator_makes_one_for_another()
    {
        Refused(Make(Ada, user: "bob"), "token.for-other");
        Made(Make(Admin, user: "bob")).By.ShouldBe("admin");
    }

    [Fact]
    public void It_may_not_do_more_than_the_makers_token()
    {
        Refused(Make(Ada with { Role = Role.Editor }, role: Role.Admin), "token.exceeds-maker");
        Made(Make(Ada with { Role = Role.Editor }, role: Role.Editor));
        Refused(Make(Ada with { Projects = ["demo"] }), "token.exceeds-maker");
        Refused(Make(Ada with { Projects = ["demo"] }, projects: ["demo", "other"]), "token.exceeds-maker");
        Made(Make(Ada with { Projects = ["demo", "other"] }, projects: ["other"]));
    }

    [Fact]
    public void It_does_not_outlive_the_makers_token()
    {
        Made(Make(Ada)).ExpiresAt.ShouldBe(T0.AddDays(30));
        Refused(Make(Ada, life: TimeSpan.FromDays(31)), "token.exceeds-maker");
        Made(Make(Admin)).ExpiresAt.ShouldBe(T0 + TokenDecider.DefaultLife);
        Refused(Make(Admin with { ExpiresAt = T0.AddDays(30) }, life: TimeSpan.FromDays(31)), "token.exceeds-maker");
        Made(Make(Admin with { ExpiresAt = T0.AddDays(30) })).ExpiresAt.ShouldBe(T0.AddDays(30));
    }

    [Fact]
    public void Revoking_twice_is_revoking_once()
    {
        var token = AccessToken.Create(Made(Make(Ada)));
        TokenDecider.Decide(new TokenCommand.Revoke("ada"), token, T0).Events.ShouldBe([new TokenEvent.Revoked("ada", "ada", T0)]);
        TokenDecider.Decide(new TokenCommand.Revoke("ada"), token.Apply(new TokenEvent.Revoked("ada", "ada", T0)), T0).Events.ShouldBeEmpty();
        TokenDecider.Decide(new TokenCommand.Revoke("ada"), null, T0).Rejected!.Code.ShouldBe("token.unknown");
    }

    [Fact]
    public void The_bootstrap_token_is_registered_once()
    {
        var bootstrap = new TokenCommand.Bootstrap(Id, "admin", "hash");
        var created = TokenDecider.Decide(bootstrap, null, T0).Events.ShouldHaveSingleItem().ShouldBeOfType<TokenEvent.Created>();
        created.ExpiresAt.ShouldBe(TokenDecider.Never);
        TokenDecider.Decide(bootstrap, AccessToken.Create(created), T0).Events.ShouldBeEmpty();
        TokenDecider.Decide(bootstrap, AccessToken.Create(created).Apply(new TokenEvent.Revoked("admin", "admin", T0)), T0).Events.ShouldBeEmpty();
    }

    [Fact]
    public void Secrets_are_in_form_and_differ()
    {
        var secrets = Enumerable.Range(0, 1000).Select(_ => TokenSecret.New()).ToList();
        secrets.ShouldAllBe(secret => TokenSecret.IsInForm(secret));
        secrets.Distinct().Count().ShouldBe(1000);
        TokenSecret.IsInForm("mesh_short").ShouldBeFalse();
        TokenSecret.IsInForm(secrets[0][..^1] + "-").ShouldBeFalse();
        TokenSecret.HashOf("mesh_x").ShouldBe("4ac5ec6938eef5dd4daf0c6d6f31af72138a1a85aaccbe627698d9f544c55504");
    }

    [Fact]
    public void A_bootstrap_secret_has_the_same_id_everywhere()
    {
        var hash = TokenSecret.HashOf("mesh_x");
        TokenSecret.IdOf(hash).ShouldBe(TokenSecret.IdOf(hash));
        TokenSecret.IdOf(hash).Version.ShouldBe(8);
    }

    private static Decision<TokenEvent> Make(
        TokenMaker maker, string? user = null, Role role = Role.Viewer, IReadOnlyList<string>? projects = null, TimeSpan? life = null) =>
        TokenDecider.Decide(
            new TokenCommand.Make(Id, "for tests", user ?? maker.User, role == Role.Viewer && maker.Role == Role.Owner ? Role.Owner : role, projects, life, "hash", maker), null, T0);

    private static TokenEvent.Created Made(Decision<TokenEvent> decision)
    {
        decision.Rejected.ShouldBeNull();
        return decision.Events.ShouldHaveSingleItem().ShouldBeOfType<TokenEvent.Created>();
    }

    private static void Refused(Decision<TokenEvent> decision, string code)
    {
        decision.Rejected.ShouldNotBeNull();
        decision.Rejected.Code.ShouldBe(code);
        decision.Rejected.Kind.ShouldBe(RejectionKind.Forbidden);
    }
}
