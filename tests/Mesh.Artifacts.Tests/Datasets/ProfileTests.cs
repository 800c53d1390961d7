using System.Net;
using System.Text;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Datasets;

public sealed class ProfileTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_csv_of_measurements_has_schema_statistics_and_histograms()
    {
        await _project.PutDataset("cancer", DatasetProject.Shared("breast_cancer.csv"), "breast_cancer.csv");
        var profile = (await _project.Dataset("cancer")).Profile!;
        profile.Rows.ShouldBe(569);
        profile.Columns.Count.ShouldBe(31);
        profile.Columns.Count(column => column.Type == "DOUBLE").ShouldBeGreaterThan(25);
        var radius = profile.Statistics.Single(column => column.Column == "radius_mean");
        (radius.Count, radius.Missing).ShouldBe((569, 0));
        radius.Numbers!.Min!.Value.ShouldBe(6.981);
        radius.Numbers.Max!.Value.ShouldBe(28.11);
        radius.Numbers.Mean!.Value.ShouldBe(14.1273, 0.0001);
        radius.Numbers.Deviation!.Value.ShouldBe(3.5240, 0.0001);
        radius.Numbers.Quantiles.Single(quantile => quantile.Share == 0.5).Value.ShouldBe(13.37);
        radius.Numbers.Histogram!.Edges.Count.ShouldBe(21);
        radius.Numbers.Histogram.Counts.Sum().ShouldBe(569);
    }

    [Fact]
    public async Task Dates_and_words_are_told_apart()
    {
        await _project.PutDataset("weather", DatasetProject.Shared("seattle-weather.csv"), contentType: "text/csv");
        var profile = (await _project.Dataset("weather")).Profile!;
        profile.Columns.Select(column => (column.Name, column.Type)).ShouldBe(
            [("date", "DATE"), ("precipitation", "DOUBLE"), ("temp_max", "DOUBLE"), ("temp_min", "DOUBLE"), ("wind", "DOUBLE"), ("weather", "VARCHAR")]);
        var date = profile.Statistics[0];
        (date.Min, date.Max, date.Numbers, date.Frequent).ShouldBe(("2012-01-01", "2015-12-31", null, null));
        var words = profile.Statistics[5];
        words.Distinct.ShouldBe(5);
        words.Frequent!.Sum(value => value.Count).ShouldBe(1461);
        words.Frequent![0].ShouldBe(new ValueCount("rain", 641));
    }

    [Fact]
    public async Task Values_that_a_type_would_change_stay_text()
    {
        await _project.PutCsv("codes", "zip,id,huge,when,flag,mixed,padded\n00501,9223372036854775807,123456789012345678901234567890,2024-01-01T10:00:00+02:00,true,1, 1\n10001,1,1,2024-01-01 10:00:00Z,false,x, 2\n");
        var profile = (await _project.Dataset("codes")).Profile!;
        profile.Columns.Select(column => column.Type).ShouldBe(["VARCHAR", "BIGINT", "HUGEINT", "TIMESTAMP WITH TIME ZONE", "BOOLEAN", "VARCHAR", "BIGINT"]);
        (await _project.Rows("codes")).Json().ShouldBe(
        [
            """["00501","9223372036854775807","123456789012345678901234567890","2024-01-01T08:00:00Z",true,"1",1]""",
            """["10001",1,1,"2024-01-01T10:00:00Z",false,"x",2]""",
        ]);
    }

    [Fact]
    public async Task A_later_row_of_another_type_makes_the_column_text()
    {
        var csv = new StringBuilder("a,b\n");
        for (var i = 0; i < 30_000; i++) csv.Append(i).Append(",1\n");
        await _project.PutCsv("late", csv.Append("n/a,2\n").ToString());
        var profile = (await _project.Dataset("late")).Profile!;
        profile.Rows.ShouldBe(30_001);
        profile.Columns.Select(column => column.Type).ShouldBe(["VARCHAR", "BIGINT"]);
    }

    [Theory]
    [InlineData("a,b\n1,2\n3\n4,5\n", 3)]
    [InlineData("a,b\n1,2\n3,4,5\n", 3)]
    [InlineData("a,b\nx,\"y\nz\n", 2)]
    public async Task Rows_of_different_lengths_are_refused_with_their_line(string csv, int line)
    {
        await _project.PutCsv("ragged", csv);
        var found = await _project.Dataset("ragged");
        (found.State, found.Profile, found.Fault!.Code, found.Fault.Line).ShouldBe((DatasetState.Unreadable, null, "dataset.unreadable", line));
        found.Fault.Detail.ShouldNotContain("/");
        await TestProject.Refused(await _project.Get("/datasets/ragged/versions/latest/rows"), HttpStatusCode.UnprocessableEntity, "dataset.unreadable");
    }

    [Fact]
    public async Task Text_in_another_encoding_is_refused_with_its_line()
    {
        await _project.PutDataset("latin", Encoding.Latin1.GetBytes("a,b\n1,x\n2,é\n"), "latin.csv");
        var fault = (await _project.Dataset("latin")).Fault!;
        (fault.Code, fault.Line).ShouldBe(("dataset.unreadable", 3));
        fault.Detail.ShouldContain("UTF-8");
    }

    [Fact]
    public async Task An_empty_file_is_refused_and_a_header_alone_is_no_rows()
    {
        await _project.PutDataset("empty", [], "empty.csv");
        (await _project.Dataset("empty")).Fault!.Detail.ShouldContain("empty");
        await _project.PutCsv("header", "a,b\n");
        var profile = (await _project.Dataset("header")).Profile!;
        (profile.Rows, profile.Columns.Count).ShouldBe((0, 2));
        profile.Statistics[0].ShouldBe(new DatasetColumnStatistics("a", 0, 0, 0, null, null, null, profile.Statistics[0].Frequent));
        (await _project.Rows("header")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_thousand_columns_are_read()
    {
        var names = string.Join(',', Enumerable.Range(0, 1000).Select(i => $"c{i}"));
        var values = string.Join(',', Enumerable.Range(0, 1000));
        await _project.PutCsv("wide", $"{names}\n{values}\n{values}\n");
        var profile = (await _project.Dataset("wide")).Profile!;
        profile.Columns.Count.ShouldBe(1000);
        profile.Statistics[999].Numbers!.Mean.ShouldBe(999);
        (await _project.Rows("wide")).Items[1].GetArrayLength().ShouldBe(1000);
    }

    [Fact]
    public async Task Quoted_line_breaks_byte_order_marks_and_odd_separators_are_read()
    {
        await _project.PutCsv("quoted", "\uFEFFname;text\r\nann;\"two\r\nlines; \"\"quoted\"\"\"\r\nbob;x\r\n");
        (await _project.Dataset("quoted")).Profile!.Columns.Select(column => column.Name).ShouldBe(["name", "text"]);
        (await _project.Rows("quoted")).Items[0][1].GetString().ShouldBe("two\r\nlines; \"quoted\"");
    }

    [Fact]
    public async Task Numbers_that_are_none_are_counted_apart()
    {
        await _project.PutCsv("odd", "x\n1.5\nNaN\ninf\n-Infinity\n2.5\n");
        var numbers = (await _project.Dataset("odd")).Profile!.Statistics.Single().Numbers!;
        (numbers.NonFinite, numbers.Min, numbers.Max, numbers.Mean).ShouldBe((3, 1.5, 2.5, 2.0));
        numbers.Histogram!.Counts.Sum().ShouldBe(2);
        (await _project.Rows("odd")).Json().ShouldBe(["[1.5]", "[\"NaN\"]", "[\"Infinity\"]", "[\"-Infinity\"]", "[2.5]"]);
    }

    [Fact]
    public async Task Names_that_occur_twice_get_a_number()
    {
        await _project.PutCsv("twice", "a,A,,a\n1,2,3,4\n");
        (await _project.Dataset("twice")).Profile!.Columns.Select(column => column.Name).ShouldBe(["a", "A_1", "column2", "a_2"]);
    }

    [Fact]
    public async Task Parquet_is_read_with_its_types()
    {
        const string rows =
            """
            select 12345678901234567890::hugeint as huge, 1.25::decimal(18, 3) as price, 123456789012345.678::decimal(18, 3) as large, date '2024-02-29' as day,
                timestamp '2024-02-29 12:30:00.5' as at, [1, null, 3] as list, {'a': 1, 'b': ['x']} as struct, map {'k': 2.5} as map, 'ab'::blob as bytes,
                'NaN'::float as nan, 255::utinyint as small, uuid '00000000-0000-0000-0000-000000000001' as id, interval 1 day as span, null::varchar as nothing
            """;
        await _project.PutDataset("typed", DatasetProject.Written(rows, "format parquet"), contentType: "application/octet-stream");
        var found = await _project.Dataset("typed");
        found.Format.ShouldBe(DatasetFormat.Parquet);
        found.Profile!.Rows.ShouldBe(1);
        var row = (await _project.Rows("typed")).Json().Single();
        row.ShouldContain("1.250,\"123456789012345.678\",\"2024-02-29\",\"2024-02-29T12:30:00.5\",[1,null,3],{\"a\":1,\"b\":[\"x\"]},{\"k\":2.5},\"YWI=\",\"NaN\",255,\"00000000-0000-0000-0000-000000000001\",\"1 day\",null]");
    }

    [Fact]
    public async Task A_parquet_that_broke_off_is_refused()
    {
        var whole = DatasetProject.Written("select range as x from range(10000)", "format parquet");
        await _project.PutDataset("torn", whole[..(whole.Length / 2)], "torn.parquet");
        var found = await _project.Dataset("torn");
        (found.State, found.Fault!.Code).ShouldBe((DatasetState.Unreadable, "dataset.unreadable"));
        found.Fault.Detail.ShouldNotContain("/");
        await _project.PutDataset("garbled", [.. whole[..1000], .. new byte[500], .. whole[1500..]], "garbled.parquet");
        (await _project.Dataset("garbled")).State.ShouldBe(DatasetState.Unreadable);
    }

    [Fact]
    public async Task Json_is_read_with_what_is_nested_in_it()
    {
        await _project.PutDataset("lines", "{\"a\":1,\"b\":{\"x\":[1,2]}}\n{\"a\":2.5,\"c\":\"t\"}\n"u8.ToArray(), "data.jsonl");
        (await _project.Dataset("lines")).Profile!.Columns.Select(column => (column.Name, column.Type, column.Nullable))
            .ShouldBe([("a", "DOUBLE", false), ("b", "STRUCT(x BIGINT[])", true), ("c", "VARCHAR", true)]);
        (await _project.Rows("lines")).Json().ShouldBe(["""[1,{"x":[1,2]},null]""", """[2.5,null,"t"]"""]);

        await _project.PutDataset("array", "[{\"a\":1},{\"a\":null}]"u8.ToArray());
        (await _project.Dataset("array")).Profile!.Rows.ShouldBe(2);

        await _project.PutDataset("broken", "{\"a\":1}\n{\"a\":2\n"u8.ToArray(), "broken.jsonl");
        (await _project.Dataset("broken")).Fault!.Line.ShouldNotBeNull();
    }

    [Fact]
    public async Task Bytes_that_are_nothing_known_are_refused()
    {
        await _project.PutDataset("noise", [1, 0, 2, 0, 3], "noise.bin");
        var found = await _project.Dataset("noise");
        (found.State, found.Format).ShouldBe((DatasetState.Unreadable, null));
        await TestProject.Refused(await _project.Get("/datasets/noise/versions/1/rows"), HttpStatusCode.UnprocessableEntity, "dataset.unreadable");
    }

    [Fact]
    public async Task Only_data_sets_of_the_project_are_found()
    {
        await _project.PutCsv("mine", "a\n1\n");
        await _project.PutDataset("model", "a\n1\n"u8.ToArray(), "m.csv", kind: "file");
        (await _project.Dataset("mine")).State.ShouldBe(DatasetState.Ready);
        var other = host.NewProject();
        foreach (var path in (string[])["", "/versions/1", "/versions/latest/rows", "/versions/1/sample"])
        {
            await TestProject.Refused(await other.Get($"/datasets/mine{path}"), HttpStatusCode.NotFound, "dataset.unknown");
            await TestProject.Refused(await _project.Get($"/datasets/model{path}"), HttpStatusCode.NotFound, "dataset.unknown");
            (await other.Ada.GetAsync($"{_project.Root}/datasets/mine{path}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        await TestProject.Refused(await _project.Get("/datasets/mine/versions/first"), HttpStatusCode.BadRequest, "dataset.version-malformed");
        await TestProject.Refused(await _project.Get("/datasets/mine/versions/7"), HttpStatusCode.NotFound, "dataset.unknown");
        await TestProject.Refused(await _project.Get("/datasets/mine/versions/@blue"), HttpStatusCode.NotFound, "tag.unknown");
        await TestProject.Read<ArtifactInfo>(await _project.Put("/artifacts/mine/tags/blue", new MoveTag(1)));
        (await _project.Get<DatasetVersion>("/datasets/mine/versions/@blue")).Version.Version.ShouldBe(1);
        (await other.Get<Page<DatasetInfo>>("/datasets")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_list_is_paged_and_says_what_is_known()
    {
        for (var i = 0; i < 3; i++) await _project.PutCsv($"d{i}", $"a,b\n{i},1\n");
        await _project.PutDataset("other", "x"u8.ToArray(), kind: "file");
        foreach (var key in (string[])["d0", "d1"]) await _project.Dataset(key);
        var first = await _project.Get<Page<DatasetInfo>>("/datasets?limit=2");
        first.Items.Select(info => (info.Key, info.State, info.Rows, info.Columns)).ShouldBe([("d0", DatasetState.Ready, 1, 2), ("d1", DatasetState.Ready, 1, 2)]);
        (await _project.Get<Page<DatasetInfo>>($"/datasets?limit=2&cursor={first.Next}")).Items.Select(info => info.Key).ShouldBe(["d2"]);
        (await _project.Get<Page<DatasetInfo>>("/datasets?text=D1")).Items.Select(info => info.Key).ShouldBe(["d1"]);
    }

    [Fact]
    public async Task Many_who_ask_at_once_get_one_profile()
    {
        await _project.PutDataset("many", DatasetProject.Shared("wine.csv"), "wine.csv");
        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _project.Dataset("many")));
        found.Select(each => each.Profile!.ComputedAt).Distinct().Count().ShouldBe(1);
        var again = await _project.PutDataset("again", DatasetProject.Shared("wine.csv"), "wine.csv");
        (await _project.Dataset(again.Key)).Profile!.ComputedAt.ShouldBe(found[0].Profile!.ComputedAt);
    }
}
