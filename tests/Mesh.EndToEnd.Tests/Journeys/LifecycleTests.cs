using System.Net;
using System.Text.Json;

namespace Mesh.EndToEnd.Tests.Journeys;

/// <summary>The life of a mesh on one machine, typed at a terminal.</summary>
[Collection("one mesh at a time")]
public sealed class LifecycleTests
{
    [Fact]
    public async Task A_mesh_on_an_empty_folder_starts_serves_and_stops()
    {
        await using var folder = new MeshFolder();
        (await folder.MeshAsync("status")).Code.ShouldBe(3);

        var up = await folder.MeshAsync("up", "--detach", "--port", folder.Port);
        up.Code.ShouldBe(0, up.Error);
        up.Output.ShouldContain(folder.Address.GetLeftPart(UriPartial.Authority));
        var status = await folder.JsonAsync("status");
        status.GetProperty("running").GetBoolean().ShouldBeTrue();
        status.GetProperty("ready").GetBoolean().ShouldBeTrue();
        status.GetProperty("address").GetString().ShouldBe(folder.Address.GetLeftPart(UriPartial.Authority));

        var again = await folder.MeshAsync("up", "--detach", "--port", folder.Port);
        again.Code.ShouldBe(0);
        again.Error.ShouldContain("running already");

        var token = (await folder.MeshAsync("token")).Output.Trim();
        token.ShouldBe((await File.ReadAllTextAsync(Path.Combine(folder.Data, "admin.token"))).Trim());
        using var http = new HttpClient { DefaultRequestHeaders = { { "Authorization", $"Bearer {token}" } } };
        (await http.GetAsync(new Uri(folder.Address, "/api/v1/me"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        await LogsABrowserInOnceAsync(folder);
        await RefusesInASentenceAsync(folder);

        (await folder.MeshAsync("logs", "mesh")).Output.ShouldContain("Mesh is ready");
        var down = await folder.MeshAsync("down");
        down.Code.ShouldBe(0, down.Error);
        down.Output.ShouldContain("Stopped");
        (await folder.MeshAsync("status")).Code.ShouldBe(3);
        (await folder.JsonAsync("down")).GetProperty("running").GetBoolean().ShouldBeFalse();
    }

    private static async Task LogsABrowserInOnceAsync(MeshFolder folder)
    {
        var login = await folder.MeshAsync("login");
        login.Code.ShouldBe(0, login.Error);
        var link = new Uri(login.Output.Trim());
        using var browser = new HttpClient();
        (await browser.GetAsync(new Uri(folder.Address, "/api/v1/me"))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await browser.GetAsync(link);
        (await browser.GetAsync(new Uri(folder.Address, "/api/v1/me"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var thief = new HttpClient();
        (await thief.GetAsync(link)).IsSuccessStatusCode.ShouldBeFalse();
    }

    private static async Task RefusesInASentenceAsync(MeshFolder folder)
    {
        (await folder.MeshAsync("projects", "create", "journey")).Code.ShouldBe(0);
        foreach (var (name, said) in (IReadOnlyList<(string, string)>)[("journey", "journey"), ("Not_A_Name", "name")])
        {
            var refused = await folder.MeshAsync("projects", "create", name);
            refused.Code.ShouldBe(1);
            refused.Output.ShouldBeEmpty();
            refused.Error.ShouldStartWith("error: ");
            refused.Error.ShouldContain(said);
            refused.Error.ShouldNotContain("   at ");
            var problem = await folder.MeshAsync("projects", "create", name, "--json");
            (problem.Code, problem.Output).ShouldBe((1, ""));
            JsonDocument.Parse(problem.Error).RootElement.GetProperty("status").GetInt32().ShouldBeInRange(400, 499);
        }
    }
}
