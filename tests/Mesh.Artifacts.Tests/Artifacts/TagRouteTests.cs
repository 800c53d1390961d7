using System.Net;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Artifacts;

public sealed class TagRouteTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_tag_points_to_a_version_and_is_read_wherever_one_is_named()
    {
        await _project.Log("data/a", ArtifactKind.Dataset, "one");
        await _project.Log("data/a", ArtifactKind.Dataset, "two!");
        var response = await _project.Put("/artifacts/data%2Fa/tags/stable", new MoveTag(1));
        var info = await TestProject.Read<ArtifactInfo>(response);
        (info.Tags!["stable"], info.Versions, info.Latest.Version).ShouldBe((1, 2, 2));
        response.Headers.ETag!.Tag.ShouldBe("\"3\"");
        info.StreamVersion.ShouldBe(3);
        (await _project.Get("/artifacts/data%2Fa")).Headers.ETag!.Tag.ShouldBe("\"3\"");

        (await _project.Get<ArtifactVersion>("/artifacts/data%2Fa/versions/@stable")).Version.ShouldBe(1);
        (await _project.Get<ArtifactVersion>("/artifacts/data%2Fa/versions/latest")).Version.ShouldBe(2);
        (await (await _project.Get("/artifacts/data%2Fa/content?version=@stable")).Content.ReadAsStringAsync()).ShouldBe("one");
        (await _project.Get<ArtifactVersion>(Resolve("dataset/data/a#stable"))).Version.ShouldBe(1);
        (await _project.Get<ArtifactVersion>(Resolve("dataset/data/a@2"))).Version.ShouldBe(2);
        (await _project.Get<ArtifactVersion>(Resolve("dataset/data/a"))).Version.ShouldBe(2);
        (await _project.Get<Page<ArtifactInfo>>("/artifacts")).Items.Single().Tags!["stable"].ShouldBe(1);
        await TestProject.Refused(await _project.Get("/artifacts/data%2Fa/versions/@none"), HttpStatusCode.NotFound, "tag.unknown");
        await TestProject.Refused(await _project.Get(Resolve("model/data/a@2")), HttpStatusCode.NotFound, "artifact.version-unknown");
        await TestProject.Refused(await _project.Get(Resolve("cake/data/a@2")), HttpStatusCode.UnprocessableEntity, "uri.no-artifact");
        await TestProject.Refused(await _project.Get("/artifacts/resolve?uri=mesh%3A%2F%2Fother%2Fdataset%2Fa"), HttpStatusCode.UnprocessableEntity, "uri.other-project");
        await TestProject.Refused(await _project.Get("/artifacts/resolve?uri=http%3A%2F%2Fa"), HttpStatusCode.BadRequest, "uri.malformed");
    }

    [Fact]
    public async Task A_move_is_a_compare_and_set()
    {
        for (var i = 0; i < 3; i++) await _project.Log("a");
        await TestProject.Read<ArtifactInfo>(await _project.Put("/artifacts/a/tags/stable", new MoveTag(1, Expected: 0)));
        await TestProject.Refused(await _project.Put("/artifacts/a/tags/stable", new MoveTag(3, Expected: 2)), HttpStatusCode.Conflict, "tag.moved");
        await TestProject.Read<ArtifactInfo>(await _project.Put("/artifacts/a/tags/stable", new MoveTag(2, Expected: 1)));
        await TestProject.Read<ArtifactInfo>(await _project.Put("/artifacts/a/tags/stable", new MoveTag(2, Expected: 1)));
        var stale = await _project.Send(HttpMethod.Put, "/artifacts/a/tags/stable", System.Net.Http.Json.JsonContent.Create(new MoveTag(3)), ifMatch: "\"4\"");
        await TestProject.Refused(stale, HttpStatusCode.PreconditionFailed, "version.mismatch");
        await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/artifacts/a/tags/stable?expected=1"), HttpStatusCode.Conflict, "tag.moved");
        (await _project.Send(HttpMethod.Delete, "/artifacts/a/tags/stable?expected=2")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/artifacts/a/tags/stable"), HttpStatusCode.NotFound, "tag.unknown");

        await host.Host.RelayedAsync("artifact.tag-deleted", e => e.Project == _project.Name);
        host.Host.Events.Where(e => e.Project == _project.Name && e.Type == "artifact.tag-moved").Select(e => e.DataAs<ArtifactTagMoved>())
            .ShouldBe([new ArtifactTagMoved("a", "stable", 1), new ArtifactTagMoved("a", "stable", 2, 1)]);
        var history = await _project.Get<Page<HistoryEntry>>("/artifacts/a/history");
        history.Items.Skip(3).Select(entry => entry.Type).ShouldBe(["artifact.tag-moved", "artifact.tag-moved", "artifact.tag-deleted"]);
    }

    [Fact]
    public async Task Of_many_that_move_at_once_one_wins()
    {
        for (var i = 0; i < 6; i++) await _project.Log("a");
        await _project.Put("/artifacts/a/tags/stable", new MoveTag(1));
        var answers = await Task.WhenAll(Enumerable.Range(2, 5).Select(version => _project.Put("/artifacts/a/tags/stable", new MoveTag(version, Expected: 1))));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict).ShouldBe(4);
    }

    [Theory]
    [InlineData("latest", 1, HttpStatusCode.UnprocessableEntity, "tag.reserved")]
    [InlineData("Not-A-Label", 1, HttpStatusCode.BadRequest, "tag.malformed")]
    [InlineData("stable", 2, HttpStatusCode.UnprocessableEntity, "artifact.version-unknown")]
    [InlineData("stable", 0, HttpStatusCode.BadRequest, "body.invalid")]
    public async Task What_cannot_be_a_tag_is_refused(string tag, int version, HttpStatusCode status, string code)
    {
        await _project.Log("a");
        await TestProject.Refused(await _project.Put($"/artifacts/a/tags/{tag}", new MoveTag(version)), status, code);
        (await _project.Viewer.PutAsync($"{_project.Root}/artifacts/a/tags/stable", System.Net.Http.Json.JsonContent.Create(new MoveTag(1)))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("\u212bngstrom", "artifact.key-not-composed")]
    [InlineData("\u1100\u1161", "artifact.key-not-composed")]
    [InlineData("a\u3164b", "artifact.key-unseen")]
    [InlineData("a\u202eb", "artifact.key-malformed")]
    [InlineData("a\u200bb", "artifact.key-malformed")]
    [InlineData("e\u0301", "artifact.key-malformed")]
    [InlineData("versions", "artifact.key-reserved")]
    [InlineData("resolve", "artifact.key-reserved")]
    public async Task Keys_that_look_like_others_are_refused(string key, string code)
    {
        var answer = await _project.Send(HttpMethod.Put, $"/artifacts/{Uri.EscapeDataString(key)}/content", new ByteArrayContent([1]));
        var problem = System.Text.Json.JsonSerializer.Deserialize<Problem>(await answer.Content.ReadAsStringAsync(), MeshJson.Tolerant)!;
        problem.Code.ShouldBe(code);
        (await _project.Post("/artifacts", new CreateArtifactVersion(key, await _project.PutBlob([1])))).IsSuccessStatusCode.ShouldBeFalse();
        (await _project.Get<Page<ArtifactInfo>>("/artifacts")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_composed_key_is_taken() => (await _project.Log("\u00c5ngström/가")).Version.ShouldBe(1);

    private string Resolve(string rest) => $"/artifacts/resolve?uri={Uri.EscapeDataString($"mesh://{_project.Name}/{rest}")}";
}
