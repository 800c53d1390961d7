using System.Text.Json;
using Mesh.Contracts;

namespace Mesh.Tracking.Tests.Mlflow;

/// <summary>Assessments of traces, and searches by them and by regular expressions.</summary>
public sealed class AssessmentCallTests(TrackingFixture tracking)
{
    private const string Invalid = "INVALID_PARAMETER_VALUE";
    private const string Unknown = "RESOURCE_DOES_NOT_EXIST";
    private readonly MlflowUser _ada = new(tracking.NewProject(), version: "3.0");

    [Theory]
    [InlineData("api"), InlineData("ajax-api")]
    public async Task Feedback_and_expectations_are_kept_and_shown_with_their_trace(string api)
    {
        var ada = new MlflowUser(tracking.NewProject(), api, "3.0");
        await ada.PostAsync("traces", TraceCallTests.Start("tr-1"));
        var made = (await ada.PostTextAsync("traces/tr-1/assessments", """
            {"assessment": {"assessment_name": "quality", "feedback": {"value": {"rating": 4, "words": ["good"]}}, "source": {"source_type": "human", "source_id": "ada@example.org"},
             "rationale": "Right and short", "metadata": {"model": "m", "version": "1"}, "span_id": "0011223344556677", "create_time": "2026-03-01T12:00:00.000Z"}}
            """)).GetProperty("assessment");
        var id = made.GetProperty("assessment_id").GetString()!;
        id.ShouldStartWith("a-");
        (made.GetProperty("assessment_name").GetString(), made.GetProperty("trace_id").GetString(), made.GetProperty("span_id").GetString(), made.GetProperty("valid").GetBoolean())
            .ShouldBe(("quality", "tr-1", "0011223344556677", true));
        (made.GetProperty("feedback").GetProperty("value").GetProperty("rating").GetInt32(), made.GetProperty("source").GetProperty("source_type").GetString(), made.GetProperty("create_time").GetString())
            .ShouldBe((4, "HUMAN", "2026-03-01T12:00:00.000Z"));
        made.TryGetProperty("expectation", out _).ShouldBeFalse();
        (await ada.GetAsync($"traces/tr-1/assessments/{id}")).GetProperty("assessment").GetProperty("rationale").GetString().ShouldBe("Right and short");

        await ada.PostTextAsync("traces/tr-1/assessments", """
            {"assessment": {"assessment_name": "answer", "expectation": {"serialized_value": {"value": "{\"a\": 1}", "serialization_format": "JSON_FORMAT"}}, "source": {"source_type": "CODE"}}}
            """);
        await ada.PostTextAsync("traces/tr-1/assessments", """
            {"assessment": {"assessment_name": "judge", "feedback": {"value": null, "error": {"error_code": "RATE_LIMIT", "error_message": "later"}}, "source": {"source_type": "AI_JUDGE", "source_id": "gpt"}}}
            """);
        foreach (var trace in (JsonElement[])
            [
                (await ada.GetAsync("traces/tr-1")).GetProperty("trace").GetProperty("trace_info"),
                (await ada.GetAsync("traces/get?trace_id=tr-1")).GetProperty("trace").GetProperty("trace_info"),
                (await ada.GetAsync("traces/batchGet?trace_ids=tr-1")).GetProperty("traces")[0].GetProperty("trace_info"),
                (await ada.PostAsync("traces/search", new { locations = new[] { TraceCallTests.Place("0") } })).GetProperty("traces")[0],
            ])
        {
            var shown = trace.GetProperty("assessments").EnumerateArray().ToList();
            shown.Select(each => each.GetProperty("assessment_name").GetString()).ShouldBe(["quality", "answer", "judge"]);
            shown[1].GetProperty("expectation").GetProperty("serialized_value").GetProperty("serialization_format").GetString().ShouldBe("JSON_FORMAT");
            (shown[2].GetProperty("source").GetProperty("source_type").GetString(), shown[2].GetProperty("feedback").GetProperty("error").GetProperty("error_code").GetString()).ShouldBe(("LLM_JUDGE", "RATE_LIMIT"));
        }
    }

    [Fact]
    public async Task What_the_mask_names_changes()
    {
        await _ada.PostAsync("traces", TraceCallTests.Start("tr-1"));
        var id = await CreateAsync("tr-1", """ "quality", "feedback": {"value": 4}, "rationale": "good", "metadata": {"model": "m", "version": "1"} """);
        var changed = (await _ada.SendAsync(HttpMethod.Patch, $"traces/tr-1/assessments/{id}", new
        {
            assessment = new { assessment_name = "better", feedback = new { value = 5 }, rationale = "no", metadata = new { version = "2" } },
            update_mask = "assessmentName,feedback,metadata",
        })).GetProperty("assessment");
        (changed.GetProperty("assessment_name").GetString(), changed.GetProperty("feedback").GetProperty("value").GetInt32(), changed.GetProperty("rationale").GetString()).ShouldBe(("better", 5, "good"));
        (changed.GetProperty("metadata").GetProperty("model").GetString(), changed.GetProperty("metadata").GetProperty("version").GetString()).ShouldBe(("m", "2"));
        (await _ada.SendAsync(HttpMethod.Patch, $"traces/tr-1/assessments/{id}", new { assessment = new { valid = false }, update_mask = "valid" })).GetProperty("assessment").GetProperty("valid").GetBoolean().ShouldBeFalse();
        (await _ada.GetAsync($"traces/tr-1/assessments/{id}")).GetProperty("assessment").GetProperty("assessment_name").GetString().ShouldBe("better");

        Task Refused(object body, int status = 400, string code = Invalid, string? which = null) => _ada.RefusedAsync(HttpMethod.Patch, $"traces/tr-1/assessments/{which ?? id}", body, status, code);
        await Refused(new { assessment = new { assessment_name = "x" } });
        await Refused(new { update_mask = "rationale" });
        await Refused(new { assessment = new { expectation = new { value = 1 } }, update_mask = "expectation" });
        await Refused(new { assessment = new { rationale = "x" }, update_mask = "nonsense" });
        await Refused(new { assessment = new { rationale = "x" }, update_mask = "rationale" }, 404, Unknown, "a-none");
    }

    [Fact]
    public async Task One_that_takes_the_place_of_another_makes_it_invalid_until_it_goes()
    {
        await _ada.PostAsync("traces", TraceCallTests.Start("tr-1"));
        await _ada.PostAsync("traces", TraceCallTests.Start("tr-2"));
        var first = await CreateAsync("tr-1", """ "quality", "feedback": {"value": "bad"} """);
        var second = await CreateAsync("tr-1", $$""" "quality", "feedback": {"value": "fine"}, "overrides": "{{first}}" """);
        (await ValidAsync(first)).ShouldBeFalse();
        (await FindAsync("feedback.quality = 'bad'")).ShouldBeEmpty();
        var third = await CreateAsync("tr-1", $$""" "quality", "feedback": {"value": "great"}, "overrides": "{{first}}" """);
        await _ada.SendAsync(HttpMethod.Delete, $"traces/tr-1/assessments/{second}");
        (await ValidAsync(first)).ShouldBeFalse();
        await _ada.SendAsync(HttpMethod.Delete, $"traces/tr-1/assessments/{third}");
        (await ValidAsync(first)).ShouldBeTrue();
        // Gone is gone, however often it is asked.
        await _ada.SendAsync(HttpMethod.Delete, $"traces/tr-1/assessments/{third}");
        await _ada.RefusedGetAsync($"traces/tr-1/assessments/{third}", 404, Unknown);
        await _ada.RefusedTextAsync("traces/tr-2/assessments", Body($$""" "quality", "feedback": {"value": "fine"}, "overrides": "{{first}}" """), 404, Unknown);
        (await FindAsync("feedback.quality IS NOT NULL")).ShouldBe(["tr-1"]);

        async Task<bool> ValidAsync(string id) => (await _ada.GetAsync($"traces/tr-1/assessments/{id}")).GetProperty("assessment").GetProperty("valid").GetBoolean();
    }

    [Fact]
    public async Task Assessments_come_with_a_trace_and_go_with_it()
    {
        const string Trace = """
            {"trace": {"trace_info": {"trace_id": "tr-1", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}, "request_time": "2026-03-01T12:00:00Z", "state": "OK",
             "assessments": [{"assessment_id": "a-1", "assessment_name": "x", "feedback": {"value": true}, "source": {"source_type": "CODE"}}]}}}
            """;
        (await _ada.PostTextAsync("traces", Trace)).GetProperty("trace").GetProperty("trace_info").GetProperty("assessments")[0].GetProperty("assessment_id").GetString().ShouldBe("a-1");
        (await _ada.PostTextAsync("traces", Trace)).GetProperty("trace").GetProperty("trace_info").GetProperty("assessments").GetArrayLength().ShouldBe(1);
        var viewer = _ada.As("vera", Role.Viewer);
        (await viewer.GetAsync("traces/tr-1/assessments/a-1")).GetProperty("assessment").GetProperty("feedback").GetProperty("value").GetBoolean().ShouldBeTrue();
        await viewer.RefusedTextAsync("traces/tr-1/assessments", Body(""" "x", "feedback": {"value": 1} """), 403, "PERMISSION_DENIED");
        await viewer.RefusedAsync(HttpMethod.Delete, "traces/tr-1/assessments/a-1", null, 403, "PERMISSION_DENIED");
        await new MlflowUser(tracking.NewProject(), version: "3.0").RefusedGetAsync("traces/tr-1/assessments/a-1", 404, Unknown);
        await using var delete = tracking.Host.Service<Hosting.Store.ServiceDatabase<ITrackingStore>>().DataSource.CreateCommand("delete from trace where project = $1");
        delete.Parameters.Add(new() { Value = _ada.User.Project });
        (await delete.ExecuteNonQueryAsync()).ShouldBe(1);
        await _ada.RefusedGetAsync("traces/tr-1/assessments/a-1", 404, Unknown);
    }

    [Theory]
    [InlineData(""" "x" """, "Unknown assessment type"), InlineData(""" "x", "feedback": {} """, "feedback.value"), InlineData(""" "x", "feedback": {"value": 1}, "expectation": {"value": 1} """, "not both"),
        InlineData(""" "", "feedback": {"value": 1} """, "assessment_name"), InlineData(""" "x", "feedback": {"value": "\u0000"} """, "cannot be kept"),
        InlineData(""" "x", "feedback": {"value": 1e999999} """, "kept"), InlineData(""" "x", "feedback": {"value": "\ud800"} """, ""), InlineData(""" "x", "feedback": 1 """, "feedback"),
        InlineData(""" "x", "feedback": {"value": 1}, "create_time": "soon" """, "create_time"), InlineData(""" "x", "feedback": {"value": 1}, "overrides": "a b" """, "ID"),
        InlineData(""" "x", "feedback": {"value": 1}, "metadata": {"a": 1} """, "metadata"), InlineData(""" "x", "feedback": {"value": 1}, "source": {"source_type": "ORACLE"} """, "source_type")]
    public async Task What_is_out_of_form_is_refused(string assessment, string said)
    {
        await _ada.PostAsync("traces", TraceCallTests.Start("tr-1"));
        (await _ada.RefusedTextAsync("traces/tr-1/assessments", Body(assessment), 400, Invalid)).ShouldContain(said);
        (await _ada.GetAsync("traces/tr-1")).GetProperty("trace").GetProperty("trace_info").TryGetProperty("assessments", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_trace_has_room_for_so_many()
    {
        await _ada.PostAsync("traces", TraceCallTests.Start("tr-1"));
        await _ada.RefusedTextAsync("traces/none/assessments", Body(""" "x", "feedback": {"value": 1} """), 404, Unknown);
        await _ada.RefusedAsync("traces/tr-1/assessments", new { }, 400, Invalid);
        var large = new string('x', 60_000);
        await CreateAsync("tr-1", $$""" "x", "feedback": {"value": "{{large}}"} """);
        var second = await CreateAsync("tr-1", $$""" "x", "feedback": {"value": "{{large}}"} """);
        (await _ada.RefusedTextAsync("traces/tr-1/assessments", Body($$""" "x", "feedback": {"value": "{{large}}"} """), 400, Invalid)).ShouldContain("131072");
        await _ada.RefusedAsync(HttpMethod.Patch, $"traces/tr-1/assessments/{second}", new { assessment = new { feedback = new { value = large + large } }, update_mask = "feedback" }, 400, Invalid);
        (await _ada.GetAsync($"traces/tr-1/assessments/{second}")).GetProperty("assessment").GetProperty("feedback").GetProperty("value").GetString()!.Length.ShouldBe(60_000);
    }

    [Fact]
    public async Task Traces_are_found_by_what_was_said_of_them()
    {
        foreach (var id in (string[])["tr-1", "tr-2", "tr-3"]) await _ada.PostAsync("traces", TraceCallTests.Start(id, tags: new Dictionary<string, string> { ["mlflow.traceName"] = $"chat {id}" }));
        await CreateAsync("tr-1", """ "score", "feedback": {"value": 4} """);
        await CreateAsync("tr-2", """ "score", "feedback": {"value": 4.5} """);
        await CreateAsync("tr-2", """ "ok", "feedback": {"value": true} """);
        await CreateAsync("tr-3", """ "score", "expectation": {"value": "four"} """);
        (await FindAsync("feedback.score = '4.0'")).ShouldBe(["tr-1"]);
        (await FindAsync("feedback.score != '4'")).ShouldBe(["tr-2"]);
        (await FindAsync("feedback.ok = 'true'")).ShouldBe(["tr-2"]);
        (await FindAsync("expectation.score LIKE 'fo%'")).ShouldBe(["tr-3"]);
        (await FindAsync("feedback.score IN ('4', '4.5')")).ShouldBe(["tr-1", "tr-2"]);
        (await FindAsync("feedback.score NOT IN ('4')")).ShouldBe(["tr-2"]);
        (await FindAsync("feedback.score IS NULL")).ShouldBe(["tr-3"]);
        (await FindAsync("NOT feedback.score = '4'")).ShouldBe(["tr-2", "tr-3"]);
        (await FindAsync("feedback.score RLIKE '^4[.]' AND name RLIKE 'tr-[12]$'")).ShouldBe(["tr-2"]);
        await _ada.RefusedAsync("traces/search", new { locations = new[] { TraceCallTests.Place("0") }, order_by = new[] { "feedback.score" } }, 400, Invalid);
    }

    [Fact]
    public async Task Regular_expressions_search_traces_alone_and_not_for_ever()
    {
        await _ada.PostAsync("traces", TraceCallTests.Start("tr-1", tags: new Dictionary<string, string> { ["mlflow.traceName"] = "Chat 17", ["text"] = new string('a', 4001) + "b" }));
        await _ada.PostAsync("traces", TraceCallTests.Start("tr-2", tags: new Dictionary<string, string> { ["mlflow.traceName"] = "search" }));
        (await FindAsync(@"name RLIKE '^Chat \d+$'")).ShouldBe(["tr-1"]);
        (await FindAsync("name RLIKE '^chat'")).ShouldBeEmpty();
        (await FindAsync("NOT name rlike 'a.c'")).ShouldBe(["tr-1"]);
        (await FindAsync("tags.text RLIKE 'b$' AND metadata.none IS NULL AND trace_id RLIKE 'tr'")).ShouldBe(["tr-1"]);

        async Task<string> Refused(string filter) => await _ada.RefusedAsync("traces/search", new { locations = new[] { TraceCallTests.Place("0") }, filter }, 400, Invalid);
        (await Refused("name RLIKE '(a'")).ShouldContain("Invalid filter");
        (await Refused($"name RLIKE '{new string('a', 501)}'")).ShouldContain("500");
        (await Refused("execution_time_ms RLIKE '1'")).ShouldContain("numbers");
        // One that would go on for much longer than anybody waits.
        var watch = System.Diagnostics.Stopwatch.StartNew();
        (await Refused(@"tags.text RLIKE '^(a+)(a+)(a+)(a+)\1\2\3\4b$'")).ShouldContain("took more than 5 s");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        (await FindAsync("name = 'search'")).ShouldBe(["tr-2"]);

        var older = new MlflowUser(_ada.User);
        (await older.RefusedAsync("runs/search", new { experiment_ids = new[] { "0" }, filter = "tags.a RLIKE 'x'" }, 400, Invalid)).ShouldContain("regular expressions");
        (await older.RefusedAsync("experiments/search", new { max_results = 10, filter = "name RLIKE 'x'" }, 400, Invalid)).ShouldContain("regular expressions");
    }

    private static string Body(string assessment)
    {
        var source = assessment.Contains("\"source\"", StringComparison.Ordinal) ? "" : ", \"source\": {\"source_type\": \"HUMAN\"}";
        return "{\"assessment\": {\"assessment_name\": " + assessment + source + "}}";
    }

    private async Task<string> CreateAsync(string trace, string assessment) =>
        (await _ada.PostTextAsync($"traces/{trace}/assessments", Body(assessment))).GetProperty("assessment").GetProperty("assessment_id").GetString()!;

    private async Task<IReadOnlyList<string>> FindAsync(string filter) =>
        (await _ada.PostAsync("traces/search", new { locations = new[] { TraceCallTests.Place("0") }, filter })).TryGetProperty("traces", out var traces)
            ? [.. traces.EnumerateArray().Select(trace => trace.GetProperty("trace_id").GetString()!).Order(StringComparer.Ordinal)]
            : [];
}
