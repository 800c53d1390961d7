using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Mesh.Tracking.Metrics;
using Mesh.Tracking.Metrics.Buckets;
using Npgsql;

namespace Mesh.Tracking.Tests.Metrics;

public sealed class ChartApiTests(TrackingFixture tracking)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_short_metric_is_shown_as_it_is()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, new("a/b", 3, 5, T0), new("a/b", double.NaN, -7, T0.AddSeconds(9)), new("a/b", double.PositiveInfinity, 2, T0.AddSeconds(-1)), new("a/b", 3, 5, T0));
        var chart = await ada.GetAsync<MetricChart>($"/runs/{run.Id}/metrics/a/b?points=4");
        (chart.Run, chart.Name, chart.Count, chart.Sampled).ShouldBe((run.Id, "a/b", 4L, false));
        chart.X.ShouldBe([-7, 2, 5, 5]);
        chart.Steps.ShouldBe([-7, 2, 5, 5]);
        chart.Times.ShouldBe([T0.AddSeconds(9), T0.AddSeconds(-1), T0, T0]);
        chart.Values.ShouldBe([double.NaN, double.PositiveInfinity, 3, 3]);

        var byTime = await ada.GetAsync<MetricChart>($"/runs/{run.Id}/metrics/a%2Fb?points=4&x=time");
        byTime.Steps.ShouldBe([2, 5, 5, -7]);
        byTime.X.ShouldBe(byTime.Times.Select(time => (double)time.ToUnixTimeMilliseconds()));
        var relative = await ada.GetAsync<MetricChart>($"/runs/{run.Id}/metrics/a/b?points=4&x=relative");
        var start = (await ada.GetAsync(run.Id)).StartedAt!.Value;
        relative.X.ShouldBe(byTime.Times.Select(time => Math.Round((time - start).TotalSeconds, 6)), 0.000_002);
    }

    [Fact]
    public async Task Times_of_a_run_that_never_started_count_from_its_creation()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        await ada.LogAsync(run.Id, new MetricPoint("x", 1, 0, run.CreatedAt.AddSeconds(90)));
        (await ada.GetAsync<MetricChart>($"/runs/{run.Id}/metrics/x?points=4&x=relative")).X.ShouldHaveSingleItem().ShouldBe(90, 0.001);
    }

    [Fact]
    public async Task Several_runs_and_metrics_come_with_one_call()
    {
        var ada = tracking.NewProject();
        var (first, second, deleted) = (await ada.CreateAsync(), await ada.CreateAsync(), await ada.CreateAsync());
        foreach (var run in (RunInfo[])[first, second, deleted]) await ada.LogAsync(run.Id, [.. Enumerable.Range(0, 100).SelectMany(i => (MetricPoint[])[new("loss", i, i), new("acc", -i, i)])]);
        await ada.Http.DeleteAsync($"{ada.Base}/runs/{deleted.Id}");
        var stranger = tracking.NewProject();
        var foreign = await stranger.CreateAsync();
        await stranger.LogAsync(foreign.Id, new MetricPoint("loss", 1));

        var query = $"/metrics?run={second.Id}&run={first.Id}&run={deleted.Id}&run={foreign.Id}&run={Guid.CreateVersion7()}&points=8";
        var charts = await ada.GetAsync<MetricCharts>(query);
        charts.X.ShouldBe(ChartAxis.Step);
        charts.Charts.Select(c => (c.Run, c.Name)).ShouldBe([(second.Id, "acc"), (second.Id, "loss"), (first.Id, "acc"), (first.Id, "loss")]);
        charts.Charts[1].Values.ShouldBe([0, 49, 50, 99]);
        charts.Charts.ShouldAllBe(c => c.Sampled && c.Count == 100);
        (await ada.GetAsync<MetricCharts>($"{query}&name=loss&name=other&x=time")).Charts.Select(c => (c.Run, c.Name)).ShouldBe([(second.Id, "loss"), (first.Id, "loss")]);
    }

    [Fact]
    public async Task More_charts_than_an_answer_holds_are_refused()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        await ada.LogAsync(run.Id, [.. Enumerable.Range(0, 201).Select(i => new MetricPoint($"m{i}", i))]);
        await ada.Http.GetAsync($"{ada.Base}/metrics?run={run.Id}").ShouldBeProblemAsync(422, "charts.too-many");
        (await ada.GetAsync<MetricCharts>($"/metrics?run={run.Id}&name=m7")).Charts.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_long_metric_keeps_its_outline_whatever_the_order_of_its_points()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        var random = new Random(11);
        var all = new List<MetricPoint>();
        for (var batch = 0; batch < 10; batch++)
        {
            // Some batches go on, some go back, one is far away, one repeats points, and single ones come between.
            var from = batch switch { 3 => -40_000, 5 => 1L << 40, 7 => 0, _ => batch * 8_000L };
            var points = Enumerable.Range(0, batch >= 8 ? 1 : 8_000).Select(i => new MetricPoint(
                "x", random.Next(50) == 0 ? double.NaN : random.NextDouble(), from + (i / 2), T0.AddMilliseconds(random.Next(1 << 30)))).ToArray();
            if (batch == 4) points[17] = points[17] with { Value = -5 };
            if (batch == 6) points[18] = points[18] with { Value = double.PositiveInfinity };
            if (batch == 7) points = [.. all.Take(8_000)];
            await ada.LogAsync(run.Id, points);
            all.AddRange(points);
            await AssertAsync();
        }

        // The commit after the one that made too many has joined them.
        foreach (var axis in (string[])["step", "time"]) (await BucketsAsync(axis)).Count.ShouldBeInRange(1, BucketSet.Most(all.Count));
        var chart = await ada.GetAsync<MetricChart>($"/runs/{run.Id}/metrics/x?points=1000");
        chart.Values.Count.ShouldBeInRange(500, 1000);

        async Task AssertAsync()
        {
            foreach (var axis in (string[])["step", "time"])
            {
                var chart = await ada.GetAsync<MetricChart>($"/runs/{run.Id}/metrics/x?points=200&x={axis}");
                chart.Count.ShouldBe(all.Count);
                chart.Values.Count.ShouldBeLessThanOrEqualTo(200);
                var drawn = chart.Steps.Zip(chart.Times, chart.Values).ToArray();
                var known = all.Select(p => (p.Step, p.Time!.Value, p.Value)).ToHashSet();
                drawn.ShouldAllBe(p => known.Contains(p));
                drawn.ShouldBe(axis == "step" ? drawn.OrderBy(p => p.First).ThenBy(p => p.Second) : drawn.OrderBy(p => p.Second).ThenBy(p => p.First));
                chart.Values.Where(v => !double.IsNaN(v)).Min().ShouldBe(all.Where(p => !double.IsNaN(p.Value)).Min(p => p.Value));
                chart.Values.Where(v => !double.IsNaN(v)).Max().ShouldBe(all.Where(p => !double.IsNaN(p.Value)).Max(p => p.Value));
                if (axis == "step") (chart.Steps[0], chart.Steps[^1]).ShouldBe((all.Min(p => p.Step), all.Max(p => p.Step)));
                else (chart.Times[0], chart.Times[^1]).ShouldBe((all.Min(p => p.Time!.Value), all.Max(p => p.Time!.Value)));
                if (all.Count > BucketUpkeep.Threshold) await BucketsAsync(axis);
            }
        }

        // What is stored is what the points themselves say.
        async Task<BucketSet> BucketsAsync(string name)
        {
            var axis = name == "step" ? Axis.Step : Axis.Time;
            await using var connection = await tracking.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.OpenConnectionAsync();
            await using var command = new NpgsqlCommand($"select series, {name}_shift, {name}_buckets from metric where run = $1", connection) { Parameters = { new() { Value = run.Id } } };
            var (series, shift, count) = (0L, (short)0, 0);
            await using (var row = await command.ExecuteReaderAsync())
            {
                await row.ReadAsync();
                (series, shift, count) = (row.GetInt64(0), row.GetInt16(1), row.GetInt32(2));
            }

            var stored = await BucketStore.ReadAsync(connection, series, axis, shift, default);
            var expected = new BucketSet(axis, shift);
            foreach (var point in all) expected.Add(Sample.Of(point.Step, point.Time!.Value, point.Value));
            stored.Items.ShouldBe(expected.Items, ignoreOrder: true);
            stored.Count.ShouldBe(count);
            return stored;
        }
    }

    [Fact]
    public async Task Writers_at_once_keep_the_buckets_whole()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (writer, _) =>
        {
            for (var i = 0; i < 5; i++)
                await ada.LogAsync(run.Id, [.. Enumerable.Range(0, 1_000).SelectMany(p => (MetricPoint[])[new("x", p, (i * 8_000) + (p * 8) + writer, T0.AddSeconds(p)), new("y", p, p)])]);
        });
        await using var connection = await tracking.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            "select name, axis, sum(b.count)::int8 from metric m join metric_bucket b using (series) where m.run = $1 group by 1, 2 order by 1, 2", connection)
        {
            Parameters = { new() { Value = run.Id } },
        };
        var counts = new List<(string, short, long)>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) counts.Add((rows.GetString(0), rows.GetInt16(1), rows.GetInt64(2)));
        counts.ShouldBe([("x", 0, 40_000), ("x", 1, 40_000), ("y", 0, 40_000), ("y", 1, 40_000)]);
    }
}
