using System.Net;
using System.Text;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Artifacts;

public sealed class RemovalRouteTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_deleted_version_is_gone_and_its_number_is_not_given_again()
    {
        for (var i = 1; i <= 3; i++) await _project.Log("a", content: $"content {i}");
        await Deleted("/artifacts/a/versions/2");
        await TestProject.Refused(await _project.Get("/artifacts/a/versions/2"), HttpStatusCode.NotFound, "artifact.version-unknown");
        await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/artifacts/a/versions/2"), HttpStatusCode.NotFound, "artifact.version-unknown");
        (await _project.Get<Page<ArtifactVersion>>("/artifacts/a/versions")).Items.Select(version => version.Version).ShouldBe([3, 1]);

        await Deleted("/artifacts/a/versions/latest");
        var info = await _project.Get<ArtifactInfo>("/artifacts/a");
        (info.Versions, info.Latest.Version, info.Latest.Digest).ShouldBe((3, 1, Digest("content 1")));
        (await (await _project.Get("/artifacts/a/content")).Content.ReadAsStringAsync()).ShouldBe("content 1");
        (await Roots()).ShouldBe([Digest("content 1")]);

        await Deleted("/artifacts/a/versions/1");
        await TestProject.Refused(await _project.Get("/artifacts/a"), HttpStatusCode.NotFound, "artifact.unknown");
        (await _project.Get<Page<ArtifactInfo>>("/artifacts")).Items.ShouldBeEmpty();
        (await _project.Log("a")).Version.ShouldBe(4);
        (await _project.Get<Page<HistoryEntry>>("/artifacts/a/history")).Items.Select(entry => entry.Type).Count(type => type == "artifact.version-deleted").ShouldBe(3);
    }

    [Fact]
    public async Task What_is_used_is_not_deleted()
    {
        await _project.Register("churn");
        await _project.Log("model", ArtifactKind.Model);
        await _project.Put("/artifacts/model/tags/best", new MoveTag(1));
        var used = await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/artifacts/model/versions/1"), HttpStatusCode.Conflict, "artifact.in-use");
        used.Detail!.ShouldContain("the tag best");
        used.Detail!.ShouldContain("version 1 of the model churn");
        (await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/artifacts/model"), HttpStatusCode.Conflict, "artifact.in-use")).Detail!.ShouldContain("churn");
        await Deleted("/artifacts/model/versions/2");
        (await _project.Get<ArtifactInfo>("/artifacts/model")).Latest.Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_whole_artifact_is_deleted_with_its_tags()
    {
        await _project.Log("a", content: "one");
        await _project.Log("a", content: "two");
        await _project.Log("b", content: "stays");
        await _project.Put("/artifacts/a/tags/best", new MoveTag(1));
        await Deleted("/artifacts/a");
        await TestProject.Refused(await _project.Get("/artifacts/a/versions/@best"), HttpStatusCode.NotFound, "artifact.unknown");
        await TestProject.Refused(await _project.Get("/artifacts/a/versions"), HttpStatusCode.NotFound, "artifact.unknown");
        (await Roots()).ShouldBe([Digest("stays")]);
        await host.Host.RelayedAsync("artifact.deleted", e => e.Project == _project.Name);
        (await _project.Log("a")).Version.ShouldBe(3);
        await TestProject.Refused(await _project.Get("/artifacts/a/versions/@best"), HttpStatusCode.NotFound, "tag.unknown");
        await TestProject.Refused(await _project.Get("/artifacts/a/versions/1"), HttpStatusCode.NotFound, "artifact.version-unknown");
    }

    [Fact]
    public async Task Deleted_without_their_data_bytes_stay_pinned()
    {
        await _project.Log("a", content: "pinned one");
        await _project.Log("a", content: "pinned two");
        await Deleted("/artifacts/a/versions/2?strategy=metadata-only");
        (await Roots()).ShouldBe([Digest("pinned one"), Digest("pinned two")], ignoreOrder: true);
        await Deleted("/artifacts/a?strategy=metadata-only");
        (await Roots()).Count.ShouldBe(2);
        await TestProject.Refused(await _project.Get("/artifacts/a"), HttpStatusCode.NotFound, "artifact.unknown");
        await TestProject.Refused(await _project.Send(HttpMethod.Delete, "/artifacts/a?strategy=shred"), HttpStatusCode.BadRequest, "deletion.strategy-unknown");
    }

    [Fact]
    public async Task What_is_temporary_goes_when_its_time_is_over()
    {
        var digest = await _project.PutBlob("short-lived"u8.ToArray());
        var soon = DateTimeOffset.UtcNow.AddSeconds(2);
        var body = new CreateArtifactVersion("a", digest, Retention: new(RetentionClass.Temporary, soon));
        var made = await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body), HttpStatusCode.Created);
        made.ExpiresAt.ShouldBe(soon);
        await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body), HttpStatusCode.Created);
        await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body), HttpStatusCode.Created);
        await _project.Put("/artifacts/a/tags/stays", new MoveTag(2));
        var kept = await TestProject.Read<ArtifactVersion>(await _project.Put("/artifacts/a/versions/3/retention", new VersionRetention(RetentionClass.Keep)));
        kept.ExpiresAt.ShouldBeNull();
        (await _project.Get<ArtifactInfo>("/artifacts/a")).Latest.ExpiresAt.ShouldBeNull();

        var sweep = host.Host.Service<ExpirySweep>();
        await Eventually.Holds(async () =>
        {
            await sweep.RunOnceAsync(CancellationToken.None);
            return (await _project.Get("/artifacts/a/versions/1")).StatusCode == HttpStatusCode.NotFound;
        });
        (await _project.Get<Page<ArtifactVersion>>("/artifacts/a/versions")).Items.Select(version => version.Version).ShouldBe([3, 2]);
    }

    [Theory]
    [InlineData("""{"class":"temporary"}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("""{"class":"keep","days":3}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("""{"class":"temporary","days":0}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("""{"class":"temporary","days":3,"expiresAt":"2090-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("""{"class":"temporary","expiresAt":"2020-01-01T00:00:00Z"}""", HttpStatusCode.UnprocessableEntity, "retention.expired")]
    public async Task Retention_out_of_form_is_refused(string json, HttpStatusCode status, string code)
    {
        await _project.Log("a");
        var content = new StringContent(json, Encoding.UTF8, "application/json");
        await TestProject.Refused(await _project.Send(HttpMethod.Put, "/artifacts/a/versions/1/retention", content), status, code);
    }

    [Fact]
    public async Task Deletions_at_once_leave_what_is_right()
    {
        for (var i = 1; i <= 6; i++) await _project.Log("a", content: $"{i}");
        var answers = await Task.WhenAll(new[] { 6, 5, 4, 3, 6, 5 }.Select(version => _project.Send(HttpMethod.Delete, $"/artifacts/a/versions/{version}")));
        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.NoContent || answer.StatusCode == HttpStatusCode.NotFound || answer.StatusCode == HttpStatusCode.Conflict);
        var left = (await _project.Get<Page<ArtifactVersion>>("/artifacts/a/versions")).Items.Select(version => version.Version).ToList();
        left.ShouldContain(1);
        (await _project.Get<ArtifactInfo>("/artifacts/a")).Latest.Version.ShouldBe(left.Max());
    }

    [Fact]
    public async Task Versions_of_all_keys_are_found_newest_first()
    {
        var run = Guid.CreateVersion7();
        await _project.Log("data/train", ArtifactKind.Dataset, labels: new() { ["team"] = "red", ["x"] = "1" });
        await _project.Log("plots/Loss", ArtifactKind.Plot, runId: run);
        var middle = await _project.Log("data/train", ArtifactKind.Dataset, labels: new() { ["team"] = "blue" });
        await _project.Log("data/test", ArtifactKind.Dataset, runId: run);
        await _project.Put("/artifacts/data%2Ftrain/tags/best", new MoveTag(1));

        var first = await _project.Get<Page<ArtifactVersion>>("/artifacts/versions?limit=3");
        Names(first).ShouldBe(["data/test@1", "data/train@2", "plots/Loss@1"]);
        Names(await _project.Get<Page<ArtifactVersion>>($"/artifacts/versions?limit=3&cursor={first.Next}")).ShouldBe(["data/train@1"]);
        (await Find("kind=plot")).ShouldBe(["plots/Loss@1"]);
        (await Find($"runId={run}&kind=dataset")).ShouldBe(["data/test@1"]);
        (await Find("label=team%3Dred")).ShouldBe(["data/train@1"]);
        (await Find("label=team%3Dred&label=x%3D2")).ShouldBeEmpty();
        (await Find("prefix=data%2Ft")).Count.ShouldBe(3);
        (await Find("text=LOSS")).ShouldBe(["plots/Loss@1"]);
        (await Find("text=%25")).ShouldBeEmpty();
        (await Find("tag=best")).ShouldBe(["data/train@1"]);
        (await Find("by=ada")).Count.ShouldBe(4);
        (await Find("by=eve")).ShouldBeEmpty();
        (await Find($"since={Uri.EscapeDataString(middle.CreatedAt.ToString("O"))}")).ShouldBe(["data/test@1", "data/train@2"]);
        (await Find($"until={Uri.EscapeDataString(middle.CreatedAt.ToString("O"))}")).ShouldBe(["plots/Loss@1", "data/train@1"]);
        foreach (var bad in (string[])["kind=cake", "since=x", "label=x", "cursor=AAAA", "colour=red"])
            (await _project.Get($"/artifacts/versions?{bad}")).StatusCode.ShouldBe(HttpStatusCode.BadRequest, bad);

        async Task<List<string>> Find(string query) => Names(await _project.Get<Page<ArtifactVersion>>($"/artifacts/versions?{query}"));
        static List<string> Names(Page<ArtifactVersion> page) => [.. page.Items.Select(version => $"{version.Key}@{version.Version}")];
    }

    private async Task Deleted(string path)
    {
        var response = await _project.Send(HttpMethod.Delete, path);
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent, await response.Content.ReadAsStringAsync());
    }

    private static string Digest(string content) => TestProject.DigestOf(Encoding.UTF8.GetBytes(content));

    private Task<IReadOnlyList<string>> Roots() => host.RootsOfAsync(_project.Name);
}
