using System.Net;
using System.Text;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Datasets;

public sealed class DiffTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_version_is_compared_with_the_one_before()
    {
        var lines = Encoding.UTF8.GetString(DatasetProject.Shared("seattle-weather.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await _project.PutCsv("weather", string.Join('\n', lines));
        // The same days, ten degrees warmer, without wind and with a remark; half as many.
        var warmer = lines.Skip(1).Where((_, i) => i % 2 == 0).Select(line => line.Split(',')).Select(cells =>
            $"{cells[0]},{cells[1]},{double.Parse(cells[2], System.Globalization.CultureInfo.InvariantCulture) + 10:0.0},{cells[3]},{cells[5].Trim()},x");
        await _project.PutCsv("weather", $"date,precipitation,temp_max,temp_min,weather,remark\n{string.Join('\n', warmer)}");

        var diff = await _project.Get<DatasetDiff>("/datasets/weather/versions/latest/diff");
        (diff.Against, diff.Version, diff.IsSame, diff.RowsBefore, diff.RowsAfter).ShouldBe((1, 2, false, 1461, 731));
        diff.Added.Select(column => column.Name).ShouldBe(["remark"]);
        diff.Removed.Select(column => column.Name).ShouldBe(["wind"]);
        var columns = diff.Columns.ToDictionary(column => column.Column);
        columns["temp_max"].Psi!.Value.ShouldBeGreaterThan(0.5);
        columns["temp_max"].MeanShift!.Value.ShouldBe(10 / columns["temp_max"].Before.Numbers!.Deviation!.Value, 0.05);
        columns["temp_min"].Psi!.Value.ShouldBeLessThan(0.05);
        columns["weather"].Psi!.Value.ShouldBeLessThan(0.05);
        columns["date"].Psi.ShouldBeNull();

        var back = await _project.Get<DatasetDiff>("/datasets/weather/versions/1/diff?against=latest");
        back.Added.Select(column => column.Name).ShouldBe(["wind"]);
    }

    [Fact]
    public async Task Changed_types_and_missing_values_are_told()
    {
        await _project.PutCsv("t", "a,b,c\n1,x,1\n2,y,2\n3,x,3\n");
        await _project.PutCsv("t", "a,b,c\n1.5,x,one\n2,,two\n3,,three\n");
        var diff = await _project.Get<DatasetDiff>("/datasets/t/versions/2/diff?against=1");
        diff.Retyped.ShouldBe([new("a", "BIGINT", "DOUBLE"), new("c", "BIGINT", "VARCHAR")]);
        var columns = diff.Columns.ToDictionary(column => column.Column);
        columns["b"].Psi!.Value.ShouldBeGreaterThan(0.25);
        columns["a"].Psi.ShouldNotBeNull();
        columns["c"].Psi.ShouldBeNull();
    }

    [Fact]
    public async Task The_same_bytes_are_the_same()
    {
        for (var i = 0; i < 2; i++) await _project.PutDataset("wine", DatasetProject.Shared("wine.csv"), "wine.csv");
        var diff = await _project.Get<DatasetDiff>("/datasets/wine/versions/2/diff");
        diff.IsSame.ShouldBeTrue();
        diff.Columns.ShouldAllBe(column => column.Psi == 0 && column.MeanShift == 0);
        await TestProject.Refused(await _project.Get("/datasets/wine/versions/1/diff"), HttpStatusCode.NotFound, "dataset.unknown");
    }
}
