using System.Net;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Mesh.Tracking.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Mesh.Tracking.Tests.Metrics;

public sealed class MetricApiTests(TrackingFixture tracking)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Points_are_kept_and_summarized()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, new("loss", 0.9, 0, T0), new("loss", 0.1, 2, T0.AddSeconds(2)), new("loss", 0.5, 1, T0.AddSeconds(1)), new("acc", 1));
        await ada.LogAsync(run.Id, new MetricPoint("loss", 0.3, 1, T0.AddSeconds(5)));

        var metrics = (await ada.GetAsync(run.Id)).Metrics;
        metrics["loss"].ShouldBe(new MetricSummary(0.1, 2, 0.1, 0.9, 4));
        metrics["acc"].ShouldBe(new MetricSummary(1, 0, 1, 1, 1));
        (await ada.GetAsync<Dictionary<string, MetricSummary>>($"/runs/{run.Id}/metrics")).ShouldBe(metrics, ignoreOrder: true);
        var history = await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/loss");
        history.Items.ShouldBe([
            new("loss", 0.9, 0, T0), new("loss", 0.5, 1, T0.AddSeconds(1)), new("loss", 0.3, 1, T0.AddSeconds(5)), new("loss", 0.1, 2, T0.AddSeconds(2))]);
        history.Next.ShouldBeNull();
    }

    [Fact]
    public async Task A_run_has_a_limited_number_of_metrics()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, [.. Enumerable.Range(0, MetricRejections.MaxSeries - 1).Select(i => new MetricPoint($"m{i}", i))]);
        var two = new LogMetrics([new("a", 1), new("b", 1)], null, Guid.CreateVersion7());
        await ada.PostAsync($"/runs/{run.Id}/metrics", two).ShouldBeProblemAsync(422, "metrics.too-many");
        (await ada.GetAsync(run.Id)).Metrics.Count.ShouldBe(MetricRejections.MaxSeries - 1);

        // Refused points leave nothing behind, not even the id of their batch; others of the same commit are not refused with them.
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ada.PostAsync(
            $"/runs/{run.Id}/metrics", i % 2 == 0 ? new LogMetrics([new("m0", i, 1 + i)]) : two)));
        answers.Select(answer => (int)answer.StatusCode).ShouldBe(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? 204 : 422));
        await ada.LogAsync(run.Id, new MetricPoint("a", 1));
        await ada.LogAsync(run.Id, new MetricPoint("a", 2, 1), new MetricPoint("m0", 7, 100));
        await ada.PostAsync($"/runs/{run.Id}/metrics", new LogMetrics([new("a", 1), new("b", 1)])).ShouldBeProblemAsync(422, "metrics.too-many");
        var metrics = (await ada.GetAsync(run.Id)).Metrics;
        metrics.Count.ShouldBe(MetricRejections.MaxSeries);
        (metrics["m0"].Count, metrics["a"].Count).ShouldBe((12, 2));
    }

    [Fact]
    public async Task A_history_is_paged_by_cursor()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, [.. Enumerable.Range(0, 25).Select(i => new MetricPoint("train/loss", i, i / 2))]);
        var values = new List<double>();
        string? cursor = null;
        do
        {
            var page = await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/train%2Floss?limit=10{(cursor is null ? "" : $"&cursor={cursor}")}");
            values.AddRange(page.Items.Select(p => p.Value));
            cursor = page.Next;
        }
        while (cursor is not null);
        values.ShouldBe(Enumerable.Range(0, 25).Select(i => (double)i));
        (await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/train/loss")).Items.Count.ShouldBe(25);
    }

    [Fact]
    public async Task Not_a_number_and_the_infinities_are_kept()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(
            run.Id, new("x", double.NaN, 0, T0), new("x", 3, 1, T0), new("x", double.PositiveInfinity, 2, T0), new("x", double.NaN, 3, T0), new("nan", double.NaN));
        await ada.LogAsync(run.Id, new("x", double.NegativeInfinity, 4, T0), new("nan", 7, 1));
        var metrics = (await ada.GetAsync(run.Id)).Metrics;
        metrics["x"].ShouldBe(new MetricSummary(double.NegativeInfinity, 4, double.NegativeInfinity, double.PositiveInfinity, 5));
        metrics["nan"].ShouldBe(new MetricSummary(7, 1, 7, 7, 2));
        (await ada.Http.GetStringAsync($"{ada.Base}/runs/{run.Id}/metrics/x")).ShouldContain("\"NaN\"");
        (await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/x")).Items.Select(p => p.Value)
            .ShouldBe([double.NaN, 3, double.PositiveInfinity, double.NaN, double.NegativeInfinity]);
    }

    [Fact]
    public async Task A_batch_that_comes_twice_counts_once()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var batch = new LogMetrics([new("loss", 1, 1), new("loss", 2, 2)], 1, Guid.CreateVersion7());
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ada.PostAsync($"/runs/{run.Id}/metrics", batch)));
        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.NoContent);
        (await ada.PostAsync($"/runs/{run.Id}/metrics", batch)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ada.GetAsync(run.Id)).Metrics["loss"].Count.ShouldBe(2);
        (await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/loss")).Items.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Batch_ids_are_kept_as_long_as_a_client_may_repeat_them()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var batch = new LogMetrics([new("loss", 1, 1)], null, Guid.CreateVersion7());
        await ada.PostAsync($"/runs/{run.Id}/metrics", batch);
        await AgeAsync(13);
        await ada.PostAsync($"/runs/{run.Id}/metrics", batch);
        (await ada.GetAsync(run.Id)).Metrics["loss"].Count.ShouldBe(1);
        await AgeAsync(15);
        await ada.PostAsync($"/runs/{run.Id}/metrics", batch);
        (await ada.GetAsync(run.Id)).Metrics["loss"].Count.ShouldBe(2);

        async Task AgeAsync(int days)
        {
            var database = tracking.Host.Service<ServiceDatabase<ITrackingStore>>();
            await using var command = database.DataSource.CreateCommand("update metric_batch set written_at = now() - $1 * interval '1 day' where run = $2");
            command.Parameters.Add(new() { Value = days });
            command.Parameters.Add(new() { Value = run.Id });
            await command.ExecuteNonQueryAsync();
            await new BatchIdCleaner(database, TimeProvider.System, NullLogger<BatchIdCleaner>.Instance).RunOnceAsync(default);
        }
    }

    [Fact]
    public async Task Many_writers_at_once_lose_and_double_nothing()
    {
        const int Writers = 16, Batches = 10, Points = 20;
        var ada = tracking.NewProject();
        var runs = new[] { await ada.StartedAsync(), await ada.StartedAsync(), await ada.StartedAsync() };
        await Parallel.ForEachAsync(Enumerable.Range(0, Writers), new ParallelOptions { MaxDegreeOfParallelism = Writers }, async (writer, _) =>
        {
            for (var i = 0; i < Batches; i++)
                await ada.LogAsync(runs[writer % 3].Id, [.. Enumerable.Range(0, Points).Select(p => new MetricPoint($"m{p % 2}", writer, i))]);
        });
        long total = 0;
        foreach (var run in runs)
        {
            foreach (var (name, summary) in (await ada.GetAsync(run.Id)).Metrics)
            {
                var page = await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/{name}?limit=1000");
                page.Items.Count.ShouldBe((int)summary.Count);
                total += summary.Count;
            }
        }

        total.ShouldBe(Writers * Batches * Points);
    }

    [Fact]
    public async Task A_refused_request_in_a_group_leaves_the_others_alone()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync(2);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            ada.PostAsync($"/runs/{(i % 4 == 3 ? Guid.CreateVersion7() : run.Id)}/metrics", new LogMetrics([new("x", i, i)], i % 2 == 0 ? 2 : null))));
        answers.Count(a => a.StatusCode == HttpStatusCode.NotFound).ShouldBe(5);
        answers.Count(a => a.StatusCode == HttpStatusCode.NoContent).ShouldBe(15);
        (await ada.GetAsync(run.Id)).Metrics["x"].Count.ShouldBe(15);
    }

    [Fact]
    public async Task Points_of_a_lost_attempt_or_an_ended_run_are_refused()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync(2);
        var lost = await ada.PostAsync($"/runs/{run.Id}/metrics", new LogMetrics([new("x", 1)], 1)).ShouldBeProblemAsync(409, "run.lease-lost");
        lost.Detail!.ShouldContain("Attempt 1");
        lost.Detail!.ShouldContain("attempt 2");
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun(2));
        await ada.PostAsync($"/runs/{run.Id}/metrics", new LogMetrics([new("x", 1)], 2)).ShouldBeProblemAsync(409, "run.closed");
        (await ada.GetAsync(run.Id)).Metrics.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"points":[{"name":"x"}]}""", "body.malformed")]
    [InlineData("""{"points":[{"name":"x","value":"abc"}]}""", "body.malformed")]
    [InlineData("""{"points":[{"name":"x","value":1,"step":1.5}]}""", "body.malformed")]
    [InlineData("""{"points":[{"name":"x","value":1,"colour":"red"}]}""", "body.malformed")]
    [InlineData("""{"points":[{"name":"x","value":1,"time":"yesterday"}]}""", "body.malformed")]
    [InlineData("""{"points":[{"name":"x","value":1]}""", "body.malformed")]
    [InlineData("""{"points":null}""", "body.malformed")]
    [InlineData("""[]""", "body.malformed")]
    [InlineData("""{"points":[null]}""", "body.invalid")]
    [InlineData("""{"points":[{"name":"x","value":1},{"name":"../x","value":1}]}""", "body.invalid")]
    [InlineData("""{"points":[{"name":"x","value":1,"step":9223372036854775808}]}""", "body.malformed")]
    [InlineData("""{"points":[{"name":"x","value":1,"step":-9223372036854775809}]}""", "body.malformed")]
    public async Task Malformed_points_are_refused_and_change_nothing(string body, string code)
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/metrics", new StringContent(body, Encoding.UTF8, "application/json")).ShouldBeProblemAsync(400, code);
        (await ada.GetAsync(run.Id)).Metrics.ShouldBeEmpty();
    }

    [Fact]
    public async Task Too_many_points_and_too_large_bodies_are_refused()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var many = new LogMetrics([.. Enumerable.Range(0, 10_001).Select(i => new MetricPoint("x", i, i))]);
        await ada.PostAsync($"/runs/{run.Id}/metrics", many).ShouldBeProblemAsync(400, "body.invalid");
        var huge = new StringContent($$"""{"points":[{"name":"{{new string('x', 9 << 20)}}","value":1}]}""", Encoding.UTF8, "application/json");
        await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/metrics", huge).ShouldBeProblemAsync(413, "body.too-large");
        await ada.LogAsync(run.Id, [.. Enumerable.Range(0, 10_000).Select(i => new MetricPoint("x", i, i))]);
        (await ada.GetAsync(run.Id)).Metrics["x"].Count.ShouldBe(10_000);
    }

    [Fact]
    public async Task A_metric_that_is_not_there_and_a_foreign_run_are_not_found()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, new MetricPoint("x", 1));
        await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}/metrics/y").ShouldBeProblemAsync(404, "metric.unknown");
        await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}/metrics/x?cursor=nonsense").ShouldBeProblemAsync(400, "cursor.invalid");
        var other = tracking.NewProject();
        await other.Http.GetAsync($"{other.Base}/runs/{run.Id}/metrics/x").ShouldBeProblemAsync(404, "run.unknown");
        await other.PostAsync($"/runs/{run.Id}/metrics", new LogMetrics([new("x", 1)])).ShouldBeProblemAsync(404, "run.unknown");
        (await other.PostAsync($"/runs/{(await other.CreateAsync()).Id}/metrics", new LogMetrics([]))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task The_extremes_of_steps_and_times_are_kept()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        MetricPoint[] points =
        [
            new("x", 1, long.MinValue, DateTimeOffset.MinValue),
            new("x", 3, -1, new DateTimeOffset(2126, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(7)),
            new("x", 2, long.MaxValue, new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.FromHours(3))),
        ];
        await ada.LogAsync(run.Id, points);
        (await ada.GetAsync(run.Id)).Metrics["x"].LastStep.ShouldBe(long.MaxValue);
        (await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/x")).Items.ShouldBe(points);
        var (read, cursor) = (new List<MetricPoint>(), "");
        for (var page = new Page<MetricPoint>([], ""); page.Next is not null; cursor = $"&cursor={page.Next}")
        {
            page = await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/x?limit=1{cursor}");
            read.AddRange(page.Items);
        }

        read.ShouldBe(points);
    }

    [Fact]
    public async Task A_step_beyond_64_bits_is_named()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var body = new StringContent("""{"points":[{"name":"x","value":1},{"name":"x","value":1,"step":9223372036854775808}]}""", Encoding.UTF8, "application/json");
        var problem = await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/metrics", body).ShouldBeProblemAsync(400, "body.malformed");
        problem.Detail.ShouldBe("'points[1].step' must be a whole number from -9223372036854775808 to 9223372036854775807.");
    }

    /// <summary>Points of two requests in both orders; the value that is the latest.</summary>
    public static TheoryData<MetricPoint, MetricPoint, double> Latest => new()
    {
        { new("x", 1, -2, T0.AddDays(1)), new("x", 2, -1, T0), 2 },
        { new("x", 1, 5, T0), new("x", 2, 5, T0.AddMicroseconds(1)), 2 },
        { new("x", 1, 5, T0), new("x", 2, 5, T0), 2 },
        { new("x", double.NegativeInfinity, 5, T0), new("x", -7, 5, T0), -7 },
        { new("x", double.PositiveInfinity, 5, T0), new("x", double.NaN, 5, T0), double.NaN },
    };

    [Theory, MemberData(nameof(Latest))]
    public async Task The_latest_point_has_the_greatest_step_time_and_value(MetricPoint lower, MetricPoint latest, double value)
    {
        var ada = tracking.NewProject();
        foreach (var order in (MetricPoint[][])[[lower, latest], [latest, lower]])
        {
            var (apart, together) = (await ada.StartedAsync(), await ada.StartedAsync());
            foreach (var point in order) await ada.LogAsync(apart.Id, point);
            await ada.LogAsync(together.Id, order);
            foreach (var run in (Guid[])[apart.Id, together.Id])
            {
                ((await ada.GetAsync(run)).Metrics["x"] is { } x ? (x.Last, x.LastStep) : default).ShouldBe((value, latest.Step));
                (await tracking.Host.Service<MetricReader>().SummariesAsOfAsync(ada.Project, run, T0.AddYears(1), default))["x"].Last.ShouldBe(value);
            }
        }
    }

    [Theory]
    [InlineData("a/b c:d.e-f_9", 204)]
    [InlineData("größe/Ж", 204)]
    [InlineData("../x", 400)]
    [InlineData("/x", 400)]
    [InlineData("x\n", 400)]
    [InlineData("x|y", 400)]
    [InlineData("", 400)]
    public async Task Names_are_those_of_MLflow(string name, int status)
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        foreach (var body in (string[])[$$"""{"points":[{"name":"{{name}}","value":1}]}""", $$"""{"points":[{"name":"{{name}}","value":1,"time":null}]}"""])
        {
            using var answer = await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/metrics", new StringContent(body, Encoding.UTF8, "application/json"));
            ((int)answer.StatusCode).ShouldBe(status);
        }

        if (status == 204) (await ada.GetAsync<Page<MetricPoint>>($"/runs/{run.Id}/metrics/{Uri.EscapeDataString(name)}")).Items.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_name_has_at_most_250_characters()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, new MetricPoint(new string('Ж', 250), 1));
        await ada.PostAsync($"/runs/{run.Id}/metrics", new LogMetrics([new(new string('x', 251), 1)])).ShouldBeProblemAsync(400, "body.invalid");
    }

    [Fact]
    public async Task Points_of_an_ended_run_are_taken_where_the_caller_asks_for_it()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        var writer = tracking.Host.Service<MetricWriter>();
        (await WriteAsync(run.Id, false))!.Code.ShouldBe("run.closed");
        (await WriteAsync(run.Id, true)).ShouldBeNull();
        (await WriteAsync(Guid.CreateVersion7(), true))!.Code.ShouldBe("run.unknown");
        (await ada.GetAsync(run.Id)).Metrics["x"].Count.ShouldBe(1);
        await ada.Http.DeleteAsync($"{ada.Base}/runs/{run.Id}");
        (await WriteAsync(run.Id, true))!.Code.ShouldBe("run.unknown");

        Task<Rejection?> WriteAsync(Guid id, bool afterEnd) =>
            writer.WriteAsync(new MetricBatch(ada.Project, id, new LogMetrics([new("x", 1)]), T0, default) { AfterEnd = afterEnd }, default);
    }

    [Fact]
    public async Task What_the_summary_says_is_what_the_points_say()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var random = new Random(7);
        for (var i = 0; i < 20; i++)
        {
            await ada.LogAsync(run.Id, [.. Enumerable.Range(0, 10).Select(_ => new MetricPoint(
                $"m{random.Next(3)}", random.Next(9) == 0 ? double.NaN : random.Next(-50, 50), random.Next(-15, 15), T0.AddSeconds(random.Next(5))))]);
        }

        var kept = (await ada.GetAsync(run.Id)).Metrics;
        var counted = await tracking.Host.Service<MetricReader>().SummariesAsOfAsync(ada.Project, run.Id, T0.AddYears(1), default);
        kept.ShouldBe(counted, ignoreOrder: true);
        await using var connection = await tracking.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("select count(*) from metric_point p join metric m using (series) where m.run = $1", connection)
        {
            Parameters = { new() { Value = run.Id } },
        };
        (await command.ExecuteScalarAsync()).ShouldBe(200L);
    }
}
