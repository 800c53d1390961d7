using System.Globalization;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Tracking.Tests.Retention;

namespace Mesh.Tracking.Tests.Mlflow;

/// <summary>The traces of the MLflow protocol, with the artifacts service that keeps their spans.</summary>
public sealed class TraceCallTests(RetentionFixture fixture) : IClassFixture<RetentionFixture>
{
    private const string Invalid = "INVALID_PARAMETER_VALUE";
    private const string Unknown = "RESOURCE_DOES_NOT_EXIST";
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The body that begins a trace, as the TypeScript SDK writes it.</summary>
    internal static object Start(
        string id, string experiment = "0", object? time = null, string? duration = "1.5s", string state = "OK", object? tags = null, object? metadata = null, string? request = null, string? response = null) =>
        new
        {
            trace = new
            {
                trace_info = new
                {
                    trace_id = id,
                    trace_location = Place(experiment),
                    request_time = time ?? "2026-03-01T12:00:00.000Z",
                    execution_duration = duration,
                    state,
                    request_preview = request,
                    response_preview = response,
                    trace_metadata = metadata ?? new { },
                    tags = tags ?? new { },
                    assessments = Array.Empty<object>(),
                },
            },
        };

    [Theory]
    [InlineData("api"), InlineData("ajax-api")]
    public async Task A_trace_comes_back_as_it_was_told(string api)
    {
        var ada = Traces(fixture.NewProject(), api);
        var body = Start(
            "tr-0123456789abcdef0123456789abcdef", time: "2026-03-01T13:00:00.123456789+01:00", duration: "0.012345s", state: "ERROR", request: "{\"q\":\"é😀\"}", response: "\"no\"",
            tags: new Dictionary<string, string> { ["mlflow.traceName"] = "ask", ["team"] = "" }, metadata: new Dictionary<string, string> { ["mlflow.trace.tokenUsage"] = "{\"input_tokens\": 7}" });

        var started = (await ada.PostAsync("traces", body)).GetProperty("trace").GetProperty("trace_info");
        var read = (await ada.GetAsync("traces/tr-0123456789abcdef0123456789abcdef")).GetProperty("trace").GetProperty("trace_info");

        read.GetRawText().ShouldBe(started.GetRawText());
        read.GetProperty("trace_location").GetRawText().ShouldBe("""{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"0"}}""");
        Texts(read, "request_time", "execution_duration", "state", "request_preview", "response_preview").ShouldBe(["2026-03-01T12:00:00.123456Z", "0.012s", "ERROR", "{\"q\":\"é😀\"}", "\"no\""]);
        Texts(read.GetProperty("tags"), "mlflow.traceName", "team", "mlflow.artifactLocation").ShouldBe(["ask", "", "mlflow-artifacts:/0/traces/tr-0123456789abcdef0123456789abcdef/artifacts"]);
        read.GetProperty("trace_metadata").GetProperty("mlflow.trace.tokenUsage").GetString().ShouldBe("{\"input_tokens\": 7}");
        read.TryGetProperty("client_request_id", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_trace_that_is_told_again_takes_the_news_and_keeps_the_rest()
    {
        var ada = Traces(fixture.NewProject());
        var other = await new MlflowUser(ada.User).CreateExperimentAsync("other");
        await ada.PostAsync("traces", Start("tr-1", state: "IN_PROGRESS", duration: null, request: "\"q\"", tags: new { team = "red", step = "1" }));
        await ada.PostAsync("traces", Start("tr-1", state: "OK", duration: "2s", response: "\"a\"", tags: new { step = "2" }));

        var read = (await ada.GetAsync("traces/tr-1")).GetProperty("trace").GetProperty("trace_info");
        Texts(read, "state", "execution_duration", "request_preview", "response_preview").ShouldBe(["OK", "2s", "\"q\"", "\"a\""]);
        Texts(read.GetProperty("tags"), "team", "step").ShouldBe(["red", "2"]);
        await ada.RefusedAsync("traces", Start("tr-1", experiment: other), 400, "RESOURCE_ALREADY_EXISTS");
        (await IdsAsync(ada, experiments: [other])).ShouldBeEmpty();
    }

    [Fact]
    public async Task Tags_are_set_and_deleted()
    {
        var ada = Traces(fixture.NewProject());
        await ada.PostAsync("traces", Start("tr-1"));
        await ada.SendAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = "a/b", value = "1" });
        await ada.SendAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = "a/b", value = "é😀" });
        await ada.SendAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = "gone" });
        await ada.SendAsync(HttpMethod.Delete, "traces/tr-1/tags", new { key = "gone" });
        await ada.SendAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = "gone", value = "again" });
        await ada.SendAsync(HttpMethod.Delete, "traces/tr-1/tags?key=gone");

        var tags = (await ada.GetAsync("traces/tr-1")).GetProperty("trace").GetProperty("trace_info").GetProperty("tags");
        tags.EnumerateObject().Select(tag => tag.Name).ShouldBe(["a/b", "mlflow.artifactLocation"], ignoreOrder: true);
        tags.GetProperty("a/b").GetString().ShouldBe("é😀");
        (await ada.RefusedAsync(HttpMethod.Delete, "traces/tr-1/tags", new { key = "gone" }, 404, Unknown)).ShouldContain("gone");
        foreach (var method in (HttpMethod[])[HttpMethod.Patch, HttpMethod.Delete])
        {
            await ada.RefusedAsync(method, "traces/tr-2/tags", new { key = "x", value = "y" }, 404, Unknown);
            await ada.RefusedAsync(method, "traces/tr-1/tags", new { value = "y" }, 400, Invalid);
            await ada.RefusedAsync(method, "traces/tr-1/tags", new { key = "../x", value = "y" }, 400, Invalid);
        }

        await ada.RefusedAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = "x", value = new string('v', 8001) }, 400, Invalid);
        await ada.RefusedAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = "x", value = "\0" }, 400, Invalid);
    }

    [Fact]
    public async Task Tags_of_a_trace_are_bounded_together()
    {
        var ada = Traces(fixture.NewProject());
        await ada.PostAsync("traces", Start("tr-1"));
        for (var i = 0; i < 8; i++) await ada.SendAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = $"k{i}", value = new string('v', 8000) });
        (await ada.RefusedAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = "k8", value = new string('v', 8000) }, 400, Invalid)).ShouldContain("65536");
        var many = Enumerable.Range(0, 9).ToDictionary(i => $"k{i}", _ => new string('v', 8000));
        await ada.RefusedAsync("traces", Start("tr-2", tags: many), 400, Invalid);
        await ada.RefusedAsync("traces", Start("tr-2", metadata: many), 400, Invalid);
        await ada.RefusedGetAsync("traces/tr-2", 404, Unknown);
    }

    [Fact]
    public async Task Traces_are_found_by_what_is_known_of_them()
    {
        var ada = Traces(fixture.NewProject());
        var run = await new MlflowUser(ada.User).CreateRunAsync();
        await ada.PostAsync("traces", Start("tr-1", time: At(1), duration: "1s", tags: new Dictionary<string, string> { ["mlflow.traceName"] = "ask", ["team"] = "red" }, metadata: new Dictionary<string, string> { ["mlflow.sourceRun"] = run }));
        await ada.PostAsync("traces", Start("tr-2", time: At(2), duration: "2.5s", state: "ERROR", tags: new Dictionary<string, string> { ["mlflow.traceName"] = "answer", ["team"] = "blue" }));
        await ada.PostAsync("traces", Start("tr-3", time: At(3), duration: null, state: "IN_PROGRESS", metadata: new Dictionary<string, string> { ["user"] = "bob", ["mlflow.sourceRun"] = "other" }));
        await ada.PostAsync("traces/link-to-run", new { run_id = run, trace_ids = new[] { "tr-2" } });
        var second = Noon.AddSeconds(2).ToUnixTimeMilliseconds();

        foreach (var (filter, ids) in ((string, string)[])
            [
                ("", "tr-3 tr-2 tr-1"), ("status = 'OK'", "tr-1"), ("trace.status != 'OK'", "tr-3 tr-2"), ("attributes.state IN ('OK', 'ERROR')", "tr-2 tr-1"),
                ($"timestamp_ms = {second}", "tr-2"), ($"trace.timestamp > {second}", "tr-3"), ($"timestamp_ms <= {second}", "tr-2 tr-1"),
                ("execution_time_ms >= 2500", "tr-2"), ("execution_time < 2500", "tr-1"), ("execution_time_ms IS NULL", "tr-3"), ($"end_time_ms = {second + 2500}", "tr-2"),
                ("name = 'ask'", "tr-1"), ("trace.name LIKE 'a%'", "tr-2 tr-1"), ("name IS NULL", "tr-3"), ("tags.team = 'red'", "tr-1"), ("tag.team IN ('red', 'blue')", "tr-2 tr-1"),
                ("tags.`mlflow.traceName` ILIKE 'AN%'", "tr-2"), ("metadata.user = 'bob'", "tr-3"), ("request_metadata.`user` LIKE 'b%'", "tr-3"), ("metadata.user IS NULL", "tr-2 tr-1"),
                ($"run_id = '{run}'", "tr-2 tr-1"), ($"attribute.run_id = \"{run}\"", "tr-2 tr-1"), ($"run_id != '{run}'", "tr-3"), ($"run_id IN ('{run}', 'other')", "tr-3 tr-2 tr-1"), ("run_id = 'other'", "tr-3"),
                ("run_id LIKE 'oth%'", "tr-3"), ("run_id IS NULL", ""), ("request_id = 'tr-2' OR trace_id = 'tr-3'", "tr-3 tr-2"), ("experiment_id = 0 AND NOT status = 'OK'", "tr-3 tr-2"), ("experiment_id = 1", ""),
                ("client_request_id IS NULL AND tags.team LIKE '%e%'", "tr-2 tr-1"),
            ])
            (await IdsAsync(ada, filter)).ShouldBe(ids.Split(' ', StringSplitOptions.RemoveEmptyEntries), filter);

        foreach (var (order, ids) in ((string, string)[])
            [
                ("timestamp_ms ASC", "tr-1 tr-2 tr-3"), ("execution_time DESC", "tr-2 tr-1 tr-3"), ("execution_time_ms", "tr-1 tr-2 tr-3"), ("status", "tr-2 tr-3 tr-1"), ("name", "tr-2 tr-1 tr-3"),
                ("tags.team DESC", "tr-1 tr-2 tr-3"), ("metadata.user", "tr-3 tr-1 tr-2"), ("trace_id DESC", "tr-3 tr-2 tr-1"), ("end_time", "tr-1 tr-2 tr-3"), ("run_id DESC", "tr-3 tr-1 tr-2"), ("experiment_id", "tr-1 tr-2 tr-3"),
            ])
            (await IdsAsync(ada, orders: [order])).ShouldBe(ids.Split(' '), order);
    }

    [Fact]
    public async Task Pages_hold_while_traces_come_and_go()
    {
        var ada = Traces(fixture.NewProject());
        for (var i = 0; i < 7; i++) await ada.PostAsync("traces", Start($"tr-{i}", time: At(i / 2), duration: i % 3 == 0 ? null : $"{i}s"));
        foreach (var orders in (string[][])[[], ["timestamp_ms"], ["execution_time_ms DESC"], ["execution_time_ms", "trace_id DESC"], ["name", "end_time DESC"]])
        {
            var all = await IdsAsync(ada, orders: orders);
            all.Count.ShouldBe(7);
            var paged = new List<string>();
            string? token = null;
            do
            {
                var page = await PageAsync(ada, new { locations = new[] { Place("0") }, max_results = 2, order_by = orders, page_token = token });
                paged.AddRange(Ids(page));
                token = page.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
                // What is newer than all comes before the first page.
                if (orders.Length == 0) await ada.PostAsync("traces", Start($"tr-new{paged.Count}", time: At(100 + paged.Count)));
            }
            while (token is not null);
            paged.ShouldBe(all, string.Join(", ", orders));
            if (orders.Length == 0)
                (await ada.PostAsync("traces/delete-traces", new { experiment_id = "0", request_ids = Enumerable.Range(0, 9).Select(i => $"tr-new{i}") })).GetProperty("traces_deleted").GetInt32().ShouldBe(4);
        }

        var first = await PageAsync(ada, new { locations = new[] { Place("0") }, max_results = 2 });
        await ada.RefusedAsync("traces/search", new { locations = new[] { Place("0") }, filter = "status = 'OK'", page_token = first.GetProperty("next_page_token").GetString() }, 400, Invalid);
    }

    [Fact]
    public async Task Times_at_the_ends_of_the_calendar_are_found_and_deleted()
    {
        var ada = Traces(fixture.NewProject());
        await ada.PostAsync("traces", Start("tr-last", time: "9999-12-31T23:59:59.999999999Z", duration: "3155760000s"));
        await ada.PostAsync("traces", Start("tr-first", time: "1970-01-01T00:00:00Z", duration: "-3155760000s"));
        (await IdsAsync(ada, "end_time > 253402300799999")).ShouldBe(["tr-last"]);
        (await IdsAsync(ada, "timestamp_ms > 253402300799998 OR end_time_ms < 0", ["end_time DESC"])).ShouldBe(["tr-last", "tr-first"]);
        (await ada.GetAsync("traces/tr-last")).GetProperty("trace").GetProperty("trace_info").GetProperty("request_time").GetString().ShouldBe("9999-12-31T23:59:59.999999Z");
        (await ada.PostAsync("traces/delete-traces", new { experiment_id = "0", max_timestamp_millis = 253402300799999 })).GetProperty("traces_deleted").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Clients_of_2_begin_and_end_the_same_traces()
    {
        var now = Traces(fixture.NewProject());
        var ada = new MlflowUser(now.User);
        var run = await ada.CreateRunAsync();
        var begun = (await ada.PostAsync("traces", new { experiment_id = "0", timestamp_ms = "1772366400000", request_metadata = new[] { new { key = "mlflow.sourceRun", value = run } }, tags = new[] { new { key = "mlflow.traceName", value = "ask" } } }))
            .GetProperty("trace_info");
        var id = begun.GetProperty("request_id").GetString()!;
        (begun.GetProperty("status").GetString(), begun.TryGetProperty("execution_time_ms", out _)).ShouldBe(("IN_PROGRESS", false));
        var ended = (await ada.SendAsync(HttpMethod.Patch, $"traces/{id}", new { timestamp_ms = 1772366401500, status = "OK", tags = new[] { new { key = "team", value = "red" } } })).GetProperty("trace_info");
        ended.GetRawText().ShouldBe((await ada.GetAsync($"traces/{id}/info")).GetProperty("trace_info").GetRawText());
        (ended.GetProperty("experiment_id").GetString(), ended.GetProperty("timestamp_ms").GetInt64(), ended.GetProperty("execution_time_ms").GetInt64(), ended.GetProperty("status").GetString()).ShouldBe(("0", 1772366400000, 1500, "OK"));
        Pairs(ended, "request_metadata").ShouldBe(new Dictionary<string, string> { ["mlflow.sourceRun"] = run });
        Pairs(ended, "tags").ShouldBe(
            new Dictionary<string, string> { ["mlflow.traceName"] = "ask", ["team"] = "red", ["mlflow.artifactLocation"] = $"mlflow-artifacts:/0/traces/{id}/artifacts" }, ignoreOrder: true);

        Texts((await now.GetAsync($"traces/{id}")).GetProperty("trace").GetProperty("trace_info"), "execution_duration", "state").ShouldBe(["1.5s", "OK"]);
        await ada.PostAsync("traces", new { experiment_id = "0" });
        var query = $"traces?experiment_ids=0&max_results=1&filter={Uri.EscapeDataString($"run_id = '{run}' AND status = 'OK'")}&order_by={Uri.EscapeDataString("timestamp_ms ASC")}";
        (await ada.GetAsync(query)).GetProperty("traces").EnumerateArray().ShouldHaveSingleItem().GetProperty("request_id").GetString().ShouldBe(id);
        var page = await ada.GetAsync("traces?experiment_ids=0&max_results=1");
        (await ada.GetAsync($"traces?experiment_ids=0&max_results=1&page_token={page.GetProperty("next_page_token").GetString()}")).GetProperty("traces").EnumerateArray().ShouldHaveSingleItem().GetProperty("request_id").GetString().ShouldBe(id);
        await ada.SendAsync(HttpMethod.Patch, $"traces/{id}/tags", new { key = "a", value = "b" });
        await ada.SendAsync(HttpMethod.Delete, $"traces/{id}/tags", new { key = "a" });
        (await ada.PostAsync("traces/delete-traces", new { experiment_id = "0", request_ids = new[] { id } })).GetProperty("traces_deleted").GetInt32().ShouldBe(1);

        await ada.RefusedAsync("traces", new { }, 400, Invalid);
        await ada.RefusedAsync("traces", new { experiment_id = "77" }, 404, Unknown);
        await ada.RefusedAsync("traces", new { experiment_id = "0", timestamp_ms = -1 }, 400, Invalid);
        await ada.RefusedAsync("traces", new { experiment_id = "0", tags = new[] { new { key = "../x", value = "y" } } }, 400, Invalid);
        await ada.RefusedAsync(HttpMethod.Patch, $"traces/{id}", new { status = "OK" }, 404, Unknown);
        await ada.RefusedGetAsync($"traces/{id}/info", 404, Unknown);
        await ada.RefusedGetAsync("traces", 400, Invalid);
        await ada.RefusedGetAsync("traces?experiment_ids=0&max_results=501", 400, Invalid);
        var other = (await ada.PostAsync("traces", new { experiment_id = "0", timestamp_ms = 0 })).GetProperty("trace_info").GetProperty("request_id").GetString();
        await ada.RefusedAsync(HttpMethod.Patch, $"traces/{other}", new { status = "DONE" }, 400, Invalid);
        await ada.RefusedAsync(HttpMethod.Patch, $"traces/{other}", new { status = "OK", timestamp_ms = 253402300799999 }, 400, Invalid);
        await ada.As("vic", Role.Viewer).RefusedAsync("traces", new { experiment_id = "0" }, 403, "PERMISSION_DENIED");

        static Dictionary<string, string> Pairs(JsonElement info, string name) => info.GetProperty(name).EnumerateArray().ToDictionary(pair => pair.GetProperty("key").GetString()!, pair => pair.GetProperty("value").GetString()!);
    }

    [Fact]
    public async Task Traces_of_a_deleted_experiment_are_out_of_sight_until_it_is_restored()
    {
        var ada = Traces(fixture.NewProject());
        var runs = new MlflowUser(ada.User);
        var (wine, beer) = (await runs.CreateExperimentAsync("wine"), await runs.CreateExperimentAsync("beer"));
        await ada.PostAsync("traces", Start("tr-1", wine, At(1)));
        await ada.PostAsync("traces", Start("tr-2", beer, At(2)));
        (await IdsAsync(ada, experiments: [wine, beer, "77"])).ShouldBe(["tr-2", "tr-1"]);
        await runs.PostAsync("experiments/delete", new { experiment_id = beer });
        (await IdsAsync(ada, experiments: [wine, beer])).ShouldBe(["tr-1"]);
        (await IdsAsync(ada, experiments: [beer])).ShouldBeEmpty();
        (await ada.RefusedAsync("traces", Start("tr-3", beer), 400, Invalid)).ShouldContain("active");
        await runs.PostAsync("experiments/restore", new { experiment_id = beer });
        (await IdsAsync(ada, experiments: [beer])).ShouldBe(["tr-2"]);
    }

    [Fact]
    public async Task Deleted_traces_take_their_files_with_them()
    {
        var ada = Traces(fixture.NewProject());
        for (var i = 1; i <= 5; i++) await ada.PostAsync("traces", Start($"tr-{i}", time: At(i)));
        foreach (var id in (string[])["tr-1", "tr-11", "tr-2", "tr-3"]) await UploadAsync(ada, id);
        await ada.PostAsync("traces", Start("tr-11", time: At(11)));

        await DeletesAsync(new { experiment_id = "0", request_ids = new[] { "tr-1", "tr-1", "nobody" } }, 1);
        await DeletesAsync(new { experiment_id = "0", trace_ids = new[] { "tr-1" } }, 0);
        (await FilesAsync(ada)).ShouldBe(["tr-11", "tr-2", "tr-3"]);
        (await IdsAsync(ada)).ShouldBe(["tr-11", "tr-5", "tr-4", "tr-3", "tr-2"]);
        await DeletesAsync(new { experiment_id = "0", max_timestamp_millis = Noon.AddSeconds(4).ToUnixTimeMilliseconds(), max_traces = 2 }, 2);
        (await IdsAsync(ada)).ShouldBe(["tr-11", "tr-5", "tr-4"]);
        (await FilesAsync(ada)).ShouldBe(["tr-11"]);
        await DeletesAsync(new { experiment_id = "0", max_timestamp_millis = Noon.AddSeconds(4).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) }, 1);
        (await IdsAsync(ada)).ShouldBe(["tr-11", "tr-5"]);
        await ada.RefusedGetAsync("traces/tr-4", 404, Unknown);

        async Task DeletesAsync(object query, int count) => (await ada.PostAsync("traces/delete-traces", query)).GetProperty("traces_deleted").GetInt32().ShouldBe(count);
    }

    [Fact]
    public async Task Only_traces_of_the_named_experiment_are_deleted()
    {
        var ada = Traces(fixture.NewProject());
        var wine = await new MlflowUser(ada.User).CreateExperimentAsync("wine");
        await ada.PostAsync("traces", Start("tr-1", wine));
        await UploadAsync(ada, "tr-1", wine);
        foreach (object query in (object[])[new { experiment_id = "0", request_ids = new[] { "tr-1" } }, new { experiment_id = "0", max_timestamp_millis = 9_999_999_999_999 }])
            (await ada.PostAsync("traces/delete-traces", query)).GetProperty("traces_deleted").GetInt32().ShouldBe(0);
        (await IdsAsync(ada, experiments: [wine])).ShouldBe(["tr-1"]);
        (await FilesAsync(ada, wine)).ShouldBe(["tr-1"]);
    }

    [Fact]
    public async Task Traces_are_linked_to_a_run_all_or_none()
    {
        var ada = Traces(fixture.NewProject());
        var runs = new MlflowUser(ada.User);
        var run = await runs.CreateRunAsync();
        foreach (var id in (string[])["tr-1", "tr-2"]) await ada.PostAsync("traces", Start(id));
        (await ada.RefusedAsync("traces/link-to-run", new { run_id = run, trace_ids = new[] { "tr-1", "tr-9" } }, 404, Unknown)).ShouldContain("tr-9");
        (await IdsAsync(ada, $"run_id = '{run}'")).ShouldBeEmpty();
        await runs.PostAsync("traces/link-to-run", new { run_id = run, trace_ids = new[] { "tr-1", "tr-2", "tr-1" } });
        await runs.PostAsync("traces/link-to-run", new { run_id = run, trace_ids = new[] { "tr-1" } });
        (await IdsAsync(ada, $"run_id = '{run}'")).Order().ShouldBe(["tr-1", "tr-2"]);
        (await ada.RefusedAsync("traces/link-to-run", new { run_id = run, trace_ids = Enumerable.Range(0, 101).Select(i => $"tr-{i}") }, 400, Invalid)).ShouldStartWith("Cannot link more than 100");
        await ada.RefusedAsync("traces/link-to-run", new { run_id = Guid.NewGuid().ToString("N"), trace_ids = new[] { "tr-1" } }, 404, Unknown);
        await ada.RefusedAsync("traces/link-to-run", new { trace_ids = new[] { "tr-1" } }, 400, Invalid);
        await ada.PostAsync("traces/delete-traces", new { experiment_id = "0", request_ids = new[] { "tr-2" } });
        (await IdsAsync(ada, $"run_id = '{run}'")).ShouldBe(["tr-1"]);
        await runs.PostAsync("runs/delete", new { run_id = run });
        await ada.RefusedAsync("traces/link-to-run", new { run_id = run, trace_ids = new[] { "tr-1" } }, 400, Invalid);
    }

    [Fact]
    public async Task Viewers_read_and_editors_write_each_in_their_project()
    {
        var ada = Traces(fixture.NewProject());
        await ada.PostAsync("traces", Start("tr-1"));
        var viewer = ada.As("vic", Role.Viewer);
        (await IdsAsync(viewer)).ShouldBe(["tr-1"]);
        await viewer.GetAsync("traces/tr-1");
        const string denied = "PERMISSION_DENIED";
        await viewer.RefusedAsync("traces", Start("tr-2"), 403, denied);
        await viewer.RefusedAsync("traces/delete-traces", new { experiment_id = "0", request_ids = new[] { "tr-1" } }, 403, denied);
        await viewer.RefusedAsync("traces/link-to-run", new { run_id = "x" }, 403, denied);
        await viewer.RefusedAsync(HttpMethod.Patch, "traces/tr-1/tags", new { key = "a", value = "b" }, 403, denied);
        await viewer.RefusedAsync(HttpMethod.Delete, "traces/tr-1/tags?key=a", null, 403, denied);
        var bob = Traces(fixture.NewProject());
        await bob.RefusedGetAsync("traces/tr-1", 404, Unknown);
        (await IdsAsync(bob)).ShouldBeEmpty();
        (await bob.PostAsync("traces/delete-traces", new { experiment_id = "0", request_ids = new[] { "tr-1" } })).GetProperty("traces_deleted").GetInt32().ShouldBe(0);
        await bob.PostAsync("traces", Start("tr-1", state: "ERROR"));
        Texts((await ada.GetAsync("traces/tr-1")).GetProperty("trace").GetProperty("trace_info"), "state").ShouldBe(["OK"]);
    }

    [Fact]
    public async Task What_is_wrong_is_refused_and_changes_nothing()
    {
        var ada = Traces(fixture.NewProject());
        await ada.PostAsync("traces", Start("tr-1"));
        (await ada.RefusedAsync("traces", new { }, 400, Invalid)).ShouldStartWith("Missing value for required parameter 'trace'");
        (await ada.RefusedAsync("traces", new { trace = new { } }, 400, Invalid)).ShouldContain("'trace.trace_info'");
        (await ada.RefusedAsync("traces", new { trace = new { trace_info = new { } } }, 400, Invalid)).ShouldContain("'trace.trace_info.trace_id'");
        foreach (var wrong in (object[])
            [
                Start(""), Start("a/b"), Start("-x"), Start(new string('x', 51)), Start("tr-2", "x"), Start("tr-2", time: "yesterday"), Start("tr-2", time: 7), Start("tr-2", time: "1969-12-31T23:59:59Z"),
                Start("tr-2", time: "2026-13-01T00:00:00Z"), Start("tr-2", time: "2026-01-01T00:00:00.Z"), Start("tr-2", duration: "7"), Start("tr-2", duration: "s"), Start("tr-2", duration: "NaNs"), Start("tr-2", duration: "1e99s"), Start("tr-2", state: "DONE"),
                Start("tr-2", request: new string('x', 10_001)), Start("tr-2", response: "\0"), Start("tr-2", tags: new { a = 1 }), Start("tr-2", tags: new[] { "a" }), Start("tr-2", metadata: "x"),
                Start("tr-2", tags: new Dictionary<string, string> { ["../a"] = "1" }), Start("tr-2", tags: new Dictionary<string, string> { [new string('k', 251)] = "1" }),
                Start("tr-2", metadata: new Dictionary<string, string> { ["k"] = new('v', 8001) }), Start("tr-2", metadata: new Dictionary<string, string> { ["k"] = "\0" }),
            ])
            await ada.RefusedAsync("traces", wrong, 400, Invalid);
        await ada.RefusedAsync("traces", Start("tr-2", "77"), 404, Unknown);
        foreach (var info in (string[])
            [
                """ "trace_location":{"type":"INFERENCE_TABLE","inference_table":{"full_table_name":"a"}} """, """ "trace_location":{"type":"MLFLOW_EXPERIMENT"} """, """ "trace_location":7 """, """ "tags":{"\ud800":"x"} """,
                """ "tags":{"x":"\ud800"} """, """ "assessments":[{"assessment_name":"good"}] """,
            ])
            await ada.RefusedTextAsync("traces", """{"trace":{"trace_info":{"trace_id":"tr-2","trace_location":{"mlflow_experiment":{"experiment_id":"0"}},""" + info + "}}}", 400, Invalid);

        foreach (var search in (object[])
            [
                new { }, new { locations = Array.Empty<object>() }, new { locations = new[] { new { } } }, new { locations = new[] { Place("x") } }, new { locations = 7 }, With(max: 0), With(max: 501), With("colour = 'x'"),
                With("params.x = 'y'"), With("status > 'OK'"), With("timestamp_ms = 'x'"), With("span.name = 'x'"), With(orders: ["colour"]), With(token: "x"), new { locations = Enumerable.Repeat(Place("0"), 1001) },
            ])
            await ada.RefusedAsync("traces/search", search, 400, Invalid);
        (await ada.RefusedAsync("traces/search", With("status = 'OK' AND nonsense = 1"), 400, Invalid)).ShouldBe(
            "Invalid filter: nonsense is no field of a trace; known are client_request_id, end_time_ms, execution_time_ms, experiment_id, name, run_id, status, timestamp_ms, trace_id, tags.KEY, metadata.KEY, feedback.KEY, expectation.KEY (at character 19).");

        foreach (var delete in (object[])
            [
                new { }, new { experiment_id = "0" }, new { experiment_id = "x", request_ids = new[] { "tr-1" } }, new { experiment_id = "0", request_ids = new[] { "tr-1" }, max_timestamp_millis = 1 },
                new { experiment_id = "0", request_ids = new[] { "tr-1" }, max_traces = 1 }, new { experiment_id = "0", max_timestamp_millis = 9_999_999_999_999, max_traces = 0 }, new { experiment_id = "0", max_traces = 1 },
                new { experiment_id = "0", max_timestamp_millis = long.MaxValue }, new { experiment_id = "0", request_ids = Enumerable.Range(0, 1001).Select(i => $"tr-{i}") },
            ])
            await ada.RefusedAsync("traces/delete-traces", delete, 400, Invalid);
        await ada.RefusedAsync("traces/delete-traces", new { experiment_id = "77", request_ids = new[] { "tr-1" } }, 404, Unknown);
        await ada.RefusedGetAsync("traces/nobody", 404, Unknown);
        await ada.RefusedGetAsync("traces", 405, "BAD_REQUEST");
        (await IdsAsync(ada)).ShouldBe(["tr-1"]);

        static object With(string? filter = null, int? max = null, string[]? orders = null, string? token = null) => new { locations = new[] { Place("0") }, filter, max_results = max, order_by = orders, page_token = token };
    }

    /// <summary>Calls with fields of every wrong kind: 2xx or 4xx, and the protocol's shape.</summary>
    [Fact]
    public async Task Random_calls_never_break_the_server()
    {
        var ada = Traces(fixture.NewProject());
        var run = await new MlflowUser(ada.User).CreateRunAsync();
        (HttpMethod Method, string Call)[] calls =
        [
            (HttpMethod.Post, "traces"), (HttpMethod.Post, "traces/search"), (HttpMethod.Post, "traces/delete-traces"), (HttpMethod.Post, "traces/link-to-run"), (HttpMethod.Patch, "traces/tr-1/tags"), (HttpMethod.Delete, "traces/tr-1/tags"),
            (HttpMethod.Post, "../../2.0/mlflow/traces"), (HttpMethod.Patch, "../../2.0/mlflow/traces/tr-1"), (HttpMethod.Get, "../../2.0/mlflow/traces?experiment_ids=0&filter=end_time%20%3E%201&order_by=x"), (HttpMethod.Get, "traces/%01"), (HttpMethod.Get, "traces/tr-1"), (HttpMethod.Patch, "traces/%EF%BF%BE/tags"), (HttpMethod.Delete, "traces/a%2Fb/tags"),
        ];
        string[] fields =
        [
            "trace_id", "trace_location", "request_time", "execution_duration", "state", "request_preview", "response_preview", "client_request_id", "trace_metadata", "tags", "locations", "filter", "order_by", "max_results",
            "page_token", "experiment_id", "timestamp_ms", "status", "request_metadata", "max_timestamp_millis", "max_traces", "request_ids", "trace_ids", "run_id", "key", "value", "assessments",
        ];
        string[] values =
        [
            "null", "true", "0", "-1", "1.5", "1e400", "9223372036854775807", "\"\"", "\"x\"", "\"0\"", "\"tr-1\"", $"\"{run}\"", "[]", "{}", "[null]", "[\"tr-1\"]", "{\"k\":\"v\"}", "{\"k\":1}", "{\"\":\"\"}", "{\"\\u0000\":\"x\"}", "\"\\u0000\"", "\"\\ud800\"",
            "{\"mlflow_experiment\":{\"experiment_id\":\"0\"}}", "[{\"mlflow_experiment\":{\"experiment_id\":\"0\"}}]", "\"2026-03-01T12:00:00Z\"", "\"9999-12-31T23:59:59.9999999Z\"", "\"1970-01-01T00:00:00Z\"", "\"3155760000s\"", "\"-3155760000s\"", "\"1.5s\"",
            "\"OK\"", "\"status = 'OK'\"", "\"end_time_ms > 1e300\"", "\"execution_time < -1e300 or experiment_id = 1e300\"", "[\"end_time\",\"execution_time DESC\"]", "\"'; drop table trace; --\"", "[[[[[[]]]]]]", "253402300799999", "-62135596800000",
        ];
        var random = new Random(12);
        var answers = new Dictionary<int, int>();
        for (var i = 0; i < 1500; i++)
        {
            var (method, call) = calls[random.Next(calls.Length)];
            var inner = string.Join(',', Enumerable.Range(0, random.Next(6)).Select(_ => $"\"{fields[random.Next(fields.Length)]}\":{values[random.Next(values.Length)]}"));
            var good = random.Next(2) == 0 ? "\"trace_id\":\"tr-1\",\"trace_location\":{\"mlflow_experiment\":{\"experiment_id\":\"0\"}},\"experiment_id\":\"0\",\"locations\":[{\"mlflow_experiment\":{\"experiment_id\":\"0\"}}]" : "";
            var body = $"{{{string.Join(',', ((string[])[good, inner]).Where(part => part.Length > 0))}}}";
            if (call == "traces") body = $"{{\"trace\":{{\"trace_info\":{body}}}}}";
            if (random.Next(20) == 0) body = body[..random.Next(body.Length)];
            using var request = new HttpRequestMessage(method, $"{ada.Base}/{call}") { Content = method == HttpMethod.Get ? null : new StringContent(body, Encoding.UTF8, "application/json") };
            using var response = await ada.User.Http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            ((int)response.StatusCode).ShouldBeLessThan(500, $"{method} {call} {body}\n{text}");
            if (!response.IsSuccessStatusCode) JsonDocument.Parse(text).RootElement.GetProperty("error_code").GetString().ShouldNotBeNullOrEmpty($"{call} {body}\n{text}");
            answers[(int)response.StatusCode] = answers.GetValueOrDefault((int)response.StatusCode) + 1;
        }

        answers[200].ShouldBeGreaterThan(100);
        fixture.Host.Logs.ErrorsAbout(ada.User.Project).ShouldBeEmpty();
    }

    private static MlflowUser Traces(ProjectUser user, string api = "api") => new(user, api, "3.0");

    internal static object Place(string experiment) => new { type = "MLFLOW_EXPERIMENT", mlflow_experiment = new { experiment_id = experiment } };

    private static string At(int seconds) => Noon.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Task<JsonElement> PageAsync(MlflowUser user, object query) => user.PostAsync("traces/search", query);

    private static async Task<IReadOnlyList<string>> IdsAsync(MlflowUser user, string? filter = null, string[]? orders = null, string[]? experiments = null) =>
        Ids(await PageAsync(user, new { locations = (experiments ?? ["0"]).Select(Place), filter, order_by = orders }));

    private static IReadOnlyList<string> Ids(JsonElement page) => page.TryGetProperty("traces", out var traces) ? [.. traces.EnumerateArray().Select(trace => trace.GetProperty("trace_id").GetString()!)] : [];

    private static IReadOnlyList<string?> Texts(JsonElement of, params string[] names) => [.. names.Select(name => of.GetProperty(name).GetString())];

    private static async Task UploadAsync(MlflowUser user, string trace, string experiment = "0")
    {
        using var put = await user.User.Http.PutAsync(
            $"/mlflow/{user.User.Project}/api/2.0/mlflow-artifacts/artifacts/{experiment}/traces/{trace}/artifacts/traces.json", new StringContent("{\"spans\":[]}", Encoding.UTF8, "application/json"));
        put.EnsureSuccessStatusCode();
    }

    private static async Task<IReadOnlyList<string>> FilesAsync(MlflowUser user, string experiment = "0")
    {
        using var answer = await user.User.Http.GetAsync($"/mlflow/{user.User.Project}/api/2.0/mlflow-artifacts/artifacts?path={experiment}/traces");
        var listing = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return [.. listing.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString()!)];
    }
}
