using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Testing;
using static Mesh.Projects.Tests.ProjectsHost;

namespace Mesh.Projects.Tests;

/// <summary>Whatever comes into a route that does not belong there is the caller's fault: refused, without effect, and no error in the log.</summary>
public sealed class CallersFaultTests(ProjectsHost host) : IClassFixture<ProjectsHost>
{
    /// <summary>Every route with a JSON body: a body in form, and bodies that are out of range.</summary>
    public static TheoryData<string, string, string, string[]> Routes => new()
    {
        {
            "POST", "/api/v1/projects", """{"name":"never-made","description":"d","labels":{"a":"b"}}""",
            ["""{"name":"Not A Label"}""", """{"name":"never-made","labels":{"a":null}}""", """{"name":"never-made","description":"\u0000"}""", "{}", "null"]
        },
        { "PATCH", "/api/v1/projects/{project}", """{"description":"d","labels":{"a":"b"}}""", ["""{"labels":{"..":"b"}}""", """{"description":"\u0000"}""", "null"] },
        {
            "PUT", "/api/v1/projects/{project}/members/bob", """{"role":"viewer"}""",
            ["""{"role":"viewer,owner"}""", """{"role":"viewer, editor"}""", """{"role":"none"}""", """{"role":"2"}""", """{"role":2}""", """{"role":null}""", "{}", "null"]
        },
        { "PUT", "/api/v1/projects/{project}/secrets/KEY", """{"value":"v"}""", ["""{"value":""}""", """{"value":"\u0000"}""", """{"value":null}""", "{}", "null"] },
        {
            "POST", "/api/v1/tokens", """{"name":"t","user":"ada","role":"viewer","projects":["demo"],"expiresInSeconds":60}""",
            [
                """{"name":"t","role":"viewer,owner"}""", """{"name":"t","role":"none"}""", """{"name":"t","expiresInSeconds":0}""", """{"name":"t","expiresInSeconds":31536001}""",
                """{"name":"t","projects":["Not A Label"]}""", """{"name":"t","projects":[null]}""", """{"name":""}""", """{"name":"t","user":"a,b"}""", "{}", "null",
            ]
        },
    };

    [Theory, MemberData(nameof(Routes))]
    public async Task A_body_that_does_not_belong_is_refused(string method, string route, string good, string[] outOfRange)
    {
        var name = await host.CreateAsync();
        var client = route.Contains("{project}", StringComparison.Ordinal) ? host.Host.ClientFor("ada", Role.Owner, name) : host.As("ada");
        var path = route.Replace("{project}", name, StringComparison.Ordinal);
        var tokens = await TokensAsync();
        foreach (var body in BadBodies.Of(good).Concat(outOfRange))
        {
            await client.ShouldBeRefusedAsync(new HttpMethod(method), path, body);
            await client.ShouldBeRefusedAsync(new HttpMethod(method), path, body, "key-1");
        }

        await client.ShouldBeRefusedAsync(new HttpMethod(method), path, new string(' ', 1 << 20) + good, status: 413);
        if (path != route)
            await client.ShouldBeRefusedAsync(new HttpMethod(method), route.Replace("{project}", "no-such-project", StringComparison.Ordinal), good, status: 404);
        (await Read<ProjectInfo>(await host.Host.ClientFor("ada", Role.Owner, name).GetAsync($"/api/v1/projects/{name}"))).Version.ShouldBe(2);
        (await Read<Page<ProjectInfo>>(await host.As("root", admin: true).GetAsync("/api/v1/projects?limit=1000"))).Items.ShouldNotContain(p => p.Name == "never-made");
        (await TokensAsync()).ShouldBe(tokens);
        host.Host.Logs.ErrorsAbout("/api/v1/").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/api/v1/projects", "limit=0", "limit=1e999", "cursor=%00", "cursor=AAAA", "member=bob")]
    [InlineData("/api/v1/projects/{project}", "colour=red")]
    [InlineData("/api/v1/projects/{project}/history", "limit=0", "cursor=AAAA", "cursor=eyJ2ZXJzaW9uIjoxZTk5OX0", "colour=red")]
    [InlineData("/api/v1/projects/{project}/members", "limit=0", "cursor=AAAA", "role=viewer,owner")]
    [InlineData("/api/v1/projects/{project}/secrets", "limit=0", "cursor=AAAA", "colour=red")]
    [InlineData("/api/v1/tokens", "limit=0", "cursor=AAAA", "colour=red")]
    [InlineData("/api/v1/me", "colour=red")]
    public async Task A_query_that_does_not_belong_is_refused(string route, params string[] queries)
    {
        var name = await host.CreateAsync();
        var client = route.Contains("{project}", StringComparison.Ordinal) ? host.Host.ClientFor("ada", Role.Owner, name) : host.As("ada");
        foreach (var query in queries)
        {
            var path = $"{route.Replace("{project}", name, StringComparison.Ordinal)}?{query}";
            using var answer = await client.GetAsync(path);
            await answer.ShouldBeCallersFaultAsync(path, 400);
        }

        host.Host.Logs.ErrorsAbout("/api/v1/").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("DELETE", "?cascade=maybe"), InlineData("DELETE", "?cascade=1e999"), InlineData("DELETE", "?force=true"), InlineData("DELETE", "/members/Not%20One"),
     InlineData("DELETE", "/members/bob"), InlineData("DELETE", "/secrets/1"), InlineData("DELETE", "/secrets/none"), InlineData("POST", "/archive?colour=red"),
     InlineData("POST", "/members"), InlineData("GET", "/nothing")]
    public async Task A_request_that_cannot_be_meant_is_refused(string method, string path)
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        using var answer = await owner.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/api/v1/projects/{name}{path}"));
        await answer.ShouldBeCallersFaultAsync($"{method} {path}");
        (await Read<ProjectInfo>(await owner.GetAsync($"/api/v1/projects/{name}"))).Version.ShouldBe(2);
        host.Host.Logs.ErrorsAbout("/api/v1/").ShouldBeEmpty();
    }

    private async Task<int> TokensAsync() => (await Read<Page<TokenInfo>>(await host.As("ada").GetAsync("/api/v1/tokens?limit=1000"))).Items.Count;
}
