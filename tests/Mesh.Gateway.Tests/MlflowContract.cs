using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Contracts;
using static Mesh.Gateway.Tests.GatewayFixture;

namespace Mesh.Gateway.Tests;

public sealed class ProxyMlflowTests(ProxyGateway gateway) : MlflowContract(gateway), IClassFixture<ProxyGateway>;

public sealed class LaptopMlflowTests(LaptopGateway gateway) : MlflowContract(gateway), IClassFixture<LaptopGateway>;

/// <summary>The front door to clients of the MLflow protocol.</summary>
public abstract class MlflowContract(GatewayFixture gateway)
{
    protected GatewayFixture Gateway { get; } = gateway;

    [Fact]
    public async Task A_project_is_chosen_by_the_address_and_roles_decide()
    {
        var project = await Gateway.NewProject();
        foreach (var api in (string[])["api", "ajax-api"])
        {
            var root = $"/mlflow/{project}/{api}/2.0/mlflow";
            var editor = await Gateway.Member(project, Role.Editor);
            (await Read<Echoed>(await editor.GetAsync($"{root}/experiments/get?experiment_id=0"))).Project.ShouldBe(project);
            (await editor.PostAsync($"{root}/runs/create", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
            var viewer = await Gateway.Member(project, Role.Viewer);
            (await viewer.PostAsync($"{root}/runs/search", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
            await RefusedAsync(await viewer.PostAsync($"{root}/runs/create", null), 403, "PERMISSION_DENIED");
            var traces = $"/mlflow/{project}/{api}/3.0/mlflow/traces";
            (await viewer.PostAsync($"{traces}/search", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
            foreach (var place in (string[])[traces, $"/mlflow/{project}/v1/traces"])
            {
                (await Read<Echoed>(await editor.PostAsync(place, null))).Project.ShouldBe(project);
                await RefusedAsync(await viewer.PostAsync(place, null), 403, "PERMISSION_DENIED");
            }
        }
    }

    [Fact]
    public async Task A_signed_address_is_good_without_a_token_for_itself_alone()
    {
        var project = await Gateway.NewProject();
        var root = $"/mlflow/{project}/api/2.0/mlflow-artifacts/signed/parts";
        var query = Gateway.Signed.Sign("PUT", $"{root}/1", TimeSpan.FromMinutes(1));
        var bare = Gateway.With(null);
        bare.DefaultRequestHeaders.Add("Cookie", "other=1");
        bare.DefaultRequestHeaders.Add(Hosting.Identity.IdentityTokens.Header, Gateway.Identities.Issue(Hosting.Identity.Caller.Service("tracking")));
        var echoed = await Read<Echoed>(await bare.PutAsync($"{root}/1{query}", new ByteArrayContent([1])));
        (echoed.Name, echoed.Kind).ShouldBe(("", "True"));
        foreach (var kept in (string[])["Authorization", "Cookie", Hosting.Identity.IdentityTokens.Header]) echoed.Headers.ShouldNotContain(kept);
        // Behind a token it says no more.
        (await Read<Echoed>(await Gateway.Admin().PutAsync($"{root}/1{query}", null))).Name.ShouldBe("");

        foreach (var client in (HttpClient[])[bare, Gateway.Admin()])
        {
            foreach (var forged in (string[])[$"{root}/2{query}", $"{root}/1{query[..^1]}", $"{root}/1", $"{root}/1{query}&until=1", $"{root.Replace(project, "other", StringComparison.Ordinal)}/1{query}"])
                await RefusedAsync(await client.PutAsync(forged, null), 403, "PERMISSION_DENIED");
            await RefusedAsync(await client.GetAsync($"{root}/1{query}"), 403, "PERMISSION_DENIED");
            await RefusedAsync(await client.PutAsync($"{root}/1{Gateway.Signed.Sign("PUT", $"{root}/1", TimeSpan.Zero)}", null), 403, "PERMISSION_DENIED");
        }

        // It opens nothing else, however the way there is written.
        foreach (var path in (string[])[$"/mlflow/{project}/api/2.0/mlflow/runs/create", $"/mlflow/{project}/api/2.0/mlflow-artifacts/mpu/create/x", $"/mlflow/{project}/API/2.0/mlflow-artifacts/signed/parts/1"])
            await RefusedAsync(await bare.PostAsync(path + query, null), 401, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task A_service_that_gives_out_addresses_knows_by_which_the_caller_came()
    {
        var project = await Gateway.NewProject();
        var client = Gateway.Admin();
        client.DefaultRequestHeaders.Add(Hosting.Http.PublicOrigin.Header, "http://elsewhere");
        (await (await client.PostAsync($"/mlflow/{project}/api/2.0/mlflow-artifacts/mpu/create/x", null)).Content.ReadAsStringAsync()).ShouldBe(Gateway.Gateway.ToString().TrimEnd('/'));
    }

    [Fact]
    public async Task An_archived_project_is_searched_but_not_changed()
    {
        var project = await Gateway.NewProject();
        (await Gateway.Admin().PostAsync($"/api/v1/projects/{project}/archive", null)).EnsureSuccessStatusCode();
        var root = $"/mlflow/{project}/api/2.0/mlflow";
        (await Gateway.Admin().PostAsync($"{root}/runs/search", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await RefusedAsync(await Gateway.Admin().PostAsync($"{root}/runs/create", null), 409, "RESOURCE_CONFLICT");
    }

    [Fact]
    public async Task Tokens_come_as_bearer_or_as_password_and_refusals_speak_the_protocol()
    {
        var project = await Gateway.NewProject();
        var place = $"/mlflow/{project}/api/2.0/mlflow/experiments/get?experiment_id=0";
        var secret = (await Gateway.TokenOf("admin")).Secret;
        (await Gateway.With(secret).GetAsync(place)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var basic = Gateway.With(null);
        basic.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{secret}")));
        (await basic.GetAsync(place)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await RefusedAsync(await Gateway.With(null).GetAsync(place), 401, "UNAUTHENTICATED");
        await RefusedAsync(await Gateway.With("mesh_wrong").GetAsync(place), 401, "UNAUTHENTICATED");
        await RefusedAsync(await Gateway.With(null).GetAsync("/api/2.0/mlflow/experiments/get"), 401, "UNAUTHENTICATED");
        await RefusedAsync(await Gateway.Admin().GetAsync("/mlflow/none-such/api/2.0/mlflow/experiments/get"), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await Gateway.Admin().GetAsync("/mlflow/Not%20A%20Name/api/2.0/mlflow/experiments/get"), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await Gateway.Admin().GetAsync($"/mlflow/{project}/api/2.0/mlflow/nonsense"), 404, "ENDPOINT_NOT_FOUND");
        await RefusedAsync(await Gateway.Admin().DeleteAsync($"/mlflow/{project}/api/2.0/mlflow/runs/create"), 405, "BAD_REQUEST");
    }

    [Fact]
    public async Task The_bare_root_stands_for_the_callers_default_project()
    {
        const string Place = "/api/2.0/mlflow/experiments/get?experiment_id=0";
        var (one, two) = (await Gateway.NewProject(), await Gateway.NewProject());
        var member = await Gateway.Member(one, Role.Editor);
        (await Read<Echoed>(await member.GetAsync(Place))).Project.ShouldBe(one);
        (await Read<Echoed>(await member.GetAsync("/ajax-api/2.0/mlflow/experiments/get?experiment_id=0"))).Project.ShouldBe(one);
        (await member.PostAsync("/api/2.0/mlflow/runs/create", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var place in (string[])["/api/3.0/mlflow/traces", "/v1/traces"]) (await Read<Echoed>(await member.PostAsync(place, null))).Project.ShouldBe(one);
        var limited = Gateway.With((await Gateway.TokenOf("admin", Role.Editor, [two])).Secret);
        (await Read<Echoed>(await limited.GetAsync(Place))).Project.ShouldBe(two);
        var nobody = Gateway.With((await Gateway.TokenOf(NewName())).Secret);
        (await RefusedAsync(await nobody.GetAsync(Place), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("MLFLOW_TRACKING_URI");
        await RefusedAsync(await member.GetAsync("/api/3.0/mlflow/traces/x"), 404, "ENDPOINT_NOT_FOUND");
    }

    [Fact]
    public async Task With_several_projects_the_bare_root_stands_for_the_one_named_default()
    {
        const string Place = "/api/2.0/mlflow/experiments/get?experiment_id=0";
        var (one, two) = (await Gateway.NewProject(), await Gateway.NewProject());
        var user = NewName();
        foreach (var project in (string[])[one, two]) await JoinAsync(project);
        var client = Gateway.With((await Gateway.TokenOf(user)).Secret);
        await RefusedAsync(await client.GetAsync(Place), 400, "INVALID_PARAMETER_VALUE");
        (await Gateway.Admin().PostAsJsonAsync("/api/v1/projects", new Contracts.Projects.CreateProject("default"), MeshJson.Strict)).EnsureSuccessStatusCode();
        await JoinAsync("default");
        var again = Gateway.With((await Gateway.TokenOf(user)).Secret);
        (await Read<Echoed>(await again.GetAsync(Place))).Project.ShouldBe("default");

        async Task JoinAsync(string project) =>
            (await Gateway.Admin().PutAsJsonAsync($"/api/v1/projects/{project}/members/{user}", new Contracts.Projects.SetMember(Role.Editor), MeshJson.Strict)).EnsureSuccessStatusCode();
    }

    private static async Task<string> RefusedAsync(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var error = JsonNode.Parse(text)!;
        error["error_code"]!.GetValue<string>().ShouldBe(code);
        return error["message"]!.GetValue<string>();
    }
}
