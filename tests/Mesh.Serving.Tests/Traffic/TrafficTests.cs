using System.Net;
using Mesh.Contracts.Monitoring;
using Mesh.Serving.Traffic;
using Mesh.Testing;

namespace Mesh.Serving.Tests.Traffic;

public sealed class TrafficTests(ServedProject served) : IClassFixture<ServedProject>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        served.Monitoring.Answer = 200;
        if ((await served.Ada.GetAsync("/api/v1/projects/demo/models/counted")).IsSuccessStatusCode) return;
        await served.MoveAliasAsync("counted", await served.RegisterAsync("counted", 2, 3, 1));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Requests_are_counted_whether_they_are_captured_or_not()
    {
        await served.DeployAsync("counted", "counted", capture: false);
        for (var i = 0; i < 20; i++) (await InferAsync("counted", ServedProject.Row(i, 0))).ShouldBe(HttpStatusCode.OK);
        (await InferAsync("counted", ServedProject.Json("""{"inputs":[{"name":"input","shape":[3,2],"datatype":"FP32","data":[1,2,3,4,5,6]}]}"""))).ShouldBe(HttpStatusCode.OK);
        (await InferAsync("counted", ServedProject.Json("{"))).ShouldBe(HttpStatusCode.BadRequest);

        await Eventually.Holds(() => Sum("counted").ShouldBe((21, 23, 1, 0)));
        served.Monitoring.Traffic.ShouldAllBe(report => report.Project == "demo" && report.Report.At > DateTimeOffset.UtcNow.AddMinutes(-5));
        await Task.Delay(500);
        Sum("counted").ShouldBe((21, 23, 1, 0), "what was told once is not told again");
    }

    [Fact]
    public async Task An_outage_of_monitoring_loses_no_report()
    {
        await served.DeployAsync("cut-off", "counted", capture: false);
        served.Monitoring.Answer = 503;
        for (var i = 0; i < 5; i++)
        {
            await InferAsync("cut-off", ServedProject.Row(i, 0));
            await Task.Delay(150);
        }

        Sum("cut-off").ShouldBe((0, 0, 0, 0));
        served.Monitoring.Answer = 200;
        await Eventually.Holds(() => Sum("cut-off").ShouldBe((5, 5, 0, 0)));
    }

    [Fact]
    public async Task A_stopping_service_tells_what_it_counted()
    {
        await served.DeployAsync("last", "counted", capture: false);
        for (var i = 0; i < 9; i++) await InferAsync("last", ServedProject.Row(i, 0));
        await served.RestartAsync();
        Sum("last").ShouldBe((9, 9, 0, 0));
    }

    [Fact]
    public async Task Each_request_is_in_one_slice_while_many_count_at_once()
    {
        var counts = new TrafficCounts();
        var slices = new List<TrafficSlice>();
        var requests = Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (i % 10 == 0) counts.Refused(isCallers: worker % 2 == 0);
                else counts.Answered(i % 50, 2);
            }
        })).ToList();
        while (requests.Exists(task => !task.IsCompleted))
            if (counts.Take("x") is { } slice) slices.Add(slice);
        await Task.WhenAll(requests);
        if (counts.Take("x") is { } rest) slices.Add(rest);
        slices.Sum(slice => slice.Latencies.Sum()).ShouldBe(72_000);
        slices.Sum(slice => slice.Rows).ShouldBe(144_000);
        (slices.Sum(slice => slice.Refused), slices.Sum(slice => slice.Failed)).ShouldBe((4_000, 4_000));
        counts.Take("x").ShouldBeNull();
    }

    private async Task<HttpStatusCode> InferAsync(string endpoint, HttpContent body) =>
        (await served.Ada.PostAsync($"/api/v1/projects/demo/v2/models/{endpoint}/infer", body)).StatusCode;

    private (long Answers, long Rows, long Refused, long Failed) Sum(string endpoint)
    {
        var slices = served.Monitoring.Traffic.SelectMany(report => report.Report.Slices).Where(slice => slice.Endpoint == endpoint).ToList();
        return (slices.Sum(slice => slice.Latencies.Sum()), slices.Sum(slice => slice.Rows), slices.Sum(slice => slice.Refused), slices.Sum(slice => slice.Failed));
    }
}
