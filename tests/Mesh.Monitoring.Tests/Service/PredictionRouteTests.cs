using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Predictions;

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
        answers.Sum(answer => answer.GetProperty("stored").GetInt32()).ShouldBe(100);
        (await ListAsync(project, "limit=1000")).Items.Count.ShouldBe(100);
        (await fixture.CaptureAsync(fixture.NewProject(), Rows(0, 1), batch: batch)).GetProperty("stored").GetInt32().ShouldBe(1, "a batch id is the project's own");
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
        using var answer = await fixture.Client(project, Role.Owner).PostAsJsonAsync(
            $"/internal/projects/{project}/predictions", new PredictionBatch(Guid.CreateVersion7(), "tumours", "cancer", []), MeshJson.Strict);
        await answer.ShouldBeProblem(HttpStatusCode.Forbidden, "access.services-only");
        using var nobody = await fixture.Host.Anonymous().GetAsync($"/api/v1/projects/{project}/predictions");
        await nobody.ShouldBeProblem(HttpStatusCode.Unauthorized, "identity.required");
    }

    [Theory]
    [InlineData("""{"batchId":"not an id"}""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("""{"batchId":"0198c3a0-0000-7000-8000-000000000000","endpoint":"a","model":"m","predictions":[],"more":1}""", HttpStatusCode.BadRequest, "body.malformed")]
    [InlineData("""{"batchId":"0198c3a0-0000-7000-8000-000000000000","endpoint":"NO","model":"m","predictions":[]}""", HttpStatusCode.BadRequest, "body.invalid")]
    [InlineData("""{"batchId":""", HttpStatusCode.BadRequest, "body.malformed")]
    public async Task A_batch_out_of_form_is_refused(string body, HttpStatusCode status, string code)
    {
        using var answer = await fixture.Host.ClientForService("serving").PostAsync(
            $"/internal/projects/{fixture.NewProject()}/predictions", new StringContent(body, Encoding.UTF8, "application/json"));
        await answer.ShouldBeProblem(status, code);
    }

    [Fact]
    public async Task Too_large_a_batch_is_refused()
    {
        using var answer = await fixture.Host.ClientForService("serving").PostAsJsonAsync(
            $"/internal/projects/{fixture.NewProject()}/predictions", new PredictionBatch(Guid.CreateVersion7(), "tumours", "cancer", Rows(0, 10_001)), MeshJson.Strict);
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
        await using var count = fixture.Host.Service<ServiceDatabase<IMonitoringStore>>().DataSource.CreateCommand("select count(*) from predictions");
        ((long)(await count.ExecuteScalarAsync())!).ShouldBeGreaterThanOrEqualTo(0);
    }

    private async Task<Page<PredictionRecord>> ListAsync(string project, string query) =>
        (await fixture.Client(project, Role.Viewer).GetFromJsonAsync<Page<PredictionRecord>>($"/api/v1/projects/{project}/predictions?{query}", MeshJson.Strict))!;

    private static Prediction[] Rows(int first, int count, int version = 1) => [.. Enumerable.Range(first, count).Select(i => new Prediction(
        T0.AddMinutes(i), version, JsonSerializer.SerializeToElement(new { x = i }), JsonSerializer.SerializeToElement(new { y = "nul \0 stays" }), 0.25, $"r{i}"))];
}
