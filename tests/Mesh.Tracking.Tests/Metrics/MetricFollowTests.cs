using System.Net;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Testing;
using Mesh.Tracking.Metrics.Live;

namespace Mesh.Tracking.Tests.Metrics;

/// <summary>Points as they come, by Server-Sent Events.</summary>
public sealed class MetricFollowTests(TrackingFixture tracking)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task New_points_come_live_until_the_run_has_ended()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, new MetricPoint("loss", 9, 0, T0));
        await using var follower = await Follower.StartAsync(ada, run.Id);
        await ada.LogAsync(run.Id, new("loss", 1, 5, T0), new("loss", double.NaN, 2, T0.AddSeconds(1)), new("acc", 3, -1, T0));
        (await follower.NextAsync()).ShouldBe([new("acc", 3, -1, T0), new("loss", 1, 5, T0), new("loss", double.NaN, 2, T0.AddSeconds(1))]);
        await ada.LogAsync(run.Id, new MetricPoint("loss", 2, -7, T0));
        (await follower.NextAsync()).ShouldBe([new("loss", 2, -7, T0)]);
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        (await follower.NextAsync()).ShouldBeNull();
        await follower.EndsAsync();
        follower.Types.ShouldBe(["points", "points", "end"]);
    }

    [Fact]
    public async Task A_follower_goes_on_where_it_was()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        string first, second;
        await using (var follower = await Follower.StartAsync(ada, run.Id))
        {
            // A position is there before the first point.
            first = follower.Id;
            await ada.LogAsync(run.Id, new MetricPoint("x", 1, 1, T0));
            await follower.NextAsync();
            second = follower.Id;
        }

        await ada.LogAsync(run.Id, new("x", 2, 2, T0), new("y", 3, 3, T0));
        await using (var follower = await Follower.StartAsync(ada, run.Id, "", first))
            (await follower.NextAsync()).ShouldBe([new("x", 1, 1, T0), new("x", 2, 2, T0), new("y", 3, 3, T0)]);
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        await using (var follower = await Follower.StartAsync(ada, run.Id, "", second))
        {
            (await follower.NextAsync()).ShouldBe([new("x", 2, 2, T0), new("y", 3, 3, T0)]);
            (await follower.NextAsync()).ShouldBeNull();
            second = follower.Id;
        }

        // Nothing more will come: the answer that stops a browser from asking again.
        var again = await ada.SendAsync(HttpMethod.Get, $"/runs/{run.Id}/metrics/stream", null, ("Last-Event-ID", second));
        again.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Only_the_metrics_that_were_named_are_followed()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await using var follower = await Follower.StartAsync(ada, run.Id, "?name=a/b&name=c");
        await ada.LogAsync(run.Id, new("x", 1, 1, T0), new("c", 2, 2, T0), new("a/b", 3, 3, T0), new("a", 4, 4, T0));
        (await follower.NextAsync()).ShouldBe([new("a/b", 3, 3, T0), new("c", 2, 2, T0)]);
    }

    [Fact]
    public async Task Many_points_come_in_pieces_none_missed_in_whatever_order_they_were_logged()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await using var follower = await Follower.StartAsync(ada, run.Id);
        var random = new Random(2);
        var sent = new List<MetricPoint>();
        for (var batch = 0; batch < 6; batch++)
        {
            MetricPoint[] points = [.. Enumerable.Range(0, 2_500).Select(i => new MetricPoint($"m{i % 2}", random.NextDouble(), random.Next(-9_999, 9_999), T0))];
            sent.AddRange(points);
            await ada.LogAsync(run.Id, points);
        }

        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        var received = new List<MetricPoint>();
        while (await follower.NextAsync() is { } points)
        {
            points.Count.ShouldBeInRange(1, 1_000);
            received.AddRange(points);
        }

        received.ShouldBe(sent, ignoreOrder: true);
    }

    [Fact]
    public async Task A_position_is_told_from_other_texts()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        foreach (var id in (string[])["x", "AAAA", "%", "7", new string('A', 9_000)])
            await ada.SendAsync(HttpMethod.Get, $"/runs/{run.Id}/metrics/stream", null, ("Last-Event-ID", id)).ShouldBeProblemAsync(400, "filter.invalid");
        await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}/metrics/stream?name=..").ShouldBeProblemAsync(400, "filter.invalid");
        await ada.Http.GetAsync($"{ada.Base}/runs/{Guid.CreateVersion7()}/metrics/stream").ShouldBeProblemAsync(404, "run.unknown");

        var position = new MetricPosition();
        for (var series = 1L; series <= 2_000; series++) position[series * 1_000_003] = series * series * series;
        var text = position.Encode();
        text.Length.ShouldBeLessThan(24_000);
        var read = MetricPosition.Decode(text)!;
        for (var series = 1L; series <= 2_000; series++) read[series * 1_000_003].ShouldBe(series * series * series);
        read[5].ShouldBe(0);
        MetricPosition.Decode(text[..^4]).ShouldBeNull();
    }

    [Fact]
    public async Task A_stream_ends_after_a_while_and_is_taken_up_again()
    {
        var server = await PostgresFixture.ServerConnectionStringAsync();
        var host = await ServiceHost.StartAsync(server, [new TrackingService()], settings: new Dictionary<string, string?> { ["Tracking:MetricStreamSeconds"] = "1" });
        await using (host)
        {
            var ada = new ProjectUser(host, "p", host.ClientFor("ada", Role.Editor, "p"));
            var run = await ada.StartedAsync();
            await using var follower = await Follower.StartAsync(ada, run.Id);
            await follower.EndsAsync();
            follower.Types.ShouldBeEmpty();
            await ada.LogAsync(run.Id, new MetricPoint("x", 1, 1, T0));
            await using var next = await Follower.StartAsync(ada, run.Id, "", follower.Id);
            (await next.NextAsync()).ShouldBe([new("x", 1, 1, T0)]);
        }

        await ServiceHost.DropAsync(server, host.Options.Database!);
    }

    private sealed class Follower(HttpResponseMessage response, StreamReader lines) : IAsyncDisposable
    {
        private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

        public List<string> Types { get; } = [];

        public string Id { get; private set; } = "";

        public static async Task<Follower> StartAsync(ProjectUser ada, Guid run, string query = "", string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{ada.Base}/runs/{run}/metrics/stream{query}");
            if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
            var response = await ada.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
            var follower = new Follower(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
            // What stands first is the position.
            (await follower.BlockAsync())!.Keys.ShouldBe(["id"]);
            return follower;
        }

        /// <summary>The points of the next event, or null at the end event.</summary>
        public async Task<IReadOnlyList<MetricPoint>?> NextAsync()
        {
            var block = await BlockAsync();
            Types.Add(block!["event"]);
            return Types[^1] == "end" ? null : JsonSerializer.Deserialize<MetricPoints>(block["data"], MeshJson.Strict)!.Points;
        }

        public async Task EndsAsync() => (await BlockAsync()).ShouldBeNull();

        public async ValueTask DisposeAsync()
        {
            response.Dispose();
            await ValueTask.CompletedTask;
        }

        // The fields of what stands before the next empty line; null at the end.
        private async Task<Dictionary<string, string>?> BlockAsync()
        {
            var block = new Dictionary<string, string>();
            while (await lines.ReadLineAsync().WaitAsync(Soon) is { } line)
            {
                if (line.Length == 0 && block.Count > 0) return block;
                if (line.Length == 0 || line[0] == ':') continue;
                var (field, value) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]);
                block.Add(field, value);
                if (field == "id") Id = value;
            }

            return null;
        }
    }
}
