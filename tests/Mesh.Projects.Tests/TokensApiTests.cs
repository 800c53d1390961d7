using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Store;
using Mesh.Projects.Tokens;
using Mesh.Testing;
using Microsoft.Extensions.Hosting;
using static Mesh.Projects.Tests.ProjectsHost;

namespace Mesh.Projects.Tests;

public sealed class TokensApiTests(ProjectsHost host) : IClassFixture<ProjectsHost>
{
    [Fact]
    public async Task The_first_token_is_an_administrators_and_only_its_owner_reads_the_file()
    {
        var grant = await Read<AccessGrant>(await AccessAsync(host.AdminSecret));
        (grant.User, grant.PlatformAdmin, grant.Role).ShouldBe(("admin", true, Role.Owner));
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(Path.Combine(host.Host.Options.DataPath, "admin.token")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_token_grants_what_its_user_has_in_the_project_up_to_its_limits()
    {
        var name = await host.CreateAsync("tess");
        var other = await host.CreateAsync("tess");
        var full = await MakeAsync(host.As("tess"), new CreateToken("full"));
        var capped = await MakeAsync(host.As("tess"), new CreateToken("capped", Role: Role.Viewer, Projects: [name]));

        (await GrantAsync(full.Secret, name)).Role.ShouldBe(Role.Owner);
        var grant = await GrantAsync(capped.Secret, name);
        (grant.User, grant.Role, grant.ProjectStatus, grant.PlatformAdmin, grant.TokenId).ShouldBe(("tess", Role.Viewer, ProjectStatus.Active, false, capped.Token.Id));
        (await GrantAsync(capped.Secret, other)).Role.ShouldBe(Role.None);
        (await GrantAsync(capped.Secret, null)).Role.ShouldBe(Role.Viewer);
        var nowhere = await GrantAsync(full.Secret, "no-such-project");
        (nowhere.Role, nowhere.ProjectStatus).ShouldBe((Role.None, null));

        await host.Host.ClientFor("tess", Role.Owner, name).PostAsync($"/api/v1/projects/{name}/archive", null);
        (await GrantAsync(full.Secret, name)).ProjectStatus.ShouldBe(ProjectStatus.Archived);
    }

    [Fact]
    public async Task Only_the_hash_of_a_secret_is_stored()
    {
        var made = await MakeAsync(host.As("hal"), new CreateToken("t"));
        await using var command = host.Host.Service<ServiceDatabase<IProjectsStore>>().DataSource.CreateCommand(
            "select count(*) from (select data::text as t from mt_doc_token union all select data::text from mt_events) x where t like '%' || $1 || '%'");
        command.Parameters.Add(new() { Value = made.Secret });
        (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(0L);
        (await (await host.As("hal").GetAsync("/api/v1/tokens")).Content.ReadAsStringAsync()).ShouldNotContain(TokenSecret.HashOf(made.Secret));
    }

    [Fact]
    public async Task A_limited_token_makes_no_wider_one()
    {
        var name = await host.CreateAsync("lim");
        var limited = await MakeAsync(host.As("lim"), new CreateToken("limited", Role: Role.Editor, Projects: [name], ExpiresInSeconds: 3600));
        var client = host.As("lim", Role.Editor, limited.Token.Id);
        foreach (var wider in (CreateToken[])
        [
            new("wider"), new("wider", Role: Role.Admin, Projects: [name]), new("wider", Role: Role.Editor), new("wider", Role: Role.Editor, Projects: [name, "other"]),
            new("longer", Role: Role.Editor, Projects: [name], ExpiresInSeconds: 7200),
        ]) (await CodeOf(await client.PostAsJsonAsync("/api/v1/tokens", wider, MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("token.exceeds-maker");
        var same = await MakeAsync(client, new CreateToken("same", Role: Role.Viewer, Projects: [name]));
        same.Token.ExpiresAt.ShouldBe(limited.Token.ExpiresAt);

        (await CodeOf(await client.PostAsJsonAsync("/api/v1/projects", new CreateProject(NewName()), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("token.scope");
        (await Read<Page<ProjectInfo>>(await client.GetAsync("/api/v1/projects"))).Items.Select(p => p.Name).ShouldBe([name]);
        (await CodeOf(await host.As("lim", Role.Viewer).PostAsJsonAsync("/api/v1/projects", new CreateProject(NewName()), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("access.role");
    }

    [Fact]
    public async Task Tokens_are_their_users_own_business()
    {
        var made = await MakeAsync(host.As("own"), new CreateToken("mine"));
        (await CodeOf(await host.As("eve").GetAsync($"/api/v1/tokens/{made.Token.Id}"), HttpStatusCode.NotFound)).ShouldBe("token.unknown");
        (await CodeOf(await host.As("eve").DeleteAsync($"/api/v1/tokens/{made.Token.Id}"), HttpStatusCode.NotFound)).ShouldBe("token.unknown");
        (await CodeOf(await host.As("eve").GetAsync("/api/v1/tokens?user=own"), HttpStatusCode.Forbidden)).ShouldBe("token.for-other");
        (await CodeOf(await host.As("eve").PostAsJsonAsync("/api/v1/tokens", new CreateToken("t", User: "own"), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("token.for-other");
        (await Read<Page<TokenInfo>>(await host.As("root", admin: true).GetAsync("/api/v1/tokens?user=own"))).Items.ShouldContain(t => t.Id == made.Token.Id);
    }

    [Fact]
    public async Task A_revoked_token_grants_nothing_and_is_announced()
    {
        var made = await MakeAsync(host.As("rev"), new CreateToken("t"));
        (await host.As("rev").DeleteAsync($"/api/v1/tokens/{made.Token.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await host.As("rev").DeleteAsync($"/api/v1/tokens/{made.Token.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await CodeOf(await AccessAsync(made.Secret), HttpStatusCode.NotFound)).ShouldBe("token.unknown");
        (await Read<TokenInfo>(await host.As("rev").GetAsync($"/api/v1/tokens/{made.Token.Id}"))).RevokedAt.ShouldNotBeNull();
        await host.Host.RelayedAsync("token.revoked", e => e.Subject == made.Token.Id.ToString() && e.DataAs<TokenRevoked>().User == "rev");
    }

    [Fact]
    public async Task A_revoked_or_ended_token_makes_nothing_any_more()
    {
        var revoked = await MakeAsync(host.As("spent"), new CreateToken("revoked"));
        var ended = await MakeAsync(host.As("spent"), new CreateToken("ended", ExpiresInSeconds: 1));
        await host.As("spent").DeleteAsync($"/api/v1/tokens/{revoked.Token.Id}");
        await Eventually.Holds(async () => (await AccessAsync(ended.Secret)).StatusCode.ShouldBe(HttpStatusCode.NotFound));

        // As a gateway that has not heard of it yet would let them in.
        foreach (var id in (Guid[])[revoked.Token.Id, ended.Token.Id, Guid.CreateVersion7()])
        {
            var client = host.As("spent", tokenId: id);
            (await CodeOf(await client.PostAsJsonAsync("/api/v1/tokens", new CreateToken("t"), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("token.spent");
            (await CodeOf(await client.PostAsJsonAsync("/api/v1/projects", new CreateProject(NewName()), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("token.spent");
            (await CodeOf(await client.GetAsync("/api/v1/projects"), HttpStatusCode.Forbidden)).ShouldBe("token.spent");
        }

        (await Read<Page<TokenInfo>>(await host.As("spent").GetAsync("/api/v1/tokens"))).Items.Select(t => t.Name).ShouldBe(["ended", "revoked"]);
    }

    [Fact]
    public async Task Tokens_and_login_links_are_forgotten_long_after_their_end_but_for_the_first_administrators()
    {
        var tokens = new Dictionary<string, Guid>();
        foreach (var token in (string[])["good", "ended", "ended long ago", "revoked long ago"]) tokens[token] = (await MakeAsync(host.As("old"), new CreateToken(token))).Token.Id;
        var admin = TokenSecret.IdOf(TokenSecret.HashOf(host.AdminSecret));
        await host.As("old", tokenId: tokens["good"]).PostAsync("/api/v1/login-links", null);
        await ExecuteAsync("update mt_doc_token set data = jsonb_set(data, '{expiresAt}', to_jsonb(now() - interval '29 days')) where id = $1", tokens["ended"]);
        await ExecuteAsync("update mt_doc_token set data = jsonb_set(data, '{expiresAt}', to_jsonb(now() - interval '31 days')) where id = $1", tokens["ended long ago"]);
        foreach (var id in (Guid[])[tokens["revoked long ago"], admin])
            await ExecuteAsync("update mt_doc_token set data = jsonb_set(data, '{revokedAt}', to_jsonb(now() - interval '31 days')) where id = $1", id);
        await ExecuteAsync(
            "update mt_doc_login set data = jsonb_set(data, '{expiresAt}', to_jsonb(now() - interval '2 days')) where data ->> 'tokenId' = $1", tokens["good"]);
        try
        {
            (await host.Host.Service<IEnumerable<IHostedService>>().OfType<SpentCleaner>().Single().RunOnceAsync(default)).ShouldBe(3);
            (await Read<Page<TokenInfo>>(await host.As("old").GetAsync("/api/v1/tokens"))).Items.Select(t => t.Name).ShouldBe(["ended", "good"]);
            (await Read<TokenInfo>(await host.As("admin", admin: true).GetAsync($"/api/v1/tokens/{admin}"))).RevokedAt.ShouldNotBeNull();
        }
        finally
        {
            await ExecuteAsync("update mt_doc_token set data = data - 'revokedAt' where id = $1", admin);
        }
    }

    [Fact]
    public async Task A_token_ends()
    {
        var made = await MakeAsync(host.As("end"), new CreateToken("t", ExpiresInSeconds: 1));
        (await GrantAsync(made.Secret, null)).User.ShouldBe("end");
        await Eventually.Holds(async () => (await AccessAsync(made.Secret)).StatusCode.ShouldBe(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_login_link_makes_one_browser_token_with_no_more_than_its_makers()
    {
        var source = await MakeAsync(host.As("log"), new CreateToken("cli", Role: Role.Editor, ExpiresInSeconds: 600));
        var link = await Read<LoginLink>(await host.As("log", Role.Editor, source.Token.Id).PostAsync("/api/v1/login-links", null));
        var code = link.Path["/login?code=".Length..];
        var gateway = host.Host.ClientForService("gateway");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => gateway.PostAsJsonAsync("/internal/logins", new RedeemLogin(code), MeshJson.Strict)));
        answers.Count(a => a.IsSuccessStatusCode).ShouldBe(1);
        var browser = await Read<CreatedToken>(answers.Single(a => a.IsSuccessStatusCode));
        (browser.Token.User, browser.Token.Role).ShouldBe(("log", Role.Editor));
        browser.Token.ExpiresAt.ShouldBeLessThanOrEqualTo(source.Token.ExpiresAt);
        (await CodeOf(await gateway.PostAsJsonAsync("/internal/logins", new RedeemLogin(code), MeshJson.Strict), HttpStatusCode.NotFound)).ShouldBe("login.spent");
        (await CodeOf(await gateway.PostAsJsonAsync("/internal/logins", new RedeemLogin("guess"), MeshJson.Strict), HttpStatusCode.NotFound)).ShouldBe("login.spent");
    }

    private async Task ExecuteAsync(string sql, Guid id)
    {
        await using var command = host.Host.Service<ServiceDatabase<IProjectsStore>>().DataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = id.ToString() });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    private Task<HttpResponseMessage> AccessAsync(string secret, string? project = null) =>
        host.Host.ClientForService("gateway").PostAsJsonAsync("/internal/access", new AccessQuery(TokenSecret.HashOf(secret), project), MeshJson.Strict);

    private async Task<AccessGrant> GrantAsync(string secret, string? project) => await Read<AccessGrant>(await AccessAsync(secret, project));

    private static async Task<CreatedToken> MakeAsync(HttpClient client, CreateToken body) =>
        await Read<CreatedToken>(await client.PostAsJsonAsync("/api/v1/tokens", body, MeshJson.Strict), HttpStatusCode.Created);
}
