using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Tests.Artifacts;

public sealed class DatasetsClientTests(ClientMesh fixture)
{
    [Fact]
    public async Task A_file_is_profiled_read_sampled_streamed_and_compared()
    {
        using var mesh = fixture.NewProject();
        var datasets = mesh.Project().Datasets;
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.CreateVersion7():N}.csv");
        try
        {
            await File.WriteAllTextAsync(path, $"id,\"a,\"\"b\"\"\",city\n{string.Concat(Enumerable.Range(0, 2500).Select(i => $"{i},{i % 7},{(i % 2 == 0 ? "Rome" : "Oslo")}\n"))}");
            (await datasets.PutFileAsync("data/people", path, new UploadSpec { Labels = new() { ["a"] = "b" } })).Kind.ShouldBe(ArtifactKind.Dataset);
            await File.AppendAllTextAsync(path, "2500,100,Lima\n");
            await datasets.PutFileAsync("data/people", path);
        }
        finally
        {
            File.Delete(path);
        }

        (await datasets.ListAsync("data/").SingleAsync()).Versions.ShouldBe(2);
        var found = await datasets.ProfileAsync("data/people", 1);
        (found.State, found.Profile!.Rows).ShouldBe((DatasetState.Ready, 2500));
        (await datasets.GetAsync("data/people")).Version.Version.ShouldBe(2);

        var rows = await datasets.RowsAsync("data/people", columns: ["a,\"b\"", "id"], filter: "city = 'Rome'").ToListAsync();
        rows.Count.ShouldBe(1250);
        rows[4].GetRawText().ShouldBe("[1,8]");
        (await datasets.PageAsync("data/people", limit: 10)).Items.Count.ShouldBe(10);
        (await datasets.SampleAsync("data/people", 5)).Rows.Count.ShouldBe(5);
        var diff = await datasets.DiffAsync("data/people");
        (diff.Against, diff.Version, diff.RowsBefore, diff.RowsAfter).ShouldBe((1, 2, 2500, 2501));

        await using var stream = await datasets.OpenArrowAsync("data/people", columns: ["id"], filter: "id < 3000");
        using var reader = new Apache.Arrow.Ipc.ArrowStreamReader(stream);
        var count = 0;
        while (await reader.ReadNextRecordBatchAsync() is { } batch) count += batch.Length;
        count.ShouldBe(2501);
    }

    [Fact]
    public async Task What_cannot_be_read_is_said()
    {
        using var mesh = fixture.NewProject(options: ClientMesh.Impatient);
        var project = mesh.Project();
        await project.Artifacts.UploadAsync("bad", "a,b\n1\n"u8.ToArray(), new UploadSpec { Kind = ArtifactKind.Dataset, FileName = "bad.csv" });
        var found = await project.Datasets.ProfileAsync("bad");
        (found.State, found.Fault!.Line).ShouldBe((DatasetState.Unreadable, 2));
        (await Should.ThrowAsync<MeshException>(() => project.Datasets.PageAsync("bad"))).Problem.Code.ShouldBe("dataset.unreadable");
    }
}
