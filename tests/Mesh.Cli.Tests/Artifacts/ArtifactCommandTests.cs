using System.Text.Json.Nodes;
using Mesh.Cli.Tests.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Tests.Artifacts;

public sealed class ArtifactCommandTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private static ArtifactVersion Version(ArtifactKind kind = ArtifactKind.File) => new(
        "data/a", 3, kind, new string('a', 64), 5, "text/plain", "a.txt", null, new Dictionary<string, string>(), null, "ada", Noon);

    [Fact]
    public async Task A_tag_is_moved_and_removed()
    {
        await using var mesh = (await StubMesh.StartAsync())
            .On("PUT artifacts/data/a/tags/best", new ArtifactInfo("data/a", ArtifactKind.File, 3, Version(), new Dictionary<string, int> { ["best"] = 3 }))
            .On("DELETE artifacts/data/a/tags/best?expected=3", new { });
        (await mesh.RunAsync("artifacts", "tag", "data/a", "best", "3", "--expected", "0")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(0, r.Error), r => r.Output.ShouldContain("is version 3 now"));
        mesh.Requests.First().Body.ShouldBe("""{"version":3,"expected":0}""");
        (await mesh.RunAsync("artifacts", "untag", "data/a", "best", "--expected", "3")).Code.ShouldBe(0);
    }

    [Theory]
    [InlineData("--quota 1.5", """{"quotaBytes":1572864}""")]
    [InlineData("--no-quota", "{}")]
    [InlineData("--store fast --prefix team/red", """{"quotaBytes":7,"store":"fast","prefix":"team/red"}""")]
    public async Task What_is_not_said_of_the_storage_stays(string options, string sent)
    {
        var storage = new ProjectStorageInfo(3, 5, 0, 7, IsOwnQuota: true);
        await using var mesh = (await StubMesh.StartAsync()).On("GET storage", storage).On("PUT storage", storage with { Store = "fast", Prefix = "team/red" });
        var (code, output, error) = await mesh.RunAsync(["artifacts", "storage", .. options.Split(' ')]);
        code.ShouldBe(0, error);
        output.ShouldContain("fast, team/red");
        JsonNode.DeepEquals(Sent(mesh.Requests.Last().Body), Sent(sent)).ShouldBeTrue(mesh.Requests.Last().Body);

        // What is absent and what is null are the same.
        static JsonObject Sent(string body) => new(JsonNode.Parse(body)!.AsObject().Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
    }

    [Theory]
    [InlineData("--quota 1 --no-quota", "opposite")]
    [InlineData("--quota -1", "--quota must be")]
    [InlineData("--prefix a", "goes with --store")]
    public async Task What_cannot_be_set_of_the_storage_sets_nothing(string options, string said)
    {
        await using var mesh = (await StubMesh.StartAsync()).On("GET storage", new ProjectStorageInfo(0, 0, 0, null, false));
        var (code, _, error) = await mesh.RunAsync(["artifacts", "storage", .. options.Split(' ')]);
        (code, mesh.Requests.Any(request => request.Body.Length > 0)).ShouldBe((2, false));
        error.ShouldContain(said);
    }

    [Fact]
    public async Task A_search_asks_for_what_it_is_told()
    {
        await using var mesh = (await StubMesh.StartAsync()).On("GET artifacts/versions?kind=dataset&text=a&tag=best&label=team=red", new Page<ArtifactVersion>([Version()]));
        var (code, output, error) = await mesh.RunAsync("artifacts", "search", "--kind", "dataset", "--text", "a", "--tag", "best", "--label", "team=red");
        code.ShouldBe(0, error);
        output.ShouldContain("data/a");
    }

    [Fact]
    public async Task What_is_elsewhere_is_logged_by_its_address_and_imported()
    {
        var elsewhere = Version() with { Source = new ArtifactSource("s3://bucket/rows%20of/a b.csv", "1", null, IsChecked: false) };
        await using var mesh = (await StubMesh.StartAsync())
            .On("POST artifacts", elsewhere)
            .On("POST artifacts/data/a/versions/latest/import", elsewhere with { Source = elsewhere.Source! with { ImportedAt = Noon } });
        var (code, output, error) = await mesh.RunAsync("artifacts", "refer", "data/a", "s3://bucket/rows%20of/a b.csv", "--kind", "dataset", "--size", "5", "-l", "team=red");
        code.ShouldBe(0, error);
        output.ShouldContain("s3://bucket/rows%20of/a b.csv");
        var body = mesh.Requests.First().Body;
        foreach (var part in new[] { "\"source\":\"s3://bucket/rows%20of/a b.csv\"", "\"fileName\":\"a b.csv\"", "\"contentType\":\"text/csv\"", "\"size\":5", "\"kind\":\"dataset\"" }) body.ShouldContain(part);
        (await mesh.RunAsync("artifacts", "import", "data/a")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(0, r.Error), r => r.Output.ShouldContain("is copied"));
    }

    [Fact]
    public async Task What_a_terminal_would_obey_is_not_printed()
    {
        await using var mesh = (await StubMesh.StartAsync()).On(
            "GET artifacts/a/versions/@best/preview", new ArtifactPreview(PreviewKind.Text, "a", 1, "text/plain", 9, IsCut: true, Text: "red \u001b[31m\nnext"));
        var (code, output, error) = await mesh.RunAsync("artifacts", "preview", "a", "--version", "best");
        code.ShouldBe(0, error);
        output.ShouldContain("red \ufffd[31m");
        output.ShouldNotContain('\u001b');
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/tmp/evil")]
    [InlineData("a//evil")]
    [InlineData("a\\evil")]
    public async Task A_directory_is_written_into_a_folder_and_nothing_outside_it(string path)
    {
        await using var mesh = (await StubMesh.StartAsync())
            .On("GET artifacts/d/versions/latest", Version(ArtifactKind.Directory) with { Key = "d" })
            .On("GET artifacts/d/versions/3", Version(ArtifactKind.Directory) with { Key = "d" })
            .On("GET artifacts/d/versions/3/files?limit=1000", new Page<DirectoryFile>([new(path, new string('b', 64), 1)]));
        var folder = Directory.CreateTempSubdirectory("mesh-get-").FullName;
        try
        {
            var (code, _, error) = await mesh.RunAsync("artifacts", "get", "d", Path.Combine(folder, "out"));
            code.ShouldBe(1);
            error.ShouldContain("no path to write to");
            Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_folder_is_no_data_set_and_a_file_no_directory()
    {
        await using var mesh = await StubMesh.StartAsync();
        var folder = Directory.CreateTempSubdirectory("mesh-put-").FullName;
        try
        {
            (await mesh.RunAsync("artifacts", "put", "a", folder, "--kind", "dataset")).Code.ShouldBe(2);
            await File.WriteAllTextAsync(Path.Combine(folder, "a"), "a");
            (await mesh.RunAsync("artifacts", "put", "a", Path.Combine(folder, "a"), "--kind", "directory")).Code.ShouldBe(2);
            (await mesh.RunAsync("artifacts", "put", "a", Path.Combine(folder, "none"))).Code.ShouldBe(2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        mesh.Requests.ShouldBeEmpty();
    }
}
