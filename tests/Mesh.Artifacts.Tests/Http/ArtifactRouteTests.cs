using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Http;

public sealed class ArtifactRouteTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_version_is_made_from_a_blob_and_read_back()
    {
        var digest = await _project.PutBlob("a,b\n1,2\n"u8.ToArray());
        var run = Guid.CreateVersion7();
        var metadata = JsonDocument.Parse("""{"rows": 1.50, "text": "\u0000 ü", "nested": [{"a": null}]}""").RootElement;
        var response = await _project.Post("/artifacts", new CreateArtifactVersion(
            "data/train.csv", digest, ArtifactKind.Dataset, "text/csv", "train.csv", run, new() { ["team"] = "red" }, metadata));

        var created = await TestProject.Read<ArtifactVersion>(response, HttpStatusCode.Created);
        (created.Key, created.Version, created.Kind, created.Digest, created.Size).ShouldBe(("data/train.csv", 1, ArtifactKind.Dataset, digest, 8));
        (created.ContentType, created.FileName, created.RunId, created.CreatedBy).ShouldBe(("text/csv", "train.csv", run, "ada"));
        created.Labels.ShouldBe(new Dictionary<string, string> { ["team"] = "red" });
        created.Metadata!.Value.GetRawText().ShouldBe("""{"rows":1.50,"text":"\u0000 ü","nested":[{"a":null}]}""");
        response.Headers.Location!.ToString().ShouldBe($"{_project.Root}/artifacts/data%2Ftrain.csv/versions/1");

        var read = await TestProject.Read<ArtifactVersion>(await _project.Viewer.GetAsync(response.Headers.Location));
        JsonSerializer.Serialize(read).ShouldBe(JsonSerializer.Serialize(created));
        var info = await _project.Get<ArtifactInfo>("/artifacts/data%2Ftrain.csv");
        (info.Kind, info.Versions, info.Latest.Metadata!.Value.GetRawText()).ShouldBe((ArtifactKind.Dataset, 1, created.Metadata.Value.GetRawText()));
    }

    [Fact]
    public async Task The_same_content_again_is_the_next_version()
    {
        (await _project.Log("a")).Version.ShouldBe(1);
        (await _project.Log("a")).Version.ShouldBe(2);
        (await _project.Get<ArtifactInfo>("/artifacts/a")).Versions.ShouldBe(2);
    }

    [Fact]
    public async Task The_same_idempotency_key_makes_one_version()
    {
        var body = new CreateArtifactVersion("a", await _project.PutBlob([1]), Metadata: JsonDocument.Parse("{}").RootElement);
        var first = await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body, "key-1"), HttpStatusCode.Created);
        await _project.Log("a");
        var again = await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body, "key-1"), HttpStatusCode.Created);
        JsonSerializer.Serialize(again).ShouldBe(JsonSerializer.Serialize(first));
        (await _project.Get<ArtifactInfo>("/artifacts/a")).Versions.ShouldBe(2);

        await TestProject.Refused(await _project.Post("/artifacts", body with { Key = "b" }, "key-1"), HttpStatusCode.Conflict, "idempotency-key.reused");
        (await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body, "key-2"), HttpStatusCode.Created)).Version.ShouldBe(3);
    }

    [Fact]
    public async Task The_same_request_many_times_at_once_makes_one_version()
    {
        var body = new CreateArtifactVersion("a", await _project.PutBlob([1]));
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
            (await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body, "same"), HttpStatusCode.Created)).Version));
        versions.ShouldAllBe(version => version == 1);
        (await _project.Get<ArtifactInfo>("/artifacts/a")).Versions.ShouldBe(1);
    }

    [Fact]
    public async Task Versions_made_at_once_are_numbered_without_gaps()
    {
        var body = new CreateArtifactVersion("a", await _project.PutBlob([1]));
        var versions = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
            (await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body), HttpStatusCode.Created)).Version));
        versions.Order().ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task Upload_and_version_in_one_request()
    {
        var run = Guid.CreateVersion7();
        using var content = new StringContent("<b>hi</b>", Encoding.UTF8, "text/html");
        var digest = TestProject.DigestOf("<b>hi</b>"u8.ToArray());
        var response = await _project.Send(
            HttpMethod.Put, $"/artifacts/reports%2Fone.html/content?kind=document&runId={run}&fileName=one.html&label=team%3Dred&label=x%3D1&digest={digest}", content);
        var version = await TestProject.Read<ArtifactVersion>(response, HttpStatusCode.Created);
        (version.Key, version.Kind, version.RunId, version.FileName, version.Digest).ShouldBe(("reports/one.html", ArtifactKind.Document, run, "one.html", digest));
        version.ContentType.ShouldBe("text/html; charset=utf-8");
        version.Labels.Count.ShouldBe(2);

        var second = await _project.Send(HttpMethod.Put, "/artifacts/reports%2Fone.html/content", new ByteArrayContent([1]));
        (await TestProject.Read<ArtifactVersion>(second, HttpStatusCode.Created)).Kind.ShouldBe(ArtifactKind.Document);

        var old = await _project.Get("/artifacts/reports%2Fone.html/content?version=1");
        (await old.Content.ReadAsStringAsync()).ShouldBe("<b>hi</b>");
        old.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        old.Content.Headers.ContentDisposition!.ToString().ShouldStartWith("attachment; filename=one.html");
        old.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        old.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("sandbox");
        (await (await _project.Get("/artifacts/reports%2Fone.html/content")).Content.ReadAsByteArrayAsync()).ShouldBe([1]);
        (await _project.Send(HttpMethod.Head, "/artifacts/reports%2Fone.html/content")).Content.Headers.ContentLength.ShouldBe(1);
    }

    [Fact]
    public async Task An_upload_with_an_idempotency_key_makes_one_version()
    {
        const string path = "/artifacts/a/content?kind=plot";
        (await TestProject.Read<ArtifactVersion>(await _project.Send(HttpMethod.Put, path, new ByteArrayContent([1]), "k"), HttpStatusCode.Created)).Version.ShouldBe(1);
        (await TestProject.Read<ArtifactVersion>(await _project.Send(HttpMethod.Put, path, new ByteArrayContent([1]), "k"), HttpStatusCode.Created)).Version.ShouldBe(1);
        await TestProject.Refused(await _project.Send(HttpMethod.Put, path, new ByteArrayContent([2]), "k"), HttpStatusCode.Conflict, "idempotency-key.reused");
    }

    [Theory]
    [InlineData("%2Fa", "", "application/octet-stream", HttpStatusCode.BadRequest, "artifact.key-malformed")]
    [InlineData("a%2F..%2Fb", "", "application/octet-stream", HttpStatusCode.BadRequest, "artifact.key-malformed")]
    [InlineData("a", "?kind=cake", "application/octet-stream", HttpStatusCode.BadRequest, "artifact.kind-unknown")]
    [InlineData("a", "?runId=7", "application/octet-stream", HttpStatusCode.BadRequest, "request.malformed")]
    [InlineData("a", "?label=x", "application/octet-stream", HttpStatusCode.BadRequest, "label.invalid")]
    [InlineData("a", "?digest=x", "application/octet-stream", HttpStatusCode.BadRequest, "blob.digest-malformed")]
    [InlineData("a", "?fileName=x%2Fy", "application/octet-stream", HttpStatusCode.UnprocessableEntity, "artifact.file-name-invalid")]
    [InlineData("a", "", "nonsense", HttpStatusCode.UnprocessableEntity, "artifact.content-type-invalid")]
    [InlineData("a", "?digest=0000000000000000000000000000000000000000000000000000000000000000", "application/octet-stream", HttpStatusCode.UnprocessableEntity, "blob.hash-mismatch")]
    public async Task Uploads_out_of_form_are_refused_and_change_nothing(string key, string query, string contentType, HttpStatusCode status, string code)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(key + query));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        await TestProject.Refused(await _project.Send(HttpMethod.Put, $"/artifacts/{key}/content{query}", content), status, code);
        (await _project.Get<Page<ArtifactInfo>>("/artifacts")).Items.ShouldBeEmpty();
        (await _project.Send(HttpMethod.Head, $"/blobs/{TestProject.DigestOf(Encoding.UTF8.GetBytes(key + query))}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"key": "a"}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("""{"key": "a", "digest": "x", "more": 1}""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("""{"key": "a", "digest": 7}""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("""{"key": "a",""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("""{"key": "/a", "digest": "x"}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("""{"key": "a", "digest": "DIGEST", "kind": "cake"}""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("""{"key": "a", "digest": "DIGEST", "kind": "plot,document"}""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("""{"key": "a", "digest": "DIGEST", "kind": 3}""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("""{"key": "a", "digest": "DIGEST", "contentType": "x"}""", HttpStatusCode.UnprocessableEntity, "artifact.content-type-invalid")]
    [InlineData("""{"key": "a", "digest": "DIGEST", "fileName": "a/b"}""", HttpStatusCode.UnprocessableEntity, "artifact.file-name-invalid")]
    [InlineData("""{"key": "a", "digest": "DIGEST", "labels": {"x": "a\u0000b"}}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("""{"key": "a", "digest": "0000000000000000000000000000000000000000000000000000000000000000"}""", HttpStatusCode.UnprocessableEntity, "blob.unknown")]
    public async Task Bodies_out_of_form_are_refused(string json, HttpStatusCode status, string code)
    {
        var digest = await _project.PutBlob([1]);
        var response = await _project.Send(HttpMethod.Post, "/artifacts", new StringContent(json.Replace("DIGEST", digest, StringComparison.Ordinal), Encoding.UTF8, "application/json"));
        await TestProject.Refused(response, status, code);
        (await _project.Get<Page<ArtifactInfo>>("/artifacts")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        await _project.Log("a");
        await TestProject.Refused(await _project.Get("/artifacts/b"), HttpStatusCode.NotFound, "artifact.unknown");
        await TestProject.Refused(await _project.Get("/artifacts/b/versions"), HttpStatusCode.NotFound, "artifact.unknown");
        await TestProject.Refused(await _project.Get("/artifacts/b/history"), HttpStatusCode.NotFound, "artifact.unknown");
        await TestProject.Refused(await _project.Get("/artifacts/b/content"), HttpStatusCode.NotFound, "artifact.unknown");
        await TestProject.Refused(await _project.Get("/artifacts/a/content?version=2"), HttpStatusCode.NotFound, "artifact.version-unknown");
        await TestProject.Refused(await _project.Get("/artifacts/a/versions/2"), HttpStatusCode.NotFound, "artifact.version-unknown");
        await TestProject.Refused(await _project.Get("/artifacts/a/versions/x"), HttpStatusCode.BadRequest, "request.malformed");
        await TestProject.Refused(await host.NewProject().Get("/artifacts/a"), HttpStatusCode.NotFound, "artifact.unknown");
    }

    [Fact]
    public async Task Lists_are_filtered()
    {
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await _project.Log("a_1", ArtifactKind.Dataset, runId: one, labels: new() { ["team"] = "red", ["x"] = "1" });
        await _project.Log("aX1", ArtifactKind.Dataset, runId: two, labels: new() { ["team"] = "blue" });
        await _project.Log("b", ArtifactKind.Plot, "first", one);
        await _project.Log("b", ArtifactKind.Plot, "second", one);
        await _project.Log("b", ArtifactKind.Plot, "third", two, labels: new() { ["team"] = "red" });

        (await Keys("")).ShouldBe(["a_1", "aX1", "b"], ignoreOrder: true);
        (await Keys("?kind=dataset")).ShouldBe(["a_1", "aX1"], ignoreOrder: true);
        (await Keys("?prefix=a_")).ShouldBe(["a_1"]);
        (await Keys("?prefix=%25")).ShouldBeEmpty();
        (await Keys("?text=x1")).ShouldBe(["aX1"]);
        (await Keys("?text=_")).ShouldBe(["a_1"]);
        (await Keys($"?runId={one}&text=B")).ShouldBe(["b"]);
        (await Keys("?label=team%3Dred")).ShouldBe(["a_1", "b"], ignoreOrder: true);
        (await Keys("?label=team%3Dred&label=x%3D1")).ShouldBe(["a_1"]);
        (await Keys($"?runId={one}")).ShouldBe(["a_1", "b"], ignoreOrder: true);
        (await Keys($"?runId={one}&kind=plot")).ShouldBe(["b"]);
        (await Keys($"?runId={two}&label=team%3Dred&prefix=b")).ShouldBe(["b"]);
        (await Keys($"?runId={Guid.CreateVersion7()}")).ShouldBeEmpty();
        var ofOne = (await _project.Get<Page<ArtifactInfo>>($"/artifacts?runId={one}&prefix=b")).Items.ShouldHaveSingleItem();
        (ofOne.Versions, ofOne.Latest.Version).ShouldBe((3, 2));

        await TestProject.Refused(await _project.Get("/artifacts?kind=cake"), HttpStatusCode.BadRequest, "artifact.kind-unknown");
        await TestProject.Refused(await _project.Get("/artifacts?label=x"), HttpStatusCode.BadRequest, "label.invalid");
        await TestProject.Refused(await _project.Get("/artifacts?cursor=bm9uc2Vuc2U"), HttpStatusCode.BadRequest, "cursor.invalid");
        await TestProject.Refused(await _project.Get("/artifacts?text=%00"), HttpStatusCode.BadRequest, "text.null-character");
        await TestProject.Refused(await _project.Get("/artifacts?prefix=%00"), HttpStatusCode.BadRequest, "text.null-character");
        await TestProject.Refused(await _project.Get("/artifacts?limit=0"), HttpStatusCode.BadRequest, "limit.invalid");

        async Task<IEnumerable<string>> Keys(string query) => (await _project.Get<Page<ArtifactInfo>>("/artifacts" + query)).Items.Select(item => item.Key);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lists_are_paged_without_gaps_or_repeats(bool ofRun)
    {
        var run = Guid.CreateVersion7();
        for (var i = 0; i < 5; i++)
        {
            for (var version = 0; version <= i; version++) await _project.Log($"key-{i}", runId: run);
        }

        var (seen, path) = (new List<string>(), $"/artifacts?limit=2{(ofRun ? $"&runId={run}" : "")}");
        for (var next = ""; next is not null;)
        {
            var page = await _project.Get<Page<ArtifactInfo>>(path + (next.Length > 0 ? $"&cursor={next}" : ""));
            page.Items.Count.ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(page.Items.Select(item => $"{item.Key}@{item.Latest.Version}"));
            next = page.Next;
        }

        seen.ShouldBe(["key-0@1", "key-1@2", "key-2@3", "key-3@4", "key-4@5"]);
    }

    [Fact]
    public async Task Versions_are_listed_newest_first_and_history_oldest_first()
    {
        for (var i = 0; i < 3; i++) await _project.Log("a", content: $"{i}");
        var page = await _project.Get<Page<ArtifactVersion>>("/artifacts/a/versions?limit=2");
        page.Items.Select(item => item.Version).ShouldBe([3, 2]);
        (await _project.Get<Page<ArtifactVersion>>($"/artifacts/a/versions?limit=2&cursor={page.Next}")).Items.Select(item => item.Version).ShouldBe([1]);

        var history = await _project.Get<Page<HistoryEntry>>("/artifacts/a/history?limit=2");
        history.Items.Select(entry => (entry.Version, entry.Type, entry.Actor)).ShouldBe([(1, "artifact.version-logged", "ada"), (2, "artifact.version-logged", "ada")]);
        history.Items[1].Data.GetProperty("version").GetInt32().ShouldBe(2);
        (await _project.Get<Page<HistoryEntry>>($"/artifacts/a/history?cursor={history.Next}")).Items.ShouldHaveSingleItem().Version.ShouldBe(3);
    }

    [Fact]
    public async Task What_happened_is_told_to_the_others()
    {
        var run = Guid.CreateVersion7();
        var version = await _project.Log("told", ArtifactKind.Plot, runId: run);
        await host.Host.RelayedAsync("artifact.logged", e => e.Project == _project.Name);
        var e = host.Host.Events.Single(e => e.Project == _project.Name);
        (e.Subject, e.StreamVersion, e.Actor, e.Source).ShouldBe(("told", 1, "ada", "/mesh/artifacts"));
        e.DataAs<ArtifactLogged>().ShouldBe(new ArtifactLogged("told", 1, ArtifactKind.Plot, version.Digest, version.Size, run));
    }

    [Fact]
    public async Task Viewers_write_nothing()
    {
        using var content = new ByteArrayContent([1]) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain") } };
        await TestProject.Refused(await _project.Viewer.PutAsync($"{_project.Root}/artifacts/a/content", content), HttpStatusCode.Forbidden, "access.role");
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");
        await TestProject.Refused(await _project.Viewer.PostAsync($"{_project.Root}/artifacts", body), HttpStatusCode.Forbidden, "access.role");
    }
}
