using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Serving;
using Mesh.Hosting.Store;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Serving.Tests.Endpoints;

public sealed class EndpointRoutesTests(ServedProject served) : IClassFixture<ServedProject>
{
    [Fact]
    public async Task An_endpoint_is_deployed_read_listed_and_deleted()
    {
        await served.MoveAliasAsync("routes", await served.RegisterAsync("routes", 1, 1, 0));
        var ada = served.Ada;
        var created = await ada.PutAsJsonAsync("/api/v1/projects/demo/endpoints/a-first", new DeployEndpoint("routes"), MeshJson.Strict);
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        created.Headers.Location!.ToString().ShouldBe("/api/v1/projects/demo/endpoints/a-first");
        created.Headers.ETag!.Tag.ShouldBe("\"1\"");
        (await ada.PutAsJsonAsync("/api/v1/projects/demo/endpoints/a-first", new DeployEndpoint("routes"), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await served.DeployAsync("a-second", "routes");
        await served.DeployAsync("a-first", "routes");

        var info = await served.EndpointAsync("a-first");
        (info.Model, info.Alias, info.Status, info.ServingVersion, info.CreatedBy, info.Cause).ShouldBe(("routes", "champion", EndpointStatus.Ready, (int?)1, "ada", null));
        var page = (await ada.GetFromJsonAsync<Page<EndpointInfo>>("/api/v1/projects/demo/endpoints?limit=1", MeshJson.Tolerant))!;
        page.Items.ShouldHaveSingleItem().Name.ShouldBe("a-first");
        page = (await ada.GetFromJsonAsync<Page<EndpointInfo>>($"/api/v1/projects/demo/endpoints?limit=1&cursor={page.Next}", MeshJson.Tolerant))!;
        page.Items.ShouldHaveSingleItem().Name.ShouldBe("a-second");

        (await ada.DeleteAsync("/api/v1/projects/demo/endpoints/a-first")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ada.DeleteAsync("/api/v1/projects/demo/endpoints/a-first")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ada.GetAsync("/api/v1/projects/demo/endpoints/a-first")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var history = (await ada.GetFromJsonAsync<Page<HistoryEntry>>("/api/v1/projects/demo/endpoints/a-first/history", MeshJson.Tolerant))!;
        history.Items.Select(entry => entry.Type).ShouldBe(["endpoint.deployed", "endpoint.version-served", "endpoint.deleted"]);
        await Eventually.Holds(async () =>
            (await ada.PostAsync("/api/v1/projects/demo/v2/models/a-first/infer", ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.NotFound));
        await served.DeployAsync("a-first", "routes");
        (await ada.PostAsync("/api/v1/projects/demo/v2/models/a-first/infer", ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("Bad_Name", """{"model":"m"}""", 400, "endpoint.name-malformed")]
    [InlineData("good", """{"model":"not/a/name"}""", 400, "body.invalid")]
    [InlineData("good", """{"model":"m","alias":"v 1"}""", 400, "body.invalid")]
    [InlineData("good", """{"model":"m","color":1}""", 400, "body.malformed")]
    [InlineData("good", """{"model":1}""", 400, "body.malformed")]
    [InlineData("good", """{""", 400, "body.malformed")]
    [InlineData("good", """{}""", 400, "body.malformed")]
    [InlineData("good", """{"model":"nowhere"}""", 422, "endpoint.model-unknown")]
    public async Task Bad_deployments_are_refused_with_the_reason(string name, string body, int status, string code)
    {
        var response = await served.Ada.PutAsync($"/api/v1/projects/demo/endpoints/{name}", ServedProject.Json(body));
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        JsonDocument.Parse(text).RootElement.GetProperty("code").GetString().ShouldBe(code);
        (await served.Ada.GetAsync("/api/v1/projects/demo/endpoints/good")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_model_of_a_framework_that_is_not_served_is_refused()
    {
        await served.MoveAliasAsync("pickled", await served.RegisterAsync("pickled", [1, 2, 3], "sklearn", ServedProject.LinearSignature));
        var response = await served.Ada.PutAsJsonAsync("/api/v1/projects/demo/endpoints/pickled", new DeployEndpoint("pickled"), MeshJson.Strict);
        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await ServedProject.ReadAsync(response)).GetProperty("code").GetString().ShouldBe("endpoint.framework-unserved");
    }

    [Fact]
    public async Task Roles_and_projects_are_kept_apart()
    {
        await served.MoveAliasAsync("guarded", await served.RegisterAsync("guarded", 1, 1, 0));
        await served.DeployAsync("guarded", "guarded");
        const string Infer = "/api/v1/projects/demo/v2/models/guarded/infer";
        (await served.Host.Anonymous().PostAsync(Infer, ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await served.Host.ClientFor("eve", Role.Editor, "other").PostAsync(Infer, ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await served.Host.ClientFor("eve", Role.Editor, "other").PostAsync("/api/v1/projects/other/v2/models/guarded/infer", ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var viewer = served.Host.ClientFor("vic", Role.Viewer, "demo");
        (await viewer.GetAsync("/api/v1/projects/demo/endpoints/guarded")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await viewer.DeleteAsync("/api/v1/projects/demo/endpoints/guarded")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await viewer.PutAsJsonAsync("/api/v1/projects/demo/endpoints/guarded", new DeployEndpoint("guarded"), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task If_match_guards_against_lost_updates()
    {
        await served.MoveAliasAsync("matched", await served.RegisterAsync("matched", 1, 1, 0));
        await served.DeployAsync("matched", "matched");
        var request = new HttpRequestMessage(HttpMethod.Put, "/api/v1/projects/demo/endpoints/matched") { Content = ServedProject.Json("""{"model":"matched","capturePredictions":false}""") };
        request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        (await served.Ada.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
    }

    [Fact]
    public async Task What_happens_is_told_to_the_mesh()
    {
        await served.MoveAliasAsync("told", await served.RegisterAsync("told", 1, 1, 0));
        await served.DeployAsync("told", "told");
        await served.MoveAliasAsync("told", await served.RegisterAsync("told", 2, 2, 0));
        await served.Host.RelayedAsync("endpoint.version-served", e => e.Subject == "told" && e.DataAs<EndpointVersionServed>() is { ModelVersion: 2, Previous: 1 });
        (await served.Ada.DeleteAsync("/api/v1/projects/demo/endpoints/told")).EnsureSuccessStatusCode();
        await served.Host.RelayedAsync("endpoint.deleted", e => e.Subject == "told");
        served.Host.Events.Where(e => e.Subject == "told" && e.Type.StartsWith("endpoint", StringComparison.Ordinal)).Select(e => e.Type)
            .ShouldBe(["endpoint.deployed", "endpoint.version-served", "endpoint.version-served", "endpoint.deleted"]);
    }

    [Fact]
    public async Task A_deleted_project_leaves_nothing_behind()
    {
        await served.MoveAliasAsync("left", await served.RegisterAsync("left", 1, 1, 0));
        await served.DeployAsync("left", "left");
        await using var session = served.Host.Service<IServingStore>().OpenSession(Mesh.Hosting.Identity.Caller.Service("projects"), "demo");
        var consumer = ActivatorUtilities.CreateInstance<Mesh.Serving.Endpoints.OnProjectDeleted>(served.Host.Service<IServiceProvider>());
        var deleted = new MeshEvent
        {
            Id = Guid.CreateVersion7(),
            Source = "/mesh/projects",
            Type = "project.deleted",
            Subject = "demo",
            Project = "demo",
            Time = DateTimeOffset.UtcNow,
            StreamVersion = 2,
            Data = JsonSerializer.SerializeToElement(new { project = "demo" }),
        };

        // Twice: the second delivery finds nothing and is content.
        await consumer.ConsumeAsync(deleted, session, default);
        await consumer.ConsumeAsync(deleted, session, default);

        (await served.Ada.GetFromJsonAsync<Page<EndpointInfo>>("/api/v1/projects/demo/endpoints", MeshJson.Tolerant))!.Items.ShouldBeEmpty();
        await Eventually.Holds(async () =>
            (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/left/infer", ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.NotFound));
    }
}
