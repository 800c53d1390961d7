using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Predictions;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Service;

[Collection(MonitoringCollection.Name)]
public sealed class PredictionRouteTests(MonitoringFixture fixture)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Captured_rows_are_listed_newest_first_page_by_page()
    {
        var project = fixture.NewProject();
        await fixture.CaptureAsync(project, Rows(0, 25));
        await fixture.CaptureAsync(project, Rows(25, 10), "another");
        var pages = new List<Page<PredictionRecord>>();
        for (string? cursor = ""; cursor is not null; cursor = pages[^1].Next is { } next ? $"&cursor={next}" : null)
            pages.Add(await ListAsync(project, $"limit=10{cursor}"));
        pages.Select(page => page.Items.Count).ShouldBe([10, 10, 10, 5]);
        var all = pages.SelectMany(page => page.Items).ToList();
        all.Select(row => row.EventTime).ShouldBe(Enumerable.Range(0, 35).Reverse().Select(minute => T0.AddMinutes(minute)));
        all[0].Endpoint.ShouldBe("another");
        all[^1].Inputs.GetProperty("x").GetInt32().ShouldBe(0);
        all[^1].Outputs.GetProperty("y").GetString().ShouldBe("nul \0 stays");
    }

    [Fact]
    public async Task Filters_narrow_the_list()
    {
        var project = fixture.NewProject();
        await fixture.CaptureAsync(project, [.. Rows(0, 10), .. Rows(10, 10, version: 2)]);
        await fixture.CaptureAsync(project, Rows(0, 3), "another");
        (await ListAsync(project, "endpoint=tumours")).Items.Count.ShouldBe(20);
        (await ListAsync(project, "endpoint=nowhere")).Items.ShouldBeEmpty();
        (await ListAsync(project, "modelVersion=2")).Items.Count.ShouldBe(10);
        (await ListAsync(project, $"endpoint=tumours&from={T0.AddMinutes(5):yyyy-MM-ddTHH:mm:ssZ}&to={T0.AddMinutes(8):yyyy-MM-ddTHH:mm:ssZ}")).Items
            .Select(row => row.EventTime.Minute).ShouldBe([7, 6, 5]);
    }

    [Fact]
    public async Task A_batch_that_comes_twice_is_stored_once_even_at_the_same_time()
    {
        var (project, batch) = (fixture.NewProject(), Guid.CreateVersion7());
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.CaptureAsync(project, Rows(0, 100), batch: batch)));
        answers.Sum(answer => answer.Stored).ShouldBe(100);
        (await ListAsync(project, "limit=1000")).Items.Count.ShouldBe(100);
        (await fixture.CaptureAsync(fixture.NewProject(), Rows(0, 1), batch: batch)).Stored.ShouldBe(1, "a batch id is the project's own");
    }

    [Fact]
    public async Task Batches_of_several_versions_at_once_do_not_lock_each_other_out()
    {
        var project = fixture.NewProject();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i =>
            fixture.CaptureAsync(project, [.. Rows(i, 2, version: 1 + (i % 3)), .. Rows(i, 2, version: 3 - (i % 3))])));
        (await ListAsync(project, "limit=1000")).Items.Count.ShouldBe(120);
    }

    [Fact]
    public async Task Two_projects_do_not_see_each_other()
    {
        var (mine, theirs) = (fixture.NewProject(), fixture.NewProject());
        await fixture.CaptureAsync(theirs, Rows(0, 3));
        (await ListAsync(mine, "")).Items.ShouldBeEmpty();
        using var answer = await fixture.Client(mine).GetAsync($"/api/v1/projects/{theirs}/predictions");
        await answer.ShouldBeProblem(HttpStatusCode.NotFound, "project.unknown");
    }

    [Theory]
    [InlineData("endpoint=Not%20a%20name", "query.invalid")]
    [InlineData("from=yesterday", "query.invalid")]
    [InlineData("to=2026-13-01", "query.invalid")]
    [InlineData("modelVersion=one", "query.invalid")]
    [InlineData("limit=0", "limit.invalid")]
    [InlineData("limit=1001", "limit.invalid")]
    [InlineData("cursor=nonsense", "cursor.invalid")]
    public async Task A_query_out_of_form_is_refused(string query, string code)
    {
        var project = fixture.NewProject();
        using var answer = await fixture.Client(project).GetAsync($"/api/v1/projects/{project}/predictions?{query}");
        await answer.ShouldBeProblem(HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task Only_services_capture()
    {
        var project = fixture.NewProject();
        using var body = new PredictionBatch(Guid.CreateVersion7(), "tumours", "cancer", []).ToContent();
        using var answer = await fixture.Client(project, Role.Owner).PostAsync($"/internal/projects/{project}/predictions", body);
        await answer.ShouldBeProblem(HttpStatusCode.Forbidden, "access.services-only");
        using var nobody = await fixture.Host.Anonymous().GetAsync($"/api/v1/projects/{project}/predictions");
        await nobody.ShouldBeProblem(HttpStatusCode.Unauthorized, "identity.required");
    }

    [Fact]
    public async Task A_batch_out_of_form_is_refused_wherever_it_breaks_off()
    {
        var project = fixture.NewProject();
        var whole = new PredictionBatch(Guid.CreateVersion7(), "tumours", "cancer", Rows(0, 2)).ToBytes();
        var borders = new List<int>();
        for (var length = 0; length < whole.Length; length++)
        {
            using var answer = await CaptureAsync(project, whole[..length]);
            if (answer.StatusCode == HttpStatusCode.OK) borders.Add(length);
            else await answer.ShouldBeProblem(HttpStatusCode.BadRequest, "body.malformed");
        }

        // Nothing says how many rows follow: what ends with its head, or with a row, is a smaller batch.
        borders.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_batch_of_another_version_or_with_lengths_beyond_its_end_is_refused()
    {
        var project = fixture.NewProject();
        var whole = new PredictionBatch(Guid.CreateVersion7(), "tumours", "cancer", Rows(0, 1)).ToBytes();
        using var other = await CaptureAsync(project, [1, .. whole[1..]]);
        await other.ShouldBeProblem(HttpStatusCode.BadRequest, "body.malformed");
        foreach (var length in (byte[][])[[0xFF, 0xFF, 0xFF, 0x7F], [0xFE, 0xFF, 0xFF, 0xFF]])
        {
            using var answer = await CaptureAsync(project, [.. whole[..17], .. length, .. whole[21..]]);
            await answer.ShouldBeProblem(HttpStatusCode.BadRequest, "body.malformed");
        }

        using var json = await fixture.Host.ClientForService("serving").PostAsync(
            $"/internal/projects/{project}/predictions", new StringContent("{}", Encoding.UTF8, "application/json"));
        await json.ShouldBeProblem(HttpStatusCode.BadRequest, "body.media-type");
        (await ListAsync(project, "")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_endpoint_out_of_form_is_refused()
    {
        var body = new PredictionBatch(Guid.CreateVersion7(), "NO", "cancer", Rows(0, 1)).ToBytes();
        using var answer = await CaptureAsync(fixture.NewProject(), body);
        await answer.ShouldBeProblem(HttpStatusCode.BadRequest, "body.invalid");
    }

    [Fact]
    public async Task Event_times_of_all_ages_and_ids_with_any_character_are_kept()
    {
        var project = fixture.NewProject();
        DateTimeOffset[] times = [DateTimeOffset.MinValue, T0.AddMicroseconds(1), new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero)];
        await fixture.CaptureAsync(project, [.. times.Select((time, i) => Rows(0, 1)[0] with { EventTime = time, RequestId = i == 0 ? null : "a\0b" })]);
        (await ListAsync(project, "")).Items.Select(row => row.EventTime).ShouldBe(times.Reverse());
    }

    [Fact]
    public async Task Pages_and_borders_may_cut_through_a_second_and_its_batches()
    {
        var project = fixture.NewProject();
        for (var batch = 0; batch < 3; batch++)
            await fixture.CaptureAsync(project, [.. Enumerable.Range(0, 400).Select(i => Rows(batch, 1)[0] with { EventTime = T0.AddMilliseconds((i * 7 % 400 * 10) + batch) })]);
        var rows = new List<PredictionRecord>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await ListAsync(project, $"limit=70{cursor}");
            page.Items.Count.ShouldBe(Math.Min(70, 1200 - rows.Count));
            rows.AddRange(page.Items);
            cursor = page.Next is { } next ? $"&cursor={next}" : null;
        }

        rows.Select(row => row.EventTime).Distinct().Count().ShouldBe(1200);
        rows.Select(row => row.Id).Distinct().Count().ShouldBe(1200);
        // Within a second by batch, the last one first, and in each the newest row first.
        rows.ShouldBe(rows.OrderByDescending(row => row.EventTime.ToUnixTimeSeconds()).ThenByDescending(row => row.EventTime.Millisecond % 10).ThenByDescending(row => row.EventTime).ToList());
        (await ListAsync(project, "limit=1000&from=2026-03-01T00:00:00.5000009Z&to=2026-03-01T00:00:03.0100001Z")).Items
            .Select(row => (row.EventTime - T0).TotalMilliseconds).ShouldAllBe(at => at >= 501 && at <= 3010);
        (await ListAsync(project, "limit=1000&from=2026-03-01T00:00:00.999Z&to=2026-03-01T00:00:01.001Z")).Items
            .Select(row => (row.EventTime - T0).TotalMilliseconds).ShouldBe([1000]);
        (await ListAsync(project, "from=2026-03-01T00:00:00.999Z&to=9999-12-31T23:59:59.9999999Z&limit=1")).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Values_of_every_type_come_back_as_they_were()
    {
        var project = fixture.NewProject();
        var columns = new PredictionColumns(
            [new("single", ColumnType.Fp32), new("missing", ColumnType.Fp32), new("double", ColumnType.Fp64), new("integer", ColumnType.Int64), new("truth", ColumnType.Bool), new("text", ColumnType.Bytes)],
            [new("scores", ColumnType.Fp32, IsScalar: false), new("none", ColumnType.Fp64, IsScalar: false), new("texts", ColumnType.Bytes, IsScalar: false)]);
        var (bytes, values) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        PredictionFrames.WriteHead(bytes, Guid.CreateVersion7(), "tumours", "cancer", 7, columns);
        PredictionValues.Write(values, [0.1f], true);
        PredictionValues.Write(values, [float.NaN], true);
        PredictionValues.Write(values, [double.Epsilon], true);
        PredictionValues.Write(values, [long.MaxValue], true);
        PredictionValues.Write(values, [true], true);
        PredictionValues.Write(values, ["größe \"\0\""], true);
        PredictionValues.Write(values, [0.25f, float.PositiveInfinity], false);
        PredictionValues.Write(values, (ReadOnlySpan<double>)[], false);
        PredictionValues.Write(values, ["", "b"], false);
        PredictionFrames.WriteRow(bytes, T0, 0.5, null, values.WrittenSpan);
        using var answer = await CaptureAsync(project, bytes.WrittenSpan.ToArray());
        answer.EnsureSuccessStatusCode();
        var row = (await ListAsync(project, "")).Items.ShouldHaveSingleItem();
        (row.ModelVersion, row.LatencyMs).ShouldBe((7, 0.5));
        row.Inputs.GetRawText().ShouldBe("""{"single":0.1,"missing":null,"double":5E-324,"integer":9223372036854775807,"truth":true,"text":"größe \"\u0000\""}""");
        row.Outputs.GetRawText().ShouldBe("""{"scores":[0.25,null],"none":[],"texts":["","b"]}""");
        // Any cut through lists and texts is seen.
        var head = bytes.WrittenCount - values.WrittenCount;
        for (var length = head; length < bytes.WrittenCount; length++)
        {
            var cut = bytes.WrittenSpan[..length].ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(head - 24), 20 + length - head);
            using var refused = await CaptureAsync(project, cut);
            await refused.ShouldBeProblem(HttpStatusCode.BadRequest, "body.malformed");
        }
    }

    [Fact]
    public async Task Too_large_a_batch_is_refused()
    {
        var body = new PredictionBatch(Guid.CreateVersion7(), "tumours", "cancer", Rows(0, 10_001)).ToBytes();
        using var answer = await CaptureAsync(fixture.NewProject(), body);
        await answer.ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge, "batch.too-large");
    }

    [Fact]
    public async Task Days_beyond_the_retention_are_dropped_whole()
    {
        var partitions = fixture.Host.Service<PredictionPartitions>();
        var old = DateTimeOffset.UtcNow.AddDays(-200);
        await partitions.EnsureAsync(old, CancellationToken.None);
        await partitions.EnsureAsync(old.AddDays(1), CancellationToken.None);
        (await partitions.DropBeforeAsync(old.AddDays(1), CancellationToken.None)).ShouldBe(1);
        (await partitions.DropBeforeAsync(old.AddDays(2), CancellationToken.None)).ShouldBe(1);
        await using var count = fixture.Host.Service<ServiceDatabase<IMonitoringStore>>().DataSource.CreateCommand("select count(*) from prediction_segments");
        ((long)(await count.ExecuteScalarAsync())!).ShouldBeGreaterThanOrEqualTo(0);
    }

    private Task<HttpResponseMessage> CaptureAsync(string project, byte[] body) =>
        fixture.Host.ClientForService("serving").PostAsync($"/internal/projects/{project}/predictions", PredictionBatch.ContentOf(body));

    private async Task<Page<PredictionRecord>> ListAsync(string project, string query) =>
        (await fixture.Client(project, Role.Viewer).GetFromJsonAsync<Page<PredictionRecord>>($"/api/v1/projects/{project}/predictions?{query}", MeshJson.Strict))!;

    private static Prediction[] Rows(int first, int count, int version = 1) => [.. Enumerable.Range(first, count).Select(i => new Prediction(
        T0.AddMinutes(i), version, JsonSerializer.SerializeToElement(new { x = i }), JsonSerializer.SerializeToElement(new { y = "nul \0 stays" }), 0.25, $"r{i}"))];
}
