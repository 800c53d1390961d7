using System.Net;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Http;

public sealed class ModelRouteTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_version_is_registered_from_an_artifact_and_read_back()
    {
        var run = Guid.CreateVersion7();
        var artifact = await _project.Log("models/churn", ArtifactKind.Model, "weights", run);
        var body = TestProject.Registration("models/churn");
        var response = await _project.Post("/models/churn/versions", body);
        var made = await TestProject.Read<ModelVersion>(response, HttpStatusCode.Created);
        response.Headers.Location!.ToString().ShouldBe($"{_project.Root}/models/churn/versions/1");

        (made.Model, made.Version, made.Framework, made.Artifact, made.ArtifactVersion, made.Digest, made.Size)
            .ShouldBe(("churn", 1, "pytorch", "models/churn", 1, artifact.Digest, 7));
        JsonSerializer.Serialize(made.Signature).ShouldBe(JsonSerializer.Serialize(body.Signature));
        JsonSerializer.Serialize(made.Statistics).ShouldBe(JsonSerializer.Serialize(body.Statistics));
        made.Metrics.ShouldBe(body.Metrics!);
        made.Tags.ShouldBe(body.Tags!);
        (made.Description, made.RunId, made.CreatedBy).ShouldBe(("first", run, "ada"));
        made.Aliases.ShouldBeEmpty();

        JsonSerializer.Serialize(await _project.Get<ModelVersion>("/models/churn/versions/1")).ShouldBe(JsonSerializer.Serialize(made));
        JsonSerializer.Serialize(await _project.Get<ModelVersion>("/models/churn/versions/@latest")).ShouldBe(JsonSerializer.Serialize(made));
        var info = await _project.Get<ModelInfo>("/models/churn");
        (info.Name, info.LatestVersion, info.Aliases.Count, info.StreamVersion).ShouldBe(("churn", 1, 0, 1));
    }

    [Fact]
    public async Task The_same_idempotency_key_registers_once()
    {
        await _project.Log("model", ArtifactKind.Model);
        var versions = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ => (await TestProject.Read<ModelVersion>(
            await _project.Post("/models/churn/versions", TestProject.Registration(), "key"), HttpStatusCode.Created)).Version));
        versions.ShouldAllBe(version => version == 1);
        await TestProject.Refused(
            await _project.Post("/models/churn/versions", TestProject.Registration() with { Framework = "sklearn" }, "key"), HttpStatusCode.Conflict, "idempotency-key.reused");
        (await _project.Get<ModelInfo>("/models/churn")).LatestVersion.ShouldBe(1);
    }

    [Fact]
    public async Task Only_a_model_of_the_project_can_be_registered()
    {
        await _project.Log("data", ArtifactKind.Dataset);
        await TestProject.Refused(await _project.Post("/models/churn/versions", TestProject.Registration("data")), HttpStatusCode.UnprocessableEntity, "model.artifact-kind");
        await TestProject.Refused(await _project.Post("/models/churn/versions", TestProject.Registration("data", 2)), HttpStatusCode.UnprocessableEntity, "artifact.version-unknown");
        await host.NewProject().Log("model", ArtifactKind.Model);
        await TestProject.Refused(await _project.Post("/models/churn/versions", TestProject.Registration()), HttpStatusCode.UnprocessableEntity, "artifact.version-unknown");
        (await _project.Get("/models/churn")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("ch:urn", "", "", HttpStatusCode.BadRequest, "model.name-malformed")]
    [InlineData("churn", "\"pytorch\"", "\"PYTORCH!\"", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("churn", "\"fp32\"", "\"fp16\"", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("churn", "\"auc\":0.9", "\"auc\":\"NaN\"", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("churn", "\"auc\":0.9", "\"auc\":1e999", HttpStatusCode.BadRequest, null)]
    [InlineData("churn", "\"artifactVersion\":1", "\"artifactVersion\":0", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("churn", "\"artifactVersion\":1", "\"artifactVersion\":1,\"extra\":1", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("churn", "\"counts\":[1,2]", "\"counts\":[1]", HttpStatusCode.UnprocessableEntity, "signature.invalid")]
    [InlineData("churn", "\"signature\":", "\"signature\":null,\"tags\":{},\"x\":", HttpStatusCode.BadRequest, "body.malformed")]
    public async Task Registrations_out_of_form_are_refused(string model, string replace, string with, HttpStatusCode status, string? code)
    {
        await _project.Log("model", ArtifactKind.Model);
        var json = JsonSerializer.Serialize(TestProject.Registration(), MeshJson.Strict);
        if (replace.Length > 0) json.ShouldContain(replace);
        if (replace.Length > 0) json = json.Replace(replace, with, StringComparison.Ordinal);
        var response = await _project.Send(HttpMethod.Post, $"/models/{model}/versions", new StringContent(json, Encoding.UTF8, "application/json"));
        if (code is null) response.StatusCode.ShouldBe(status, await response.Content.ReadAsStringAsync());
        else await TestProject.Refused(response, status, code);
        (await _project.Get<Page<ModelInfo>>("/models")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wide_registration_keeps_its_event_small()
    {
        await _project.Log("model", ArtifactKind.Model);
        var columns = Enumerable.Range(0, 3000).Select(i => $"column-{i}").ToList();
        var body = TestProject.Registration() with
        {
            Signature = new ModelSignature([.. columns.Select(name => new Column(name, ColumnType.Fp32))], [new("y", ColumnType.Fp32)]),
            Statistics = new TrainingStatistics(10, [.. columns.Select(name => new ColumnStatistics(name, 10, 0, 1, 1, 0, 2, [.. Enumerable.Range(0, 20).Select(i => i / 7.0)], [.. Enumerable.Repeat(1L, 21)]))]),
        };
        JsonSerializer.SerializeToUtf8Bytes(body, MeshJson.Strict).Length.ShouldBeGreaterThan(1 << 20);
        var made = await TestProject.Read<ModelVersion>(await _project.Post("/models/wide/versions", body), HttpStatusCode.Created);
        (made.Signature.Inputs.Count, made.Statistics!.Columns.Count).ShouldBe((3000, 3000));
        var entry = (await _project.Get<Page<HistoryEntry>>("/models/wide/history")).Items.ShouldHaveSingleItem();
        entry.Data.GetRawText().Length.ShouldBeLessThan(2000);
        (await _project.Get<Page<ModelVersion>>("/models/wide/versions")).Items.ShouldHaveSingleItem().Statistics.ShouldBeNull();
    }

    [Fact]
    public async Task An_alias_is_moved_read_and_deleted()
    {
        await _project.Register("churn", "one");
        await _project.Register("churn", "two");
        var moved = await _project.Put("/models/churn/aliases/champion", new MoveAlias(1));
        (await TestProject.Read<ModelInfo>(moved)).Aliases.ShouldBe(new Dictionary<string, int> { ["champion"] = 1 });
        moved.Headers.ETag!.Tag.ShouldBe("\"3\"");
        var version = await _project.Get<ModelVersion>("/models/churn/versions/@champion");
        (version.Version, string.Join(',', version.Aliases)).ShouldBe((1, "champion"));

        var content = await _project.Get("/models/churn/versions/@champion/content");
        (await content.Content.ReadAsStringAsync()).ShouldBe("one");
        content.Headers.ETag!.Tag.ShouldBe($"\"{version.Digest}\"");
        content.Headers.GetValues("Mesh-Model-Version").ShouldBe(["1"]);
        (await _project.Send(HttpMethod.Head, "/models/churn/versions/2/content")).Content.Headers.ContentLength.ShouldBe(3);

        (await _project.Send(HttpMethod.Delete, "/models/churn/aliases/champion?expected=2")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await _project.Send(HttpMethod.Delete, "/models/churn/aliases/champion?expected=1")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await TestProject.Refused(await _project.Get("/models/churn/versions/@champion"), HttpStatusCode.NotFound, "alias.unknown");
        await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/models/churn/aliases/champion"), HttpStatusCode.NotFound, "alias.unknown");
        (await _project.Get<ModelInfo>("/models/churn")).Aliases.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_many_moves_with_the_same_expectation_exactly_one_wins()
    {
        for (var i = 0; i < 6; i++) await _project.Register("churn", $"{i}");
        await TestProject.Read<ModelInfo>(await _project.Put("/models/churn/aliases/champion", new MoveAlias(1)));
        var answers = await Task.WhenAll(Enumerable.Range(2, 5).Select(version => _project.Put("/models/churn/aliases/champion", new MoveAlias(version, Expected: 1))));

        var winner = answers.Where(answer => answer.StatusCode == HttpStatusCode.OK).ShouldHaveSingleItem();
        foreach (var answer in answers.Where(answer => answer != winner)) await TestProject.Refused(answer, HttpStatusCode.Conflict, "alias.moved");
        var at = (await TestProject.Read<ModelInfo>(winner)).Aliases["champion"];
        (await _project.Get<ModelInfo>("/models/churn")).Aliases["champion"].ShouldBe(at);
        (await _project.Get<Page<HistoryEntry>>("/models/churn/history")).Items.Count(entry => entry.Type == "model.alias-moved").ShouldBe(2);
    }

    [Fact]
    public async Task A_change_to_an_older_version_of_the_model_is_refused()
    {
        await _project.Register("churn");
        var tag = (await _project.Get("/models/churn")).Headers.ETag!.Tag;
        await _project.Register("churn");
        using var stale = new StringContent("""{"version": 1}""", Encoding.UTF8, "application/json");
        await TestProject.Refused(await _project.Send(HttpMethod.Put, "/models/churn/aliases/a", stale, ifMatch: tag), HttpStatusCode.PreconditionFailed, "version.mismatch");
        using var fresh = new StringContent("""{"version": 1}""", Encoding.UTF8, "application/json");
        (await _project.Send(HttpMethod.Put, "/models/churn/aliases/a", fresh, ifMatch: "\"2\"")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/models/churn/aliases/a", ifMatch: "\"2\""), HttpStatusCode.PreconditionFailed, "version.mismatch");
        await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/models/churn/aliases/a", ifMatch: "nonsense"), HttpStatusCode.BadRequest, "if-match.invalid");
    }

    [Fact]
    public async Task A_promotion_is_one_step_told_as_two_events_in_order()
    {
        await _project.Register("churn", "one");
        await _project.Register("churn", "two");
        await TestProject.Read<ModelInfo>(await _project.Post("/models/churn/promote", new PromoteModel(1)));
        var promoted = await _project.Post("/models/churn/promote", new PromoteModel(2, Reason: "better", Expected: 1));
        (await TestProject.Read<ModelInfo>(promoted)).Aliases["champion"].ShouldBe(2);
        await TestProject.Read<ModelInfo>(await _project.Post("/models/churn/promote", new PromoteModel(2, Reason: "better", Expected: 1)));
        await TestProject.Refused(await _project.Post("/models/churn/promote", new PromoteModel(1, Expected: 1)), HttpStatusCode.Conflict, "alias.moved");
        (await _project.Send(HttpMethod.Delete, "/models/churn/aliases/champion")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await host.Host.RelayedAsync("model.alias-moved", e => e.Project == _project.Name && e.DataAs<ModelAliasMoved>().Version == 0);
        var events = host.Host.Events.Where(e => e.Project == _project.Name && e.Subject == "churn").ToList();
        events.Select(e => (e.Type, e.StreamVersion)).ShouldBe([
            ("model.version-registered", 1), ("model.version-registered", 2), ("model.alias-moved", 3), ("model.promoted", 4), ("model.alias-moved", 5),
            ("model.promoted", 6), ("model.alias-moved", 7),
        ]);
        events[4].DataAs<ModelAliasMoved>().ShouldBe(new ModelAliasMoved("churn", "champion", 2, 1));
        events[5].DataAs<ModelPromoted>().ShouldBe(new ModelPromoted("churn", 2, "champion", 1, "better"));
        events[6].DataAs<ModelAliasMoved>().ShouldBe(new ModelAliasMoved("churn", "champion", 0, 2));
    }

    [Theory]
    [InlineData("PUT", "/models/churn/aliases/a", """{"version": 9}""", HttpStatusCode.UnprocessableEntity, "model.version-unknown")]
    [InlineData("PUT", "/models/churn/aliases/a", """{"version": 0}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("PUT", "/models/churn/aliases/a", """{"version": "1"}""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("PUT", "/models/churn/aliases/latest", """{"version": 1}""", HttpStatusCode.UnprocessableEntity, "alias.reserved")]
    [InlineData("PUT", "/models/churn/aliases/A!", """{"version": 1}""", HttpStatusCode.BadRequest, "alias.malformed")]
    [InlineData("PUT", "/models/nobody/aliases/a", """{"version": 1}""", HttpStatusCode.NotFound, "model.unknown")]
    [InlineData("POST", "/models/churn/promote", """{"version": 9}""", HttpStatusCode.UnprocessableEntity, "model.version-unknown")]
    [InlineData("POST", "/models/churn/promote", """{"version": 1, "alias": "A!"}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("POST", "/models/nobody/promote", """{"version": 1}""", HttpStatusCode.NotFound, "model.unknown")]
    [InlineData("GET", "/models/nobody", null, HttpStatusCode.NotFound, "model.unknown")]
    [InlineData("GET", "/models/nobody/versions", null, HttpStatusCode.NotFound, "model.unknown")]
    [InlineData("GET", "/models/nobody/versions/1", null, HttpStatusCode.NotFound, "model.unknown")]
    [InlineData("GET", "/models/nobody/history", null, HttpStatusCode.NotFound, "model.unknown")]
    [InlineData("GET", "/models/churn/versions/2", null, HttpStatusCode.NotFound, "model.version-unknown")]
    [InlineData("GET", "/models/churn/versions/x", null, HttpStatusCode.NotFound, "model.version-unknown")]
    [InlineData("GET", "/models/churn/versions/@x", null, HttpStatusCode.NotFound, "alias.unknown")]
    [InlineData("GET", "/models/churn/versions/@x/content", null, HttpStatusCode.NotFound, "alias.unknown")]
    [InlineData("GET", "/models?cursor=!", null, HttpStatusCode.BadRequest, "cursor.invalid")]
    public async Task What_cannot_be_is_refused(string method, string path, string? json, HttpStatusCode status, string code)
    {
        await _project.Register("churn");
        var content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        await TestProject.Refused(await _project.Send(new HttpMethod(method), path, content), status, code);
        (await _project.Get<ModelInfo>("/models/churn")).StreamVersion.ShouldBe(1);
    }

    [Fact]
    public async Task Models_and_versions_are_listed_in_pages()
    {
        foreach (var model in (string[])["alpha", "beta", "gamma"]) await _project.Register(model);
        await _project.Register("beta", "two");
        var first = await _project.Get<Page<ModelInfo>>("/models?limit=2");
        first.Items.Select(item => (item.Name, item.LatestVersion)).ShouldBe([("alpha", 1), ("beta", 2)]);
        (await _project.Get<Page<ModelInfo>>($"/models?limit=2&cursor={first.Next}")).Items.ShouldHaveSingleItem().Name.ShouldBe("gamma");
        (await _project.Get<Page<ModelInfo>>("/models?prefix=be")).Items.ShouldHaveSingleItem().Name.ShouldBe("beta");

        var versions = await _project.Get<Page<ModelVersion>>("/models/beta/versions?limit=1");
        versions.Items.ShouldHaveSingleItem().Version.ShouldBe(2);
        (await _project.Get<Page<ModelVersion>>($"/models/beta/versions?cursor={versions.Next}")).Items.ShouldHaveSingleItem().Version.ShouldBe(1);
        (await host.NewProject().Get<Page<ModelInfo>>("/models")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Viewers_read_and_write_nothing()
    {
        await _project.Register("churn");
        (await _project.Viewer.GetAsync($"{_project.Root}/models/churn/versions/1/content")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var body = new StringContent("""{"version": 1}""", Encoding.UTF8, "application/json");
        await TestProject.Refused(await _project.Viewer.PostAsync($"{_project.Root}/models/churn/promote", body), HttpStatusCode.Forbidden, "access.role");
        await TestProject.Refused(await _project.Viewer.DeleteAsync($"{_project.Root}/models/churn/aliases/a"), HttpStatusCode.Forbidden, "access.role");
    }
}
