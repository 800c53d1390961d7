using System.Net;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Datasets;

public sealed class StreamTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    private static async Task<(Schema Schema, List<RecordBatch> Batches)> Read(HttpResponseMessage response)
    {
        response.StatusCode.ShouldBe(HttpStatusCode.OK, response.StatusCode == HttpStatusCode.OK ? null : await response.Content.ReadAsStringAsync());
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/vnd.apache.arrow.stream");
        var reader = new ArrowStreamReader(await response.Content.ReadAsStreamAsync());
        var batches = new List<RecordBatch>();
        while (await reader.ReadNextRecordBatchAsync() is { } batch) batches.Add(batch);
        return (reader.Schema, batches);
    }

    private Task<HttpResponseMessage> Stream(string key, string query = "") => _project.Get($"/datasets/{key}/versions/latest/stream{query}");

    [Fact]
    public async Task Chosen_rows_and_columns_come_as_arrow()
    {
        await _project.PutDataset("flow", DatasetProject.Written("select range as i, 'r' || range as t, range / 2 as x from range(50000)", "format parquet"), "flow.parquet");
        var (schema, batches) = await Read(await Stream("flow", $"?columns=x,i&filter={Uri.EscapeDataString("i >= 100 and t like 'r%7'")}"));
        schema.FieldsList.Select(field => (field.Name, field.DataType.Name)).ShouldBe([("x", "double"), ("i", "int64")]);
        var values = batches.SelectMany(batch => ((Int64Array)batch.Column(1)).Values.ToArray()).ToList();
        values.ShouldBe(Enumerable.Range(100, 49_900).Where(i => i % 10 == 7).Select(i => (long)i));
        batches.ShouldAllBe(batch => batch.Length <= 2048);
    }

    [Fact]
    public async Task An_arrow_file_is_a_data_set_and_its_filters_hold()
    {
        await _project.PutDataset("source", DatasetProject.Written("select range as i, 'r' || range as t, [range, null] as l, case when range % 2 = 0 then range::decimal(18, 3) end as d from range(10000)", "format parquet"), "s.parquet");
        var stream = await (await Stream("source")).Content.ReadAsByteArrayAsync();
        await _project.PutDataset("stream", stream, "data.arrows");
        await _project.PutDataset("unnamed", stream);

        using var file = new MemoryStream();
        var reader = new ArrowStreamReader(new MemoryStream(stream));
        using (var writer = new ArrowFileWriter(file, (await reader.ReadNextRecordBatchAsync())!.Schema, leaveOpen: true))
        {
            reader = new ArrowStreamReader(new MemoryStream(stream));
            while (await reader.ReadNextRecordBatchAsync() is { } batch) await writer.WriteRecordBatchAsync(batch);
            await writer.WriteEndAsync();
        }

        await _project.PutDataset("file", file.ToArray(), "data.arrow");
        foreach (var key in (string[])["stream", "unnamed", "file"])
        {
            var profile = (await _project.Dataset(key)).Profile!;
            profile.Rows.ShouldBe(10_000);
            profile.Columns.Select(column => column.Type).ShouldBe(["BIGINT", "VARCHAR", "BIGINT[]", "DECIMAL(18,3)"]);
            profile.Statistics[3].Missing.ShouldBe(5000);
            var rows = await _project.Rows(key, $"?columns=l,d&filter={Uri.EscapeDataString("t = 'r77' or i > 9998 or d = 4")}");
            rows.Json().ShouldBe(["[[4,null],4.000]", "[[77,null],null]", "[[9999,null],null]"]);
            (await _project.Get<DatasetSample>($"/datasets/{key}/versions/1/sample?rows=5&columns=t")).Rows.Count.ShouldBe(5);
            (await Read(await Stream(key, $"?columns=t&filter={Uri.EscapeDataString("i < 3000")}"))).Batches.Sum(batch => batch.Length).ShouldBe(3000);
        }

        await _project.PutDataset("torn", file.ToArray()[..(int)(file.Length / 2)], "torn.arrow");
        (await _project.Dataset("torn")).State.ShouldBe(DatasetState.Unreadable);
        await _project.PutDataset("cut", stream[..(stream.Length / 2)], "cut.arrows");
        (await _project.Dataset("cut")).State.ShouldBe(DatasetState.Unreadable);
    }

    [Fact]
    public async Task Types_without_an_arrow_of_their_own_are_text()
    {
        const string rows = "select 1::uhugeint as u, 1::hugeint as h, 'a'::enum('a', 'b') as e, interval 1 day as i, uuid '00000000-0000-0000-0000-000000000001' as id, {'a': [1.5]} as s, date '2024-01-01' as d, map {'k': 1} as m";
        await _project.PutDataset("typed", DatasetProject.Written(rows, "format parquet"), "typed.parquet");
        var (_, batches) = await Read(await Stream("typed"));
        batches.Single().Length.ShouldBe(1);
        ((StringArray)batches[0].Column("id")).GetString(0).ShouldBe("00000000-0000-0000-0000-000000000001");
        ((StringArray)batches[0].Column("m")).GetString(0).ShouldBe("{\"k\":1}");
    }

    [Fact]
    public async Task No_rows_are_a_stream_with_a_schema()
    {
        await _project.PutCsv("few", "a,b\n1,x\n");
        var (schema, batches) = await Read(await Stream("few", $"?filter={Uri.EscapeDataString("a > 5")}"));
        schema.FieldsList.Count.ShouldBe(2);
        batches.Sum(batch => batch.Length).ShouldBe(0);
        await TestProject.Refused(await Stream("few", "?columns=z"), HttpStatusCode.BadRequest, "column.unknown");
        await TestProject.Refused(await Stream("few", "?filter=a"), HttpStatusCode.BadRequest, "filter.invalid");
    }

    [Fact]
    public async Task Readers_that_leave_give_their_place_back()
    {
        await _project.PutDataset("big", DatasetProject.Written("select range as i, md5(range::varchar) as t from range(1000000)", "format parquet"), "big.parquet");
        await _project.Dataset("big");
        for (var i = 0; i < 8; i++)
        {
            using var response = await _project.Ada.GetAsync($"{_project.Root}/datasets/big/versions/1/stream", HttpCompletionOption.ResponseHeadersRead);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[1000]);
        }

        (await _project.Rows("big", "?limit=1")).Items.Count.ShouldBe(1);
    }
}
