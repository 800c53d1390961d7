using System.Net;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Datasets;

public sealed class RowTests(ArtifactsHost host)
{
    private const string People = "name,age,\"home \"\"town\"\"\",born,member\nAnn,31,Rome,1993-05-01,true\nBob,17,,2007-01-02,false\n\"O'Hara\",45,Oslo,1979-12-31,true\n,60,Rome,1964-02-29,false\n";
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task Rows_come_in_pages_in_the_order_of_the_file()
    {
        await _project.PutDataset("flow", DatasetProject.Written("select range as i, 'r' || range as t from range(5000)", "format parquet"), "flow.parquet");
        var seen = new List<int>();
        string? next = null;
        do
        {
            var page = await _project.Rows("flow", $"?limit=900{(next is null ? "" : $"&cursor={next}")}");
            seen.AddRange(page.Items.Select(row => row[0].GetInt32()));
            next = page.Next;
        }
        while (next is not null);
        seen.ShouldBe(Enumerable.Range(0, 5000));
        (await _project.Rows("flow", "?columns=t&offset=4998")).Json().ShouldBe(["[\"r4998\"]", "[\"r4999\"]"]);
        (await _project.Rows("flow", "?offset=9999")).Items.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("age > 30", "Ann,O'Hara,")]
    [InlineData("age >= 31 and member = true", "Ann,O'Hara")]
    [InlineData("name = 'O''Hara'", "O'Hara")]
    [InlineData("name is null", "")]
    [InlineData("name IS NOT NULL AND NOT (age < 18 OR member = false)", "Ann,O'Hara")]
    [InlineData("\"home \"\"town\"\"\" in ('Rome', 'Oslo')", "Ann,O'Hara,")]
    [InlineData("`home \"town\"` not in ('Rome')", "O'Hara")]
    [InlineData("name like '%n%'", "Ann")]
    [InlineData("NAME ilike 'b%'", "Bob")]
    [InlineData("born >= '1993-05-01'", "Ann,Bob")]
    [InlineData("age between 17 and 31", "Ann,Bob")]
    [InlineData("age > 30.5 and age < 31.5", "Ann")]
    [InlineData("age != 45 and age <> 60 and age == 17", "Bob")]
    public async Task Filters_pick_rows(string filter, string names)
    {
        await _project.PutCsv("people", People);
        (await _project.Where("people", filter)).Items.Select(row => row[0].GetString() ?? "").ShouldBe(names.Split(','));
    }

    [Theory]
    [InlineData("age > ", "filter.invalid")]
    [InlineData("age > 1; drop table data", "filter.invalid")]
    [InlineData("1 = 1", "filter.invalid")]
    [InlineData("age = 1 or 1 = 1", "filter.invalid")]
    [InlineData("age = (select 1)", "filter.invalid")]
    [InlineData("name = 'x' union select * from read_text('/etc/passwd')", "filter.invalid")]
    [InlineData("read_text('/etc/passwd') = 'x'", "column.unknown")]
    [InlineData("age = age", "filter.invalid")]
    [InlineData("age > 'x'", "filter.invalid")]
    [InlineData("name > 5", "filter.invalid")]
    [InlineData("born > 'soon'", "filter.invalid")]
    [InlineData("nobody = 1", "column.unknown")]
    [InlineData("name = 'open", "filter.invalid")]
    [InlineData("age > 1 -- all", "filter.invalid")]
    [InlineData("age > 1 /* all */", "filter.invalid")]
    [InlineData("((((((((((((((((((((((((((((((((((age = 1))))))))))))))))))))))))))))))))))", "filter.invalid")]
    public async Task What_is_no_filter_is_refused(string filter, string code)
    {
        await _project.PutCsv("people", People);
        await TestProject.Refused(await _project.Get($"/datasets/people/versions/1/rows?filter={Uri.EscapeDataString(filter)}"), HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task Text_of_a_filter_stays_text()
    {
        await _project.PutCsv("people", People);
        (await _project.Where("people", "name = '''; drop table data; --'")).Items.ShouldBeEmpty();
        (await _project.Where("people", "name = '$1' or name in ('? or 1=1')")).Items.ShouldBeEmpty();
        (await _project.Rows("people")).Items.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Columns_are_picked_by_name()
    {
        await _project.PutCsv("people", People);
        var rows = await _project.Rows("people", $"?limit=1&columns={Uri.EscapeDataString("age,\"home \"\"town\"\"\"")}");
        rows.Columns.Select(column => column.Name).ShouldBe(["age", "home \"town\""]);
        rows.Json().ShouldBe(["[31,\"Rome\"]"]);
        await TestProject.Refused(await _project.Get("/datasets/people/versions/1/rows?columns=age,nobody"), HttpStatusCode.BadRequest, "column.unknown");
        await TestProject.Refused(await _project.Get("/datasets/people/versions/1/rows?columns=age,AGE"), HttpStatusCode.BadRequest, "columns.invalid");
        await TestProject.Refused(await _project.Get("/datasets/people/versions/1/rows?offset=-1"), HttpStatusCode.BadRequest, "offset.invalid");
        await TestProject.Refused(await _project.Get("/datasets/people/versions/1/rows?limit=0"), HttpStatusCode.BadRequest, "limit.invalid");
    }

    [Fact]
    public async Task A_sample_is_the_same_for_the_same_seed()
    {
        await _project.PutDataset("flow", DatasetProject.Written("select range as i from range(100000)", "format parquet"), "flow.parquet");
        Task<DatasetSample> Sample(int seed) => _project.Get<DatasetSample>($"/datasets/flow/versions/1/sample?rows=50&seed={seed}");
        static string[] Text(DatasetSample sample) => [.. sample.Rows.Select(row => row.GetRawText())];
        var (one, same, other) = (await Sample(1), await Sample(1), await Sample(2));
        one.Rows.Count.ShouldBe(50);
        Text(same).ShouldBe(Text(one));
        Text(other).ShouldNotBe(Text(one));
        one.Rows.Max(row => row[0].GetInt32()).ShouldBeGreaterThan(50_000);
        await TestProject.Refused(await _project.Get("/datasets/flow/versions/1/sample?rows=0"), HttpStatusCode.BadRequest, "rows.invalid");
    }
}
