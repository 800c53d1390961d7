using System.Text.Json;
using Mesh.Contracts.Tracking;
using Mesh.Tracking.Metrics;

namespace Mesh.Tracking.Tests.Metrics;

/// <summary>Histories as foreign protocols ask for them.</summary>
public sealed class MetricHistoryTests(TrackingFixture tracking)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Points_that_are_the_same_are_shown_once_by_step_time_and_value()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var random = new Random(3);
        var points = Enumerable.Range(0, 500).Select(_ => new MetricPoint(
            "x", random.Next(9) switch { 0 => double.NaN, 1 => double.PositiveInfinity, var n => n }, random.Next(-3, 3), T0.AddSeconds(random.Next(3)))).ToArray();
        await ada.LogAsync(run.Id, points);
        var expected = points.Select(p => Sample.Of(p.Step, p.Time!.Value, p.Value)).Distinct().Order(Sample.ByStep).ToArray();
        var reader = tracking.Host.Service<MetricHistory>();
        foreach (var limit in (int[])[1, 7, 1000])
        {
            var read = new List<Sample>();
            JsonElement[]? after = null;
            do
            {
                var (page, next) = await reader.ReadAsync(ada.Project, run.Id, "x", after, limit, default);
                page.Count.ShouldBeLessThanOrEqualTo(limit);
                read.AddRange(page.Select(p => Sample.Of(p.Step, p.Time, p.Value)));
                after = next;
            }
            while (after is not null);
            read.ShouldBe(expected);
        }

        (await reader.ReadAsync(ada.Project, run.Id, "y", null, 1, default)).Points.ShouldBeEmpty();
    }

    [Fact]
    public async Task Steps_are_chosen_evenly_from_those_of_all_runs_with_the_first_and_last_of_each()
    {
        var ada = tracking.NewProject();
        var (even, odd) = (await ada.StartedAsync(), await ada.StartedAsync());
        await ada.LogAsync(even.Id, [.. Enumerable.Range(-50, 50).Select(i => new MetricPoint("x", i, 2 * i, T0))]);
        await ada.LogAsync(odd.Id, [.. Enumerable.Range(-45, 40).Select(i => new MetricPoint("x", i, (2 * i) + 1, T0)), new("other", 1)]);
        // Every fifth of the 50 steps of one, every fourth of the 40 of the other, and the last of each; each run shows those of the other that it has.
        var all = Enumerable.Range(-50, 50).Select(i => 2L * i).Concat(Enumerable.Range(-45, 40).Select(i => (2L * i) + 1)).Order().ToArray();
        var chosen = Enumerable.Range(0, 10).SelectMany(i => (long[])[-100 + (10 * i), -89 + (8 * i)]).Append(-2).Append(-11).ToHashSet();
        var found = await ReadAsync([odd.Id, even.Id, Guid.CreateVersion7()], null, null, 10);
        found.ShouldBe(Of(odd.Id, chosen).Concat(Of(even.Id, chosen)));

        // Within bounds, and with room for all.
        found = await ReadAsync([even.Id, odd.Id], -20, -9, 100);
        found.ShouldBe(Of(even.Id, [-20, -18, -16, -14, -12, -10]).Concat(Of(odd.Id, [-19, -17, -15, -13, -11])));
        (await ReadAsync([even.Id], 1, 5, 100)).ShouldBeEmpty();
        (await ReadAsync([even.Id], long.MinValue, long.MaxValue, 1)).Select(p => p.Step).ShouldBe([-100, -2]);

        IEnumerable<(Guid, long)> Of(Guid run, ICollection<long> steps) =>
            all.Where(step => steps.Contains(step) && (step % 2 == 0) == (run == even.Id)).Select(step => (run, step));

        async Task<IEnumerable<(Guid Run, long Step)>> ReadAsync(Guid[] runs, long? start, long? end, int max) =>
            (await tracking.Host.Service<MetricHistory>().SampleAsync(ada.Project, runs, "x", start, end, max, default)).Select(p => (p.Run, p.Point.Step));
    }

    [Fact]
    public async Task Steps_of_long_metrics_are_chosen_evenly_from_the_stretch()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var second = await ada.StartedAsync();
        for (var batch = 0; batch < 21; batch++) await ada.LogAsync(run.Id, [.. Enumerable.Range(batch * 10_000, 10_000).Select(i => new MetricPoint("x", i, i - 5_000, T0))]);
        await ada.LogAsync(second.Id, new("x", 1, long.MinValue, T0), new("x", 1, 5, T0), new("x", 1, long.MaxValue, T0));
        var found = await tracking.Host.Service<MetricHistory>().SampleAsync(ada.Project, [run.Id, second.Id], "x", -5_000, 204_999, 100, default);
        var steps = found.Where(p => p.Run == run.Id).Select(p => p.Point.Step).ToArray();
        steps.ShouldBe(Enumerable.Range(0, 100).Select(i => -5_000 + (long)(209_999m * i / 100)).Append(5).Append(204_999).Distinct().Order());
        found.Where(p => p.Run == second.Id).Select(p => p.Point.Step).ShouldBe([5]);
        // The whole range of steps divides too.
        found = await tracking.Host.Service<MetricHistory>().SampleAsync(ada.Project, [run.Id, second.Id], "x", null, null, 2, default);
        found.Select(p => p.Point.Step).ShouldBe([-5_000, 5, 99_999, 204_999, long.MinValue, 5, long.MaxValue], ignoreOrder: true);
    }
}
