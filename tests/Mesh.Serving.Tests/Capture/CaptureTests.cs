using System.Net;
using Mesh.Testing;

namespace Mesh.Serving.Tests.Capture;

public sealed class CaptureTests(ServedProject served) : IClassFixture<ServedProject>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        (served.Monitoring.Answer, served.Monitoring.LosesAnswers) = (200, false);
        if ((await served.Ada.GetAsync("/api/v1/projects/demo/models/captured")).IsSuccessStatusCode) return;
        await served.MoveAliasAsync("captured", await served.RegisterAsync("captured", 2, 3, 1));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Rows_reach_monitoring_by_column_name()
    {
        await served.DeployAsync("rows", "captured");
        var response = await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/rows/infer", ServedProject.Json(
            """{"id":"r-1","parameters":{"event_time":"2025-01-31T12:00:00Z"},"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,null]},{"name":"y","shape":[2],"datatype":"FP32","data":[1,2]}]}"""));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);

        await Eventually.Holds(() => served.Monitoring.Of("rows").Count.ShouldBe(2));
        var rows = served.Monitoring.Of("rows");
        rows.Select(row => row.Inputs.GetRawText()).ShouldBe(["""{"x":1,"y":1}""", """{"x":null,"y":2}"""]);
        rows.Select(row => row.Outputs.GetRawText()).ShouldBe(["""{"score":6}""", """{"score":null}"""]);
        rows.ShouldAllBe(row => row.EventTime == new DateTimeOffset(2025, 1, 31, 12, 0, 0, TimeSpan.Zero) && row.ModelVersion == 1 && row.RequestId == "r-1" && row.LatencyMs > 0);
        served.Monitoring.Batches.Single(batch => batch.Endpoint == "rows").Model.ShouldBe("captured");
        await Eventually.Holds(async () => (await served.EndpointAsync("rows")).Captured.ShouldBe(2));
    }

    [Fact]
    public async Task Many_rows_go_in_batches_of_a_bounded_size()
    {
        await served.DeployAsync("many", "captured");
        var data = string.Join(',', Enumerable.Range(0, 9000));
        (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/many/infer", ServedProject.Json(
            $$"""{"inputs":[{"name":"input","shape":[4500,2],"datatype":"FP32","data":[{{data}}]}]}"""))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Eventually.Holds(() => served.Monitoring.Of("many").Count.ShouldBe(4500));
        served.Monitoring.Batches.Where(batch => batch.Endpoint == "many").ShouldAllBe(batch => batch.Predictions.Count <= 2000);
        served.Monitoring.Of("many").Select(row => row.Inputs.GetProperty("x").GetInt32()).Order().ShouldBe(Enumerable.Range(0, 4500).Select(i => i * 2));
    }

    [Fact]
    public async Task An_outage_of_monitoring_loses_nothing_and_slows_no_request()
    {
        await served.DeployAsync("outage", "captured");
        served.Monitoring.Answer = 503;
        for (var i = 0; i < 50; i++)
            (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/outage/infer", ServedProject.Row(i, 0))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Eventually.Holds(() => served.Monitoring.Requests.ShouldBeGreaterThan(1));
        served.Monitoring.Of("outage").ShouldBeEmpty();
        served.Monitoring.Answer = 200;
        await Eventually.Holds(() => served.Monitoring.Of("outage").Select(Row).Order().ShouldBe(Enumerable.Range(0, 50)));
        (await served.EndpointAsync("outage")).Dropped.ShouldBe(0);
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_comes_again_under_its_id()
    {
        await served.DeployAsync("lost", "captured");
        served.Monitoring.LosesAnswers = true;
        (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/lost/infer", ServedProject.Row(7, 0))).EnsureSuccessStatusCode();
        var before = served.Monitoring.Requests;
        await Eventually.Holds(() => served.Monitoring.Requests.ShouldBeGreaterThan(before + 1));
        served.Monitoring.LosesAnswers = false;
        await Eventually.Holds(async () => (await served.EndpointAsync("lost")).Captured.ShouldBe(1));
        served.Monitoring.Of("lost").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_monitoring_refuses_is_counted_as_dropped()
    {
        await served.DeployAsync("refused", "captured");
        served.Monitoring.Answer = 404;
        (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/refused/infer", ServedProject.Row(7, 0))).EnsureSuccessStatusCode();
        await Eventually.Holds(async () => (await served.EndpointAsync("refused")).Dropped.ShouldBe(1));
    }

    [Fact]
    public async Task A_batch_that_monitoring_fails_on_again_and_again_is_given_up_and_the_next_one_goes()
    {
        await served.DeployAsync("poison", "captured");
        served.Monitoring.Answer = 500;
        (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/poison/infer", ServedProject.Row(7, 0))).EnsureSuccessStatusCode();
        await Eventually.Holds(async () => (await served.EndpointAsync("poison")).Dropped.ShouldBe(1));
        served.Monitoring.Answer = 200;
        (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/poison/infer", ServedProject.Row(8, 0))).EnsureSuccessStatusCode();
        await Eventually.Holds(() => served.Monitoring.Of("poison").Select(Row).ShouldBe([8]));
    }

    [Fact]
    public async Task Nothing_is_captured_where_it_is_switched_off()
    {
        await served.DeployAsync("silent", "captured", capture: false);
        (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/silent/infer", ServedProject.Row(7, 0))).EnsureSuccessStatusCode();
        await served.DeployAsync("loud", "captured");
        (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/loud/infer", ServedProject.Row(7, 0))).EnsureSuccessStatusCode();
        await Eventually.Holds(() => served.Monitoring.Of("loud").ShouldHaveSingleItem());
        served.Monitoring.Of("silent").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stopping_service_sends_what_it_holds()
    {
        await served.DeployAsync("parting", "captured");
        for (var i = 0; i < 20; i++) (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/parting/infer", ServedProject.Row(i, 0))).EnsureSuccessStatusCode();
        await served.RestartAsync();
        served.Monitoring.Of("parting").Select(Row).Order().ShouldBe(Enumerable.Range(0, 20));
    }

    private static int Row(Prediction row) => row.Inputs.GetProperty("x").GetInt32();
}
