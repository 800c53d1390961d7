using System.Text.Json;
using Mesh.Cli.Tests.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Tests.Artifacts;

/// <summary>What the commands for data sets print, against <c>Golden/</c>, and what they ask for.</summary>
public sealed class DatasetCommandTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private static readonly ArtifactVersion Version = new(
        "wine", 2, ArtifactKind.Dataset, new string('a', 64), 11_288, "text/csv", "wine.csv", null, new Dictionary<string, string> { ["team"] = "red" }, null, "ada", Noon);

    private static readonly DatasetColumn Alcohol = new("alcohol", "DOUBLE", DatasetColumnKind.Number, false);
    private static readonly DatasetColumn Name = new("name", "VARCHAR", DatasetColumnKind.Text, true);

    private static DatasetColumnStatistics Numbers(double mean) => new(
        "alcohol", 178, 0, 126, "11.03", "14.83", new NumberStatistics(0, 11.03, 14.83, mean, 0.8118, [new(0.5, 13.05)], new DatasetHistogram([11, 12, 13, 14, 15], [10, 40, 80, 48])));

    private static DatasetColumnStatistics Words => new("name", 170, 8, 3, "a", "b\nc", Frequent: [new("barolo", 100), new("grignolino", 60), new("barbera", 10)]);

    private static DatasetVersion Ready => new(Version, DatasetState.Ready, DatasetFormat.Csv, new DatasetProfile(178, [Alcohol, Name], [Numbers(13), Words], Noon));

    [Fact]
    public async Task Data_sets_are_listed_and_shown()
    {
        await using var mesh = (await StubMesh.StartAsync())
            .On("GET datasets", new Page<DatasetInfo>([new("wine", 2, Version, DatasetState.Ready, DatasetFormat.Csv, 12_345, 14), new("new", 1, Version with { Key = "new", Version = 1 }, DatasetState.New, null)]))
            .On("GET datasets/wine/versions/latest", Ready)
            .On("GET datasets/wine/versions/1", new DatasetVersion(Version, DatasetState.Unreadable, DatasetFormat.Csv, Fault: new DatasetFault("dataset.unreadable", "CSV Error on Line: 3.", 3)));
        await Golden.PrintsAsync(mesh, "datasets-list", 0, "datasets", "list");
        await Golden.PrintsAsync(mesh, "datasets-show", 0, "datasets", "show", "wine");
        await Golden.PrintsAsync(mesh, "datasets-show-unreadable", 1, "datasets", "show", "wine", "--version", "1");
        var (code, output, _) = await mesh.RunAsync("datasets", "show", "wine", "--json");
        code.ShouldBe(0);
        JsonSerializer.Deserialize<DatasetVersion>(output, MeshJson.Tolerant)!.Profile!.Rows.ShouldBe(178);
    }

    [Fact]
    public async Task Rows_are_printed_as_a_table()
    {
        var rows = new DatasetRows([Alcohol, Name], [Json("[13.5,\"a [red] one\"]"), Json("[\"9007199254740993\",null]"), Json("[1,\"two\\nlines\"]")], "more");
        await using var mesh = (await StubMesh.StartAsync())
            .On("GET datasets/wine/versions/latest/rows?columns=alcohol,name&filter=alcohol > 1&limit=3", rows)
            .On("GET datasets/wine/versions/2/sample?rows=2&seed=1", new DatasetSample(rows.Columns, rows.Items));
        var (code, output, error) = await mesh.RunAsync("datasets", "preview", "wine", "-c", "alcohol", "-c", "name", "--filter", "alcohol > 1", "-n", "3");
        code.ShouldBe(0, error);
        error.ShouldContain("more rows");
        await Golden.PrintsAsync(mesh, "datasets-preview", 0, "datasets", "preview", "wine", "--sample", "-n", "2", "--version", "2");
        output.ShouldContain("a [red] one");
        (await mesh.RunAsync("datasets", "preview", "wine", "--sample", "--filter", "a > 1")).Code.ShouldBe(2);
    }

    [Fact]
    public async Task Versions_are_compared()
    {
        var diff = new DatasetDiff(
            "wine", 2, 1, false, 178, 180, [Name], [new("hue", "DOUBLE", DatasetColumnKind.Number, false)], [new("ash", "BIGINT", "DOUBLE")],
            [new("alcohol", Numbers(13), Numbers(14), 0.3456, 1.2318), new("name", Words, Words with { Missing = 10 }, 0)]);
        await using var mesh = (await StubMesh.StartAsync()).On("GET datasets/wine/versions/2/diff?against=1", diff);
        await Golden.PrintsAsync(mesh, "datasets-diff", 0, "datasets", "diff", "wine", "--version", "2", "--against", "1");
    }

    [Fact]
    public async Task A_file_goes_up_and_chosen_rows_come_down()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-cli-").FullName;
        try
        {
            var file = Path.Combine(folder, "wine.csv");
            await File.WriteAllTextAsync(file, "alcohol,name\n13.5,x\n");
            var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(file)));
            await using var mesh = (await StubMesh.StartAsync()).On($"PUT blobs/{digest}", new BlobInfo(digest, 20), 201).On("POST artifacts", Version, 201)
                .On("GET datasets/wine/versions/2", Ready).On("GET artifacts/wine", new ArtifactInfo("wine", ArtifactKind.Dataset, 2, Version))
                .OnText("GET datasets/wine/versions/2/stream?columns=alcohol", "arrow", "application/vnd.apache.arrow.stream");
            var (code, output, error) = await mesh.RunAsync("datasets", "put", "wine", file);
            code.ShouldBe(0, error);
            output.ShouldContain("alcohol");
            JsonDocument.Parse(mesh.Requests.Single(request => request.Request == "POST artifacts").Body).RootElement.GetProperty("kind").GetString().ShouldBe("dataset");

            var target = Path.Combine(folder, "part.arrows");
            (await mesh.RunAsync("datasets", "get", "wine", target, "-c", "alcohol")).Code.ShouldBe(0);
            (await File.ReadAllTextAsync(target)).ShouldBe("arrow");
            (await mesh.RunAsync("datasets", "put", "wine", Path.Combine(folder, "none.csv"))).Code.ShouldBe(2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
