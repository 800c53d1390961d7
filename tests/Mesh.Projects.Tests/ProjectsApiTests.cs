using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using static Mesh.Projects.Tests.ProjectsHost;

namespace Mesh.Projects.Tests;

public sealed class ProjectsApiTests(ProjectsHost host) : IClassFixture<ProjectsHost>
{
    [Fact]
    public async Task A_project_is_created_read_described_and_listed()
    {
        var name = NewName("life");
        using var created = await host.As("ada").PostAsJsonAsync("/api/v1/projects", new CreateProject(name, "Mine", new() { ["team"] = "x" }), MeshJson.Strict);
        var info = await Read<ProjectInfo>(created, HttpStatusCode.Created);
        (info.Name, info.Description, info.Status, info.CreatedBy, info.Version).ShouldBe((name, "Mine", ProjectStatus.Active, "ada", 2L));
        created.Headers.ETag!.Tag.ShouldBe("\"2\"");
        created.Headers.Location!.ToString().ShouldBe($"/api/v1/projects/{name}");

        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        var described = await Read<ProjectInfo>(await owner.PatchAsJsonAsync($"/api/v1/projects/{name}", new DescribeProject("Ours"), MeshJson.Strict));
        (described.Description, described.Labels["team"], described.Version).ShouldBe(("Ours", "x", 3L));
        var read = await Read<ProjectInfo>(await owner.GetAsync($"/api/v1/projects/{name}"));
        read.Description.ShouldBe("Ours");
        read.Version.ShouldBe(3);

        (await Read<Page<ProjectInfo>>(await host.As("ada").GetAsync("/api/v1/projects?limit=1000"))).Items.ShouldContain(p => p.Name == name && p.Version == 3);
        (await Read<Page<ProjectInfo>>(await host.As("nobody").GetAsync("/api/v1/projects"))).Items.ShouldBeEmpty();
        (await Read<Page<ProjectInfo>>(await host.As("root", admin: true).GetAsync("/api/v1/projects?limit=1000"))).Items.ShouldContain(p => p.Name == name);
        await host.Host.RelayedAsync("project.created", e => e.Subject == name);
        await host.Host.RelayedAsync("project.member-changed", e => e.Subject == name);
    }

    [Fact]
    public async Task Lists_are_paged()
    {
        var names = new List<string>();
        for (var i = 0; i < 5; i++) names.Add(await host.CreateAsync("pager"));
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await Read<Page<ProjectInfo>>(await host.As("pager").GetAsync($"/api/v1/projects?limit=2&cursor={cursor}"));
            seen.AddRange(page.Items.Select(p => p.Name));
            cursor = page.Next;
        }
        while (cursor is not null);
        seen.ShouldBe(names.Order(StringComparer.Ordinal));
        (await CodeOf(await host.As("pager").GetAsync("/api/v1/projects?cursor=nonsense"), HttpStatusCode.BadRequest)).ShouldBe("cursor.invalid");
    }

    [Theory]
    [InlineData("{\"name\":\"Not A Label\"}", "body.invalid")]
    [InlineData("{\"name\":\"ok\",\"colour\":\"red\"}", "body.malformed")]
    [InlineData("{}", "body.malformed")]
    [InlineData("{\"name\":", "body.malformed")]
    public async Task A_malformed_creation_is_refused(string body, string code) =>
        (await CodeOf(await host.As("ada").PostAsync("/api/v1/projects", new StringContent(body, null, "application/json")), HttpStatusCode.BadRequest)).ShouldBe(code);

    [Fact]
    public async Task The_same_key_creates_once_and_another_creation_conflicts()
    {
        var name = NewName("once");
        async Task<HttpResponseMessage> Post(string? key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/projects") { Content = JsonContent.Create(new CreateProject(name), options: MeshJson.Strict) };
            if (key is not null) request.Headers.Add("Idempotency-Key", key);
            return await host.As("ada").SendAsync(request);
        }

        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Post("k1")))) answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await CodeOf(await Post("k2"), HttpStatusCode.Conflict)).ShouldBe("project.exists");
        (await CodeOf(await Post(null), HttpStatusCode.Conflict)).ShouldBe("project.exists");
    }

    [Fact]
    public async Task A_stale_version_is_refused()
    {
        var name = await host.CreateAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/projects/{name}/archive");
        request.Headers.Add("If-Match", "\"1\"");
        (await CodeOf(await host.Host.ClientFor("ada", Role.Owner, name).SendAsync(request), HttpStatusCode.PreconditionFailed)).ShouldBe("version.mismatch");
    }

    [Fact]
    public async Task Archiving_is_for_owners_and_undone_by_restoring()
    {
        var name = await host.CreateAsync();
        (await CodeOf(await host.Host.ClientFor("bob", Role.Admin, name).PostAsync($"/api/v1/projects/{name}/archive", null), HttpStatusCode.Forbidden)).ShouldBe("access.role");
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        (await Read<ProjectInfo>(await owner.PostAsync($"/api/v1/projects/{name}/archive", null))).Status.ShouldBe(ProjectStatus.Archived);
        (await CodeOf(await owner.PutAsJsonAsync($"/api/v1/projects/{name}/members/bob", new SetMember(Role.Viewer), MeshJson.Strict), HttpStatusCode.Conflict)).ShouldBe("project.archived");
        (await Read<ProjectInfo>(await owner.PostAsync($"/api/v1/projects/{name}/restore", null))).Status.ShouldBe(ProjectStatus.Active);
        await host.Host.RelayedAsync("project.archived", e => e.Subject == name);
        await host.Host.RelayedAsync("project.restored", e => e.Subject == name);
    }

    [Fact]
    public async Task Members_are_set_listed_and_removed()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        (await Read<Member>(await owner.PutAsJsonAsync($"/api/v1/projects/{name}/members/bob", new SetMember(Role.Editor), MeshJson.Strict))).Role.ShouldBe(Role.Editor);
        (await Read<Page<Member>>(await owner.GetAsync($"/api/v1/projects/{name}/members"))).Items.Select(m => (m.User, m.Role)).ShouldBe([("ada", Role.Owner), ("bob", Role.Editor)]);
        (await Read<Me>(await host.As("bob").GetAsync("/api/v1/me"))).Projects[name].ShouldBe(Role.Editor);
        (await Read<Me>(await host.As("bob", Role.Viewer).GetAsync("/api/v1/me"))).Projects[name].ShouldBe(Role.Viewer);
        (await CodeOf(await owner.PutAsJsonAsync($"/api/v1/projects/{name}/members/Not%20One", new SetMember(Role.Editor), MeshJson.Strict), HttpStatusCode.BadRequest)).ShouldBe("user.invalid");
        foreach (var role in (string[])["viewer,owner", "viewer, editor", "2", ""])
        {
            var body = new StringContent($$"""{"role":"{{role}}"}""", System.Text.Encoding.UTF8, "application/json");
            (await CodeOf(await owner.PutAsync($"/api/v1/projects/{name}/members/bob", body), HttpStatusCode.BadRequest)).ShouldBe("body.malformed");
        }

        (await Read<Page<Member>>(await owner.GetAsync($"/api/v1/projects/{name}/members"))).Items.Single(m => m.User == "bob").Role.ShouldBe(Role.Editor);
        (await CodeOf(await owner.DeleteAsync($"/api/v1/projects/{name}/members/ada"), HttpStatusCode.Conflict)).ShouldBe("member.last-owner");
        (await host.Host.ClientFor("bob", Role.Editor, name).DeleteAsync($"/api/v1/projects/{name}/members/bob")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await host.Host.RelayedAsync("project.member-changed", e => e.Subject == name && e.DataAs<MemberChanged>() is { User: "bob", Role: Role.None });
    }

    [Fact]
    public async Task Two_owners_that_remove_each_other_leave_one()
    {
        var name = await host.CreateAsync();
        var ada = host.Host.ClientFor("ada", Role.Owner, name);
        await ada.PutAsJsonAsync($"/api/v1/projects/{name}/members/bob", new SetMember(Role.Owner), MeshJson.Strict);
        var bob = host.Host.ClientFor("bob", Role.Owner, name);
        var answers = await Task.WhenAll(ada.DeleteAsync($"/api/v1/projects/{name}/members/bob"), bob.DeleteAsync($"/api/v1/projects/{name}/members/ada"));
        answers.Select(a => a.StatusCode).Order().ShouldBe([HttpStatusCode.NoContent, HttpStatusCode.Conflict]);
        (await Read<Page<Member>>(await ada.GetAsync($"/api/v1/projects/{name}/members"))).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task History_says_what_happened_and_who_did_it()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        await owner.PostAsync($"/api/v1/projects/{name}/archive", null);
        var first = await Read<Page<HistoryEntry>>(await owner.GetAsync($"/api/v1/projects/{name}/history?limit=2"));
        first.Items.Select(e => (e.Version, e.Type, e.Actor)).ShouldBe([(1L, "project.created", "ada"), (2L, "project.member-set", "ada")]);
        var second = await Read<Page<HistoryEntry>>(await owner.GetAsync($"/api/v1/projects/{name}/history?limit=2&cursor={first.Next}"));
        second.Items.ShouldHaveSingleItem().Type.ShouldBe("project.archived");
        second.Next.ShouldBeNull();
    }

    [Fact]
    public async Task History_names_secrets_to_editors_only()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        await owner.PutAsJsonAsync($"/api/v1/projects/{name}/secrets/HIDDEN_KEY", new SetSecret("v"), MeshJson.Strict);
        await owner.DeleteAsync($"/api/v1/projects/{name}/secrets/HIDDEN_KEY");
        await owner.PostAsync($"/api/v1/projects/{name}/archive", null);
        var editor = host.Host.ClientFor("eve", Role.Editor, name);
        (await Read<Page<HistoryEntry>>(await editor.GetAsync($"/api/v1/projects/{name}/history"))).Items.Select(e => e.Type)
            .ShouldBe(["project.created", "project.member-set", "project.secret-set", "project.secret-deleted", "project.archived"]);

        var viewer = host.Host.ClientFor("vera", Role.Viewer, name);
        (await (await viewer.GetAsync($"/api/v1/projects/{name}/history")).Content.ReadAsStringAsync()).ShouldNotContain("HIDDEN_KEY");
        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await Read<Page<HistoryEntry>>(await viewer.GetAsync($"/api/v1/projects/{name}/history?limit=2{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}"));
            seen.AddRange(page.Items.Select(e => e.Type));
            cursor = page.Next;
        }

        seen.ShouldBe(["project.created", "project.member-set", "project.archived"]);
    }

    [Fact]
    public async Task What_is_not_empty_is_not_deleted_but_by_cascade()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        host.Keepers.Runs[name] = 3;
        using var refused = await owner.DeleteAsync($"/api/v1/projects/{name}");
        (await refused.Content.ReadAsStringAsync()).ShouldContain("runs: 3");
        (await CodeOf(refused, HttpStatusCode.Conflict)).ShouldBe("project.not-empty");
        (await Read<ProjectInfo>(await owner.GetAsync($"/api/v1/projects/{name}"))).Status.ShouldBe(ProjectStatus.Active);

        (await Read<ProjectInfo>(await owner.DeleteAsync($"/api/v1/projects/{name}?cascade=true"), HttpStatusCode.Accepted)).Status.ShouldBe(ProjectStatus.Deleting);
        await host.Host.RelayedAsync("project.deleted", e => e.Subject == name && e.DataAs<ProjectDeleted>().Cascade);
        (await CodeOf(await host.As("bob").PostAsJsonAsync("/api/v1/projects", new CreateProject(name), MeshJson.Strict), HttpStatusCode.Conflict)).ShouldBe("project.exists");
        await host.Host.Service<Mesh.Projects.Projects.ProjectPurge>().RunOnceAsync(TestContext.Current.CancellationToken);
        (await Read<ProjectInfo>(await owner.GetAsync($"/api/v1/projects/{name}"))).Status.ShouldBe(ProjectStatus.Deleting);

        // Empty, but only since the news has not come: the name must not go to others before.
        host.Keepers.IsBehind = true;
        host.Keepers.Runs[name] = 0;
        await host.Host.Service<Mesh.Projects.Projects.ProjectPurge>().RunOnceAsync(TestContext.Current.CancellationToken);
        (await Read<ProjectInfo>(await owner.GetAsync($"/api/v1/projects/{name}"))).Status.ShouldBe(ProjectStatus.Deleting);

        host.Keepers.IsBehind = false;
        await Mesh.Testing.Eventually.Holds(async () => (await owner.GetAsync($"/api/v1/projects/{name}")).StatusCode.ShouldBe(HttpStatusCode.NotFound));

        (await host.As("bob").PostAsJsonAsync("/api/v1/projects", new CreateProject(name), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Created);
        var reborn = host.Host.ClientFor("bob", Role.Owner, name);
        (await Read<Page<Member>>(await reborn.GetAsync($"/api/v1/projects/{name}/members"))).Items.Select(m => m.User).ShouldBe(["bob"]);
        (await Read<Page<HistoryEntry>>(await reborn.GetAsync($"/api/v1/projects/{name}/history"))).Items.Select(e => e.Type).ShouldBe(["project.created", "project.member-set"]);
    }

    [Fact]
    public async Task While_a_service_does_not_answer_nothing_is_deleted()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        host.Keepers.IsDown = true;
        try
        {
            (await CodeOf(await owner.DeleteAsync($"/api/v1/projects/{name}"), HttpStatusCode.ServiceUnavailable)).ShouldBe("project.usage-unknown");
            (await Read<ProjectInfo>(await owner.GetAsync($"/api/v1/projects/{name}"))).Status.ShouldBe(ProjectStatus.Active);
        }
        finally
        {
            host.Keepers.IsDown = false;
        }
    }
}
