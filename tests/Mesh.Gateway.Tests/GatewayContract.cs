using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Identity;
using Mesh.Testing;
using static Mesh.Gateway.Tests.GatewayFixture;

namespace Mesh.Gateway.Tests;

public sealed class ProxyGatewayTests(ProxyGateway gateway) : GatewayContract(gateway), IClassFixture<ProxyGateway>;

public sealed class LaptopGatewayTests(LaptopGateway gateway) : GatewayContract(gateway), IClassFixture<LaptopGateway>;

/// <summary>What holds at the front door, in both shapes alike.</summary>
public abstract class GatewayContract(GatewayFixture gateway)
{
    protected GatewayFixture Gateway { get; } = gateway;

    [Fact]
    public async Task Without_a_token_nobody_gets_in()
    {
        using var nothing = await Gateway.With(null).GetAsync("/api/v1/me");
        (await CodeOf(nothing, HttpStatusCode.Unauthorized)).ShouldBe("token.missing");
        nothing.Headers.WwwAuthenticate.ShouldContain(h => h.Scheme == "Bearer");
        (await CodeOf(await Gateway.With("mesh_wrong").GetAsync("/api/v1/me"), HttpStatusCode.Unauthorized)).ShouldBe("token.unknown");
        (await CodeOf(await Gateway.With("eyJhbGciOiJub25lIn0.e30.").GetAsync("/api/v1/me"), HttpStatusCode.Unauthorized)).ShouldBe("token.unknown");
        foreach (var header in (string[])["Basic !!!", "Basic " + Convert.ToBase64String("nocolon"u8), "Digest x", "Bearer ", "Bearer " + new string('x', 20_000)])
        {
            var client = Gateway.With(null);
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);
            (await client.GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, header);
        }
    }

    [Fact]
    public async Task A_token_is_good_as_bearer_and_as_password()
    {
        (await Read<Me>(await Gateway.Admin().GetAsync("/api/v1/me"))).ShouldSatisfyAllConditions(me => me.User.ShouldBe("admin"), me => me.PlatformAdmin.ShouldBeTrue());
        var basic = Gateway.With(null);
        basic.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anyone:{Gateway.AdminSecret}")));
        (await Read<Me>(await basic.GetAsync("/api/v1/me"))).User.ShouldBe("admin");
    }

    [Fact]
    public async Task A_forged_identity_is_taken_away()
    {
        var project = await Gateway.NewProject();
        var viewer = await Gateway.Member(project, Role.Viewer);
        // Genuinely signed, and still not the caller's to send.
        var stolen = Gateway.Identities.Issue(Caller.Service("tracking"));
        viewer.DefaultRequestHeaders.Add(IdentityTokens.Header, stolen);
        var echoed = await Read<Echoed>(await viewer.GetAsync($"/api/v1/projects/{project}/runs"));
        (echoed.Kind, echoed.Role).ShouldBe(("User", "Viewer"));
        (await CodeOf(await viewer.PostAsync($"/api/v1/projects/{project}/runs", null), HttpStatusCode.Forbidden)).ShouldBe("access.role");

        var nobody = Gateway.With(null);
        nobody.DefaultRequestHeaders.Add(IdentityTokens.Header, stolen);
        (await CodeOf(await nobody.GetAsync($"/api/v1/projects/{project}/runs"), HttpStatusCode.Unauthorized)).ShouldBe("token.missing");
    }

    [Fact]
    public async Task The_callers_trace_goes_on_in_the_service()
    {
        var project = await Gateway.NewProject();
        var client = Gateway.Admin();
        client.DefaultRequestHeaders.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        client.DefaultRequestHeaders.Add("tracestate", "vendor=1");
        var echoed = await Read<Echoed>(await client.GetAsync($"/api/v1/projects/{project}/runs"));
        (echoed.Trace, echoed.TraceState).ShouldBe(("4bf92f3577b34da6a3ce929d0e0e4736", "vendor=1"));
        echoed = await Read<Echoed>(await Gateway.Admin().GetAsync($"/api/v1/projects/{project}/runs"));
        echoed.Trace.ShouldNotBeNullOrEmpty();
        echoed.TraceState.ShouldBeNull();
    }

    [Fact]
    public async Task A_service_reached_past_the_gateway_refuses()
    {
        var project = await Gateway.NewProject();
        (await CodeOf(await Gateway.With(null, Gateway.Services).GetAsync($"/api/v1/projects/{project}/runs"), HttpStatusCode.Unauthorized)).ShouldBe("identity.required");
        (await CodeOf(await Gateway.With(Gateway.AdminSecret, Gateway.Services).GetAsync($"/api/v1/projects/{project}/runs"), HttpStatusCode.Unauthorized)).ShouldBe("identity.required");
    }

    [Fact]
    public async Task The_callers_secrets_stay_at_the_door()
    {
        var project = await Gateway.NewProject();
        var client = Gateway.Admin();
        client.DefaultRequestHeaders.Add("Cookie", "other=1");
        var echoed = await Read<Echoed>(await client.GetAsync($"/api/v1/projects/{project}/runs"));
        echoed.Headers.ShouldNotContain("Authorization");
        echoed.Headers.ShouldNotContain("Cookie");
    }

    [Theory]
    [InlineData(Role.Viewer, 200, 403, 403)]
    [InlineData(Role.Editor, 200, 200, 403)]
    [InlineData(Role.Admin, 200, 200, 200)]
    [InlineData(Role.Owner, 200, 200, 200)]
    public async Task Roles_decide(Role role, int reading, int writing, int managing)
    {
        var project = await Gateway.NewProject();
        var member = await Gateway.Member(project, role);
        ((int)(await member.GetAsync($"/api/v1/projects/{project}/runs")).StatusCode).ShouldBe(reading);
        ((int)(await member.PostAsync($"/api/v1/projects/{project}/runs", null)).StatusCode).ShouldBe(writing);
        ((int)(await member.PutAsJsonAsync($"/api/v1/projects/{project}/members/{NewName()}", new SetMember(Role.Viewer), MeshJson.Strict)).StatusCode).ShouldBe(managing);
    }

    [Fact]
    public async Task Who_is_no_member_cannot_tell_a_project_from_none()
    {
        var project = await Gateway.NewProject();
        var stranger = Gateway.With((await Gateway.TokenOf(NewName())).Secret);
        foreach (var path in (string[])[$"/api/v1/projects/{project}", $"/api/v1/projects/{project}/runs", "/api/v1/projects/none-such/runs", "/api/v1/projects/Not%20A%20Name/runs", $"/api/v1/events?project={project}"])
            (await CodeOf(await stranger.GetAsync(path), HttpStatusCode.NotFound)).ShouldBe("project.unknown", path);
        (await CodeOf(await Gateway.Admin().GetAsync("/api/v1/projects/none-such/runs"), HttpStatusCode.NotFound)).ShouldBe("project.unknown");
    }

    [Fact]
    public async Task A_limited_token_does_no_more_than_it_says()
    {
        var project = await Gateway.NewProject();
        var other = await Gateway.NewProject();
        var user = NewName();
        foreach (var p in (string[])[project, other])
            await Gateway.Admin().PutAsJsonAsync($"/api/v1/projects/{p}/members/{user}", new SetMember(Role.Owner), MeshJson.Strict);
        var limited = Gateway.With((await Gateway.TokenOf(user, Role.Viewer, [project])).Secret);
        (await limited.GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await limited.PostAsync($"/api/v1/projects/{project}/runs", null)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await limited.GetAsync($"/api/v1/projects/{other}/runs")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Read<Page<ProjectInfo>>(await limited.GetAsync("/api/v1/projects"))).Items.Select(p => p.Name).ShouldBe([project]);
        (await CodeOf(await limited.PostAsJsonAsync("/api/v1/tokens", new CreateToken("wider"), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("token.exceeds-maker");
    }

    [Fact]
    public async Task A_new_project_is_there_at_once()
    {
        var client = Gateway.With((await Gateway.TokenOf(NewName())).Secret);
        for (var i = 0; i < 5; i++)
        {
            var name = NewName();
            (await client.GetAsync($"/api/v1/projects/{name}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await client.PostAsJsonAsync("/api/v1/projects", new CreateProject(name), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Created);
            (await client.PostAsync($"/api/v1/projects/{name}/runs", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task An_archived_project_is_only_read_and_a_restored_one_is_written_at_once()
    {
        var project = await Gateway.NewProject();
        var admin = Gateway.Admin();
        (await admin.PostAsync($"/api/v1/projects/{project}/runs", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await admin.PostAsync($"/api/v1/projects/{project}/archive", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await CodeOf(await admin.PostAsync($"/api/v1/projects/{project}/runs", null), HttpStatusCode.Conflict)).ShouldBe("project.archived");
        (await CodeOf(await admin.PostAsync($"/api/v1/projects/{project}/v2/models/m/infer", null), HttpStatusCode.Conflict)).ShouldBe("project.archived");
        (await admin.GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await admin.PostAsync($"/api/v1/projects/{project}/restore", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await admin.PostAsync($"/api/v1/projects/{project}/runs", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_once_here_and_soon_elsewhere()
    {
        var project = await Gateway.NewProject();
        var user = NewName();
        await Gateway.Admin().PutAsJsonAsync($"/api/v1/projects/{project}/members/{user}", new SetMember(Role.Viewer), MeshJson.Strict);
        var (here, elsewhere) = (await Gateway.TokenOf(user), await Gateway.TokenOf(user));
        foreach (var token in (CreatedToken[])[here, elsewhere])
            (await Gateway.With(token.Secret).GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await Gateway.Admin().DeleteAsync($"/api/v1/tokens/{here.Token.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await CodeOf(await Gateway.With(here.Secret).GetAsync($"/api/v1/projects/{project}/runs"), HttpStatusCode.Unauthorized)).ShouldBe("token.unknown");

        var past = Gateway.With(null, Gateway.Services);
        past.DefaultRequestHeaders.Add(IdentityTokens.Header, Gateway.Identities.Issue(new Caller("admin", CallerKind.User, Role.Owner, null, PlatformAdmin: true)));
        (await past.DeleteAsync($"/api/v1/tokens/{elsewhere.Token.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await Eventually.Holds(
            async () => (await Gateway.With(elsewhere.Secret).GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized),
            TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task A_removed_member_is_out_at_once_and_a_raised_one_in()
    {
        var project = await Gateway.NewProject();
        var user = NewName();
        var admin = Gateway.Admin();
        var client = Gateway.With((await Gateway.TokenOf(user)).Secret);
        var member = $"/api/v1/projects/{project}/members/{user}";
        await admin.PutAsJsonAsync(member, new SetMember(Role.Viewer), MeshJson.Strict);
        (await client.PostAsync($"/api/v1/projects/{project}/runs", null)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        await admin.PutAsJsonAsync(member, new SetMember(Role.Editor), MeshJson.Strict);
        (await client.PostAsync($"/api/v1/projects/{project}/runs", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await admin.DeleteAsync(member);
        (await client.GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_job_works_in_its_own_project_alone()
    {
        var project = await Gateway.NewProject();
        var other = await Gateway.NewProject();
        var id = Guid.CreateVersion7();
        var job = Gateway.With(Gateway.Identities.IssueJob(id, project, TimeSpan.FromMinutes(1)));
        var echoed = await Read<Echoed>(await job.PostAsync($"/api/v1/projects/{project}/runs", null));
        (echoed.Name, echoed.Kind, echoed.Role).ShouldBe(($"job:{id}", "Job", "Editor"));
        (await CodeOf(await job.GetAsync($"/api/v1/projects/{other}/runs"), HttpStatusCode.NotFound)).ShouldBe("project.unknown");
        (await CodeOf(await job.PutAsJsonAsync($"/api/v1/projects/{project}/members/eve", new SetMember(Role.Owner), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("access.role");
        (await CodeOf(await job.PostAsJsonAsync("/api/v1/tokens", new CreateToken("t"), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("access.users-only");
        (await CodeOf(await job.PostAsJsonAsync("/api/v1/projects", new CreateProject(NewName()), MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("access.users-only");
        (await job.GetAsync("/api/v1/hub")).StatusCode.ShouldBe(HttpStatusCode.OK);

        var ended = Gateway.With(Gateway.Identities.IssueJob(id, project, TimeSpan.FromMinutes(-1)));
        (await CodeOf(await ended.GetAsync($"/api/v1/projects/{project}/runs"), HttpStatusCode.Unauthorized)).ShouldBe("token.unknown");
        // What opens a service does not open the gateway.
        var service = Gateway.With(Gateway.Identities.Issue(Caller.Service("tracking")));
        (await CodeOf(await service.GetAsync($"/api/v1/projects/{project}/runs"), HttpStatusCode.Unauthorized)).ShouldBe("token.unknown");
    }

    [Fact]
    public async Task A_job_has_no_place_in_a_later_project_of_the_same_name()
    {
        var project = await Gateway.NewProject();
        var earlier = Gateway.IdentitiesOf(TimeSpan.FromMinutes(2)).IssueJob(Guid.CreateVersion7(), project, TimeSpan.FromHours(1));
        (await CodeOf(await Gateway.With(earlier).GetAsync($"/api/v1/projects/{project}/runs"), HttpStatusCode.NotFound)).ShouldBe("project.unknown");
        (await CodeOf(await Gateway.With(earlier).GetAsync($"/api/v1/events?project={project}"), HttpStatusCode.NotFound)).ShouldBe("project.unknown");
    }

    [Fact]
    public async Task What_is_internal_is_not_there()
    {
        (await CodeOf(await Gateway.Admin().GetAsync("/internal/secretly"), HttpStatusCode.NotFound)).ShouldBe("route.unknown");
        (await CodeOf(await Gateway.Admin().GetAsync("/INTERNAL/secretly"), HttpStatusCode.NotFound)).ShouldBe("route.unknown");
        foreach (var path in (string[])["//internal/secretly", "/api/../internal/secretly", "/api/v1/projects/../../../internal/secretly", "/%69nternal/secretly"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Gateway.Gateway.ToString().TrimEnd('/') + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            (await (await Gateway.Admin().SendAsync(request)).Content.ReadAsStringAsync()).ShouldNotBe("seen", path);
        }
    }

    [Fact]
    public async Task Metrics_are_for_administrators()
    {
        (await Gateway.Admin().GetAsync("/metrics")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await CodeOf(await Gateway.With((await Gateway.TokenOf(NewName())).Secret).GetAsync("/metrics"), HttpStatusCode.Forbidden)).ShouldBe("access.platform-admin");
        (await CodeOf(await Gateway.With(null).GetAsync("/metrics"), HttpStatusCode.Unauthorized)).ShouldBe("token.missing");
    }

    [Fact]
    public async Task What_consumers_gave_up_is_for_administrators()
    {
        var bus = await Gateway.Admin().GetFromJsonAsync<JsonElement>("/api/v1/bus");
        bus.GetProperty("services").EnumerateArray().Select(service => service.GetString()).ShouldContain("projects");
        (await Gateway.Admin().GetFromJsonAsync<JsonElement>("/api/v1/bus/projects/errors")).GetProperty("items").GetArrayLength().ShouldBe(0);
        (await Gateway.Admin().GetAsync("/api/v1/bus/nobody/errors")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var user = Gateway.With((await Gateway.TokenOf(NewName())).Secret);
        foreach (var path in (string[])["/api/v1/bus", "/api/v1/bus/projects/errors"])
            (await CodeOf(await user.GetAsync(path), HttpStatusCode.Forbidden)).ShouldBe("access.platform-admin");
    }

    [Fact]
    public async Task Events_stream_through_as_they_come()
    {
        Gateway.Echo.Rewind();
        var admin = Gateway.Admin();
        using var response = await admin.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync(Soon())).ShouldBe("data: first");
        Gateway.Echo.Second.SetResult();
        (await reader.ReadLineAsync(Soon())).ShouldBe("");
        (await reader.ReadLineAsync(Soon())).ShouldBe("data: second");
    }

    [Fact]
    public async Task Sizes_routes_and_methods_are_refused_in_the_same_shape()
    {
        var project = await Gateway.NewProject();
        var admin = Gateway.Admin();
        using var large = new StringContent($$"""{"text":"{{new string('x', 3 << 20)}}"}""", null, "application/json");
        (await CodeOf(await admin.PostAsync($"/api/v1/projects/{project}/runs/body", large), HttpStatusCode.RequestEntityTooLarge)).ShouldBe("body.too-large");
        // The same in chunks, which say nothing of their length.
        for (var i = 0; i < 20; i++)
            (await CodeOf(await admin.PostAsJsonAsync($"/api/v1/projects/{project}/runs/body", new { text = new string('x', 3 << 20) }), HttpStatusCode.RequestEntityTooLarge)).ShouldBe("body.too-large");
        (await CodeOf(await admin.PutAsync($"/api/v1/projects/{project}/runs", null), HttpStatusCode.MethodNotAllowed)).ShouldBe("method.not-allowed");
        (await CodeOf(await admin.GetAsync($"/api/v1/projects/{project}/nonsense"), HttpStatusCode.NotFound)).ShouldBe("route.unknown");
        (await CodeOf(await admin.GetAsync("/nowhere"), HttpStatusCode.NotFound)).ShouldBe("route.unknown");
        (await CodeOf(await admin.PostAsync($"/api/v1/projects/{project}/runs/body", new StringContent("{", null, "application/json")), HttpStatusCode.BadRequest)).ShouldBe("body.malformed");
    }

    [Fact]
    public async Task Large_uploads_and_long_queries_pass()
    {
        var project = await Gateway.NewProject();
        var admin = Gateway.Admin();
        using var content = new ByteArrayContent(new byte[40 << 20]);
        (await Read<JsonElement>(await admin.PutAsync($"/api/v1/projects/{project}/blobs/abc", content))).GetProperty("total").GetInt64().ShouldBe(40L << 20);
        (await Read<Echoed>(await admin.GetAsync($"/api/v1/projects/{project}/runs?filter={new string('x', 50_000)}"))).QueryLength.ShouldBe(50_008);
    }

    protected static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token;
}
