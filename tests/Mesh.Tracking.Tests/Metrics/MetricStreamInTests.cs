using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Tracking.Metrics.Ingest;

namespace Mesh.Tracking.Tests.Metrics;

/// <summary>Points as streams, in lines of JSON and in Arrow.</summary>
public sealed class MetricStreamInTests(TrackingFixture tracking)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Lines_are_stored_as_they_are()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var lines = """
            {"name":"x","value":1.5,"step":-3,"time":"2026-03-01T13:00:00.000001+01:00"}

            {"value":"NaN","name":"x","step":9223372036854775807}
            {"name":"größe","value":"-Infinity"}
            """.ReplaceLineEndings("\r\n");
        (await StoredAsync(await PostLinesAsync(ada, run.Id, lines))).ShouldBe(3);
        var x = (await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/x")).Items;
        x[0].ShouldBe(new MetricPoint("x", 1.5, -3, T0.AddMicroseconds(1)));
        (x[1].Value, x[1].Step).ShouldBe((double.NaN, long.MaxValue));
        (await ada.GetAsync(run.Id)).Metrics["größe"].Last.ShouldBe(double.NegativeInfinity);
        (await StoredAsync(await PostLinesAsync(ada, run.Id, ""))).ShouldBe(0);
    }

    [Fact]
    public async Task A_stream_that_is_sent_again_counts_once()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var batch = Guid.CreateVersion7();
        var lines = Lines(PointStream.ChunkPoints * 2 + 500);
        // Broken off behind its first chunk, then whole, then whole again.
        var broken = lines[..(lines.Length * 3 / 4)];
        broken = broken[..(broken.LastIndexOf('\n') + 1)];
        var stored = await PostLinesAsync(ada, run.Id, broken + "{", $"?batchId={batch}").ShouldBeStreamProblemAsync(400, "points.malformed");
        stored.Stored.ShouldBe(PointStream.ChunkPoints);
        (await ada.GetAsync(run.Id)).Metrics["x"].Count.ShouldBe(PointStream.ChunkPoints);
        for (var i = 0; i < 2; i++) (await StoredAsync(await PostLinesAsync(ada, run.Id, lines, $"?batchId={batch}"))).ShouldBe((PointStream.ChunkPoints * 2) + 500);
        (await ada.GetAsync(run.Id)).Metrics["x"].Count.ShouldBe((PointStream.ChunkPoints * 2) + 500);
        // Without an id it is another one.
        await StoredAsync(await PostLinesAsync(ada, run.Id, lines));
        (await ada.GetAsync(run.Id)).Metrics["x"].Count.ShouldBe((PointStream.ChunkPoints * 4) + 1000);
    }

    [Fact]
    public async Task A_connection_that_is_cut_leaves_whole_chunks()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var batch = Guid.CreateVersion7();
        var lines = Lines(PointStream.ChunkPoints * 3);
        using (var content = new StreamContent(new CutStream(Encoding.UTF8.GetBytes(lines[..(lines.Length / 2)]))) { Headers = { ContentType = new MediaTypeHeaderValue(NdjsonPoints.MediaType) } })
            await Should.ThrowAsync<Exception>(() => ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/metrics?batchId={batch}", content));
        (await StoredAsync(await PostLinesAsync(ada, run.Id, lines, $"?batchId={batch}"))).ShouldBe(PointStream.ChunkPoints * 3);
        (await ada.GetAsync(run.Id)).Metrics["x"].Count.ShouldBe(PointStream.ChunkPoints * 3);
    }

    [Theory]
    [InlineData("""{"name":"x"}""", "line 3", "points.malformed")]
    [InlineData("""{"name":"x","value":1,"step":1.5}""", "line 3", "points.malformed")]
    [InlineData("""{"name":"x","value":1,"step":9223372036854775808}""", "line 3", "points.malformed")]
    [InlineData("""{"name":"../x","value":1}""", "line 3", "points.malformed")]
    [InlineData("""{"name":"x","value":1,"colour":"red"}""", "line 3", "points.malformed")]
    [InlineData("""[1]""", "line 3", "points.malformed")]
    [InlineData("""null""", "line 3", "points.malformed")]
    [InlineData("""{"name":"\ud800","value":1}""", "line 3", "points.malformed")]
    [InlineData("long", "line 3", "points.line-too-long")]
    public async Task A_line_out_of_form_is_named(string line, string field, string code)
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        if (line == "long") line = $$"""{"name":"x","value":1{{new string(' ', NdjsonPoints.MaxLine)}}}""";
        foreach (var rest in (string[])["", "\n" + Lines(1)])
        {
            var problem = await PostLinesAsync(ada, run.Id, Lines(1) + "\n" + line + rest).ShouldBeStreamProblemAsync(code == "points.malformed" ? 400 : 413, code);
            problem.Field.ShouldBe(field);
            problem.Stored.ShouldBe(0);
        }

        (await ada.GetAsync(run.Id)).Metrics.ShouldBeEmpty();
        tracking.Host.Logs.ErrorsAbout(ada.Project).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stream_for_a_run_that_takes_no_points_is_refused()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync(2);
        (await PostLinesAsync(ada, run.Id, Lines(1), "?attempt=1").ShouldBeStreamProblemAsync(409, "run.lease-lost")).Stored.ShouldBe(0);
        await PostLinesAsync(ada, Guid.CreateVersion7(), "").ShouldBeStreamProblemAsync(404, "run.unknown");
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        await PostLinesAsync(ada, run.Id, Lines(1)).ShouldBeStreamProblemAsync(409, "run.closed");
        await PostLinesAsync(ada, run.Id, Lines(1), "?batchId=x").ShouldBeProblemAsync(400, "filter.invalid");
        await PostLinesAsync(ada, run.Id, Lines(1), "?attempt=0").ShouldBeProblemAsync(400, "filter.invalid");
        await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/metrics?attempt=1", new StringContent("""{"points":[]}""", Encoding.UTF8, "application/json")).ShouldBeProblemAsync(400, "filter.invalid");
        await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/metrics", new StringContent("x", Encoding.UTF8, "text/csv")).ShouldBeProblemAsync(415, "body.media-type");
    }

    [Fact]
    public async Task Arrow_is_stored_as_it_is()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var time = new TimestampType(TimeUnit.Microsecond, "UTC");
        var batch = Batch(
            ("name", new StringArray.Builder().Append("x").Append("x").Append("größe").Build()),
            ("value", new DoubleArray.Builder().Append(1.5).Append(double.NaN).Append(double.NegativeInfinity).Build()),
            ("step", new Int64Array.Builder().Append(-3).Append(long.MaxValue).AppendNull().Build()),
            ("time", new TimestampArray.Builder(time).Append(T0.AddMicroseconds(1)).Append(T0).AppendNull().Build()));
        (await StoredAsync(await PostArrowAsync(ada, run.Id, await ArrowAsync(batch, batch)))).ShouldBe(6);
        (await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/x")).Items.ShouldBe([
            new("x", 1.5, -3, T0.AddMicroseconds(1)), new("x", 1.5, -3, T0.AddMicroseconds(1)),
            new("x", double.NaN, long.MaxValue, T0), new("x", double.NaN, long.MaxValue, T0)]);
        (await ada.GetAsync(run.Id)).Metrics["größe"].ShouldBe(new MetricSummary(double.NegativeInfinity, 0, double.NegativeInfinity, double.NegativeInfinity, 2));
    }

    [Fact]
    public async Task Arrow_may_have_other_types_of_columns()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var words = new DictionaryArray(
            new DictionaryType(Int8Type.Default, StringType.Default, false), new Int8Array.Builder().Append(1).Append(0).Append(1).Build(), new StringArray.Builder().Append("a").Append("b").Build());
        var batch = Batch(("value", new FloatArray.Builder().Append(1).Append(2).Append(3).Build()), ("name", words), ("step", new Int32Array.Builder().Append(7).Append(8).Append(9).Build()));
        (await StoredAsync(await PostArrowAsync(ada, run.Id, await ArrowAsync(batch)))).ShouldBe(3);
        var metrics = (await ada.GetAsync(run.Id)).Metrics;
        (metrics["a"].Last, metrics["a"].LastStep, metrics["b"].Last, metrics["b"].Count).ShouldBe((2, 8, 3, 2));
    }

    [Fact]
    public async Task Arrow_out_of_form_is_refused_with_its_row()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var (names, values) = (new StringArray.Builder().Append("x").Append("..").Build(), new DoubleArray.Builder().Append(1).Append(2).Build());
        (await RefusedAsync(await ArrowAsync(Batch(("name", names), ("value", values))))).Field.ShouldBe("row 1");
        (await RefusedAsync(await ArrowAsync(Batch(("name", new StringArray.Builder().Append("x").Build()), ("value", new DoubleArray.Builder().AppendNull().Build()))))).Field.ShouldBe("row 0");
        foreach (var wrong in (RecordBatch[])
            [
                Batch(("name", names)), Batch(("value", values)), Batch(("name", values), ("value", values)), Batch(("name", names), ("value", names)),
                Batch(("name", names), ("value", values), ("colour", names)), Batch(("name", names), ("value", values), ("step", values)), Batch(("name", names), ("value", values), ("time", values)),
            ])
            await RefusedAsync(await ArrowAsync(wrong));

        var good = await ArrowAsync(Batch(("name", new StringArray.Builder().Append("x").Build()), ("value", new DoubleArray.Builder().Append(1).Build())));
        await RefusedAsync("no arrow at all"u8.ToArray());
        await RefusedAsync([0xFF, 0xFF, 0xFF, 0xFF, 0xF0, 0xFF, 0xFF, 0x7F]);
        await RefusedAsync(good[..^12]);
        var random = new Random(1);
        for (var i = 0; i < 100; i++)
        {
            // Whatever is broken, it is the caller's fault, or no fault at all.
            var broken = (byte[])good.Clone();
            for (var flip = 0; flip < 3; flip++) broken[random.Next(broken.Length)] ^= (byte)(1 << random.Next(8));
            using var answer = await PostArrowAsync(ada, run.Id, broken);
            ((int)answer.StatusCode).ShouldBeLessThan(500);
        }

        tracking.Host.Logs.ErrorsAbout(ada.Project).ShouldBeEmpty();

        Task<StreamProblem> RefusedAsync(byte[] body) => PostArrowAsync(ada, run.Id, body).ShouldBeStreamProblemAsync(400, "points.malformed");
    }

    private static string Lines(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{\"name\":\"x\",\"value\":{i},\"step\":{i}}}\n")));

    private static Task<HttpResponseMessage> PostLinesAsync(ProjectUser ada, Guid run, string lines, string query = "") =>
        ada.SendAsync(HttpMethod.Post, $"/runs/{run}/metrics{query}", new StringContent(lines, Encoding.UTF8, NdjsonPoints.MediaType));

    private static Task<HttpResponseMessage> PostArrowAsync(ProjectUser ada, Guid run, byte[] body) =>
        ada.SendAsync(HttpMethod.Post, $"/runs/{run}/metrics", new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(ArrowPoints.MediaType) } });

    private static async Task<long> StoredAsync(HttpResponseMessage answer) => (await ProjectUser.ReadAsync<PointsStored>(answer)).Points;

    private static RecordBatch Batch(params (string Name, IArrowArray Column)[] columns)
    {
        var schema = new Schema(columns.Select(c => new Field(c.Name, c.Column.Data.DataType, true)), null);
        return new RecordBatch(schema, columns.Select(c => c.Column), columns[0].Column.Length);
    }

    private static async Task<byte[]> ArrowAsync(params RecordBatch[] batches)
    {
        using var body = new MemoryStream();
        using (var writer = new ArrowStreamWriter(body, batches[0].Schema, leaveOpen: true))
        {
            foreach (var batch in batches) await writer.WriteRecordBatchAsync(batch);
            await writer.WriteEndAsync();
        }

        return body.ToArray();
    }

    /// <summary>A body whose connection is lost at its end.</summary>
    private sealed class CutStream(byte[] content) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("Cut.");

        public override bool CanSeek => false;
    }
}

internal sealed record StreamProblem(string? Field, long Stored);

internal static class StreamProblemAssertions
{
    /// <summary>The answer is a problem document of a stream, which says how much of it is stored.</summary>
    public static async Task<StreamProblem> ShouldBeStreamProblemAsync(this Task<HttpResponseMessage> answer, int status, string code)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("code").GetString().ShouldBe(code, text);
        var stored = problem.GetProperty("stored").GetInt64();
        problem.GetProperty("detail").GetString()!.ShouldEndWith($"The first {stored:N0} points of the stream are stored.");
        return new StreamProblem(problem.TryGetProperty("errors", out var errors) ? errors[0].GetProperty("field").GetString() : null, stored);
    }
}
