using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Contracts;
using Mesh.Tracking.Tests.Retention;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;

namespace Mesh.Tracking.Tests.Mlflow;

/// <summary>Spans that exporters of OpenTelemetry send, among them the exporter for .NET itself, and how clients of MLflow read them back.</summary>
public sealed class SpanCallTests(RetentionFixture fixture) : IClassFixture<RetentionFixture>
{
    private const string Invalid = "INVALID_PARAMETER_VALUE";
    private const string Unknown = "RESOURCE_DOES_NOT_EXIST";
    private const string Protobuf = "application/x-protobuf";
    private const string TraceHex = "0123456789abcdef0123456789abcdef";
    private const string TraceId = $"tr-{TraceHex}";

    [Fact]
    public async Task What_the_exporter_for_NET_sends_is_a_trace()
    {
        var ada = Traces(fixture.NewProject());
        var (trace, _) = Export(ada);

        var shown = (await ada.GetAsync($"traces/get?trace_id={trace}")).GetProperty("trace");
        var info = shown.GetProperty("trace_info");
        info.GetProperty("state").GetString().ShouldBe("ERROR");
        info.GetProperty("tags").EnumerateObject().ToDictionary(tag => tag.Name, tag => tag.Value.GetString()).ShouldBe(
            new Dictionary<string, string?>
            {
                ["mlflow.traceName"] = "answer é😀",
                ["mlflow.trace.spansLocation"] = "TRACKING_STORE",
                ["mlflow.artifactLocation"] = $"mlflow-artifacts:/0/traces/{trace}/artifacts",
            }, ignoreOrder: true);
        info.GetProperty("trace_metadata").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()).ShouldBe(
            new Dictionary<string, string?> { ["mlflow.trace.session"] = "s-1", ["mlflow.trace.user"] = "bob" }, ignoreOrder: true);
        info.GetProperty("request_preview").GetString()!.ShouldBe(new string('q', 1000));
        info.GetProperty("response_preview").GetString().ShouldBe("{\"a\": 1}");
        var spans = shown.GetProperty("spans").EnumerateArray().ToList();
        spans.Select(span => span.GetProperty("name").GetString()).ShouldBe(["answer é😀", "look up"]);
        var base64 = Convert.ToBase64String(Convert.FromHexString(trace[3..]));
        spans.ShouldAllBe(span => span.GetProperty("trace_id").GetString() == base64);
        spans[0].TryGetProperty("parent_span_id", out _).ShouldBeFalse();
        spans[1].GetProperty("parent_span_id").GetString().ShouldBe(spans[0].GetProperty("span_id").GetString());
        spans[0].GetProperty("status").GetRawText().ShouldBe("""{"code":"STATUS_CODE_ERROR","message":"no answer"}""");
        spans[1].GetProperty("status").GetProperty("code").GetString().ShouldBe("STATUS_CODE_OK");
        var values = Attributes(spans[1]);
        (values["text"], values["whole"], values["real"], values["flag"], values["list"]).ShouldBe(
            ("""{"string_value":"a\"b"}""", """{"int_value":"-9007199254740993"}""", """{"double_value":0.25}""", """{"bool_value":true}""", """{"array_value":{"values":[{"string_value":"x"},{"string_value":"y"}]}}"""));
        var happened = spans[1].GetProperty("events").EnumerateArray().ShouldHaveSingleItem();
        (happened.GetProperty("name").GetString(), Attributes(happened)["n"]).ShouldBe(("found", """{"int_value":"3"}"""));
        spans[1].GetProperty("links").EnumerateArray().ShouldHaveSingleItem().GetProperty("trace_id").GetString().ShouldBe(Convert.ToBase64String(Convert.FromHexString(TraceHex)));

        (await FindAsync(ada, "name LIKE 'answer%' AND status = 'ERROR' AND metadata.`mlflow.trace.session` = 's-1'")).ShouldBe([trace]);
    }

    [Fact]
    public async Task Spans_in_JSON_keep_every_kind_of_value()
    {
        var ada = Traces(fixture.NewProject());
        var values = """
            [{"key":"t","value":{"stringValue":"\u0000é"}},{"key":"i","value":{"intValue":"9223372036854775807"}},{"key":"i2","value":{"intValue":7}},{"key":"d","value":{"doubleValue":1e300}},{"key":"n","value":{"doubleValue":"NaN"}},
             {"key":"b","value":{"boolValue":false}},{"key":"raw","value":{"bytesValue":"AQI="}},{"key":"none","value":{}},{"key":"map","value":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{}]}}}]}}}]
            """;
        await SendAsync(ada, Body(Span("00000000000000a1", name: "one", attributes: values)));

        var span = (await SpansAsync(ada)).ShouldHaveSingleItem();
        var shown = Attributes(span);
        shown["t"].ShouldBe("""{"string_value":"\u0000é"}""");
        (shown["i"], shown["i2"], shown["d"], shown["n"], shown["b"]).ShouldBe(
            ("""{"int_value":"9223372036854775807"}""", """{"int_value":"7"}""", """{"double_value":1E+300}""", """{"double_value":"NaN"}""", """{"bool_value":false}"""));
        (shown["raw"], shown["none"], shown["map"]).ShouldBe(
            ("""{"bytes_value":"AQI="}""", "{}", """{"kvlist_value":{"values":[{"key":"a","value":{"array_value":{"values":[{"int_value":"1"},{}]}}}]}}"""));
        (span.GetProperty("start_time_unix_nano").GetString(), span.GetProperty("end_time_unix_nano").GetString()).ShouldBe(("1772366400000000001", "1772366401500000000"));
    }

    [Fact]
    public async Task A_trace_grows_as_its_spans_come_in_any_order()
    {
        var ada = Traces(fixture.NewProject());
        await SendAsync(ada, Body(Span("00000000000000b1", parent: "00000000000000a1", start: 2_000_000_000, end: 2_500_000_000)));
        await ShowsAsync("IN_PROGRESS", "0.5s", "1970-01-01T00:00:02.000Z", 1);
        await SendAsync(ada, Body(Span("00000000000000a1", name: "root", start: 1_000_000_000, end: 4_000_000_000, code: 1)));
        await ShowsAsync("OK", "3s", "1970-01-01T00:00:01.000Z", 2);
        await SendAsync(ada, Body(Span("00000000000000b1", parent: "00000000000000a1", start: 2_000_000_000, end: 6_000_000_000, code: 2)));
        await ShowsAsync("OK", "5s", "1970-01-01T00:00:01.000Z", 2);

        // What the client says of the trace as a whole counts, whatever spans come after it.
        await ada.PostAsync("traces", TraceCallTests.Start(TraceId, time: "1970-01-01T00:00:01Z", duration: "5s", state: "ERROR", request: "\"q\"", tags: new Dictionary<string, string> { ["mlflow.traceName"] = "mine" }));
        await SendAsync(ada, Body(Span("00000000000000a1", name: "root", start: 1_000_000_000, end: 4_000_000_000, code: 1)));
        var info = await ShowsAsync("ERROR", "5s", "1970-01-01T00:00:01.000Z", 2);
        (info.GetProperty("tags").GetProperty("mlflow.traceName").GetString(), info.GetProperty("tags").GetProperty("mlflow.trace.spansLocation").GetString()).ShouldBe(("mine", "TRACKING_STORE"));

        async Task<JsonElement> ShowsAsync(string state, string duration, string time, int spans)
        {
            var trace = (await ada.GetAsync($"traces/get?trace_id={TraceId}")).GetProperty("trace");
            var shown = trace.GetProperty("trace_info");
            (shown.GetProperty("state").GetString(), shown.GetProperty("execution_duration").GetString(), shown.GetProperty("request_time").GetString(), trace.GetProperty("spans").GetArrayLength())
                .ShouldBe((state, duration, time, spans));
            return shown;
        }
    }

    [Fact]
    public async Task Several_traces_come_in_one_request_and_are_read_together()
    {
        var ada = Traces(fixture.NewProject());
        var other = new string('e', 32);
        await SendAsync(ada, Body(Span("00000000000000a1"), Span("00000000000000a2", trace: other), Span("00000000000000a1", name: "again")));
        await ada.PostAsync("traces", TraceCallTests.Start("tr-file"));

        var traces = (await ada.GetAsync($"traces/batchGet?trace_ids=tr-{other}&trace_ids={TraceId}&trace_ids=tr-nobody&trace_ids=tr-file")).GetProperty("traces").EnumerateArray().ToList();
        traces.Select(trace => trace.GetProperty("trace_info").GetProperty("trace_id").GetString()).ShouldBe([$"tr-{other}", TraceId, "tr-file"]);
        traces[1].GetProperty("spans").EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("again");
        traces[2].TryGetProperty("spans", out _).ShouldBeFalse();
        (await ada.PostAsync("traces/delete-traces", new { experiment_id = "0", request_ids = new[] { TraceId } })).GetProperty("traces_deleted").GetInt32().ShouldBe(1);
        await ada.RefusedGetAsync($"traces/get?trace_id={TraceId}", 404, Unknown);
        await SendAsync(ada, Body(Span("00000000000000a9")));
        (await SpansAsync(ada)).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("gzip"), InlineData("deflate"), InlineData("identity")]
    public async Task Bodies_come_packed(string encoding)
    {
        var ada = Traces(fixture.NewProject());
        using var answer = await PostAsync(ada, Pack(Encoding.UTF8.GetBytes(Body(Span("00000000000000a1"))), encoding), "application/json", encoding: encoding);
        (answer.StatusCode, await answer.Content.ReadAsStringAsync()).ShouldBe((HttpStatusCode.OK, "{}"));
        (await SpansAsync(ada)).ShouldHaveSingleItem();
        using var large = await PostAsync(ada, Pack(new byte[17 << 20], encoding), Protobuf, encoding: encoding);
        await MlflowUser.RefusedAsync(large, 413, Invalid);
        if (encoding != "identity") await MlflowUser.RefusedAsync(await PostAsync(ada, [1, 2, 3], Protobuf, encoding: encoding), 400, Invalid);
    }

    [Fact]
    public async Task What_is_wrong_is_refused_and_changes_nothing()
    {
        var ada = Traces(fixture.NewProject());
        var other = await new MlflowUser(ada.User).CreateExperimentAsync("other");
        var good = Encoding.UTF8.GetBytes(Body(Span("00000000000000a1")));
        await MlflowUser.RefusedAsync(await PostAsync(ada, good, "text/plain"), 400, Invalid);
        await MlflowUser.RefusedAsync(await PostAsync(ada, good, "application/json", encoding: "br"), 400, Invalid);
        (await MlflowUser.RefusedAsync(await PostAsync(ada, good, "application/json", experiment: null), 400, Invalid)).ShouldContain("x-mlflow-experiment-id");
        await MlflowUser.RefusedAsync(await PostAsync(ada, good, "application/json", experiment: "x"), 400, Invalid);
        await MlflowUser.RefusedAsync(await PostAsync(ada, good, "application/json", experiment: "77"), 404, Unknown);
        await MlflowUser.RefusedAsync(await PostAsync(ada.As("vic", Role.Viewer), good, "application/json"), 403, "PERMISSION_DENIED");
        foreach (var body in (string[])
            [
                "", "{", "[]", "null", "7", """{"resourceSpans":7}""", """{"resourceSpans":[7]}""", """{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}""", Body(Span("x")), Body(Span("00")), Body(Span("0000000000000000")),
                Body(Span("00000000000000a1", trace: "abcd")), Body(Span("00000000000000a1", parent: "abcd")), Body(Span("00000000000000a1", attributes: """[{"key":"a","value":{"intValue":"x"}}]""")),
                Body(Span("00000000000000a1", attributes: """[{"key":"\ud800","value":{}}]""")), Body(Span("00000000000000a1", attributes: """[{"key":7}]""")), Body(Span("00000000000000a1", attributes: Nested(25))),
                Body(Span("00000000000000a1")).Replace("\"startTimeUnixNano\":\"1", "\"startTimeUnixNano\":\"-1", StringComparison.Ordinal), Body(Span("00000000000000a1"), Span("zz")),
                Body([.. Enumerable.Range(1, 10_001).Select(i => Span($"{i:x16}"))]),
            ])
            await MlflowUser.RefusedAsync(await PostAsync(ada, Encoding.UTF8.GetBytes(body), "application/json"), 400, Invalid);
        (await FindAsync(ada, "")).ShouldBeEmpty();
        await SendAsync(ada, Body(Span("00000000000000a1", attributes: Nested(24))));
        await MlflowUser.RefusedAsync(await PostAsync(ada, Encoding.UTF8.GetBytes(Body(Span("00000000000000a2", trace: new string('e', 32)), Span("00000000000000a3"))), "application/json", experiment: other), 400, "RESOURCE_ALREADY_EXISTS");
        (await SpansAsync(ada)).Count.ShouldBe(1);
        await ada.RefusedGetAsync($"traces/get?trace_id=tr-{new string('e', 32)}", 404, Unknown);
        await ada.RefusedGetAsync("traces/get", 400, Invalid);
        await ada.RefusedGetAsync("traces/batchGet", 400, Invalid);
        await ada.RefusedGetAsync($"traces/batchGet?{string.Join('&', Enumerable.Range(0, 101).Select(i => $"trace_ids=tr-{i}"))}", 400, Invalid);
    }

    [Fact]
    public async Task Spans_of_the_same_traces_come_at_once_from_many_while_some_are_deleted()
    {
        var ada = Traces(fixture.NewProject());
        var traces = Enumerable.Range(1, 6).Select(i => $"{i:x32}").ToArray();
        await Task.WhenAll(Enumerable.Range(1, 8).Select(async sender =>
        {
            var random = new Random(sender);
            for (var i = 0; i < 15; i++)
            {
                random.Shuffle(traces);
                await SendAsync(ada, Body([.. traces.Select(trace => Span($"{(sender * 100) + i:x16}", trace: trace, parent: i == 0 ? null : $"{sender * 100:x16}"))]));
                if (sender % 4 == 0) await ada.PostAsync("traces/delete-traces", new { experiment_id = "0", request_ids = traces.Take(3).Select(trace => $"tr-{trace}") });
            }
        }));
        await SendAsync(ada, Body([.. traces.Select(trace => Span("00000000000fffff", trace: trace))]));
        (await FindAsync(ada, "")).Count.ShouldBe(6);
        fixture.Host.Logs.ErrorsAbout(ada.User.Project).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_spans_of_a_trace_are_bounded_together()
    {
        var ada = Traces(fixture.NewProject());
        string Large(string id) => Body(Span(id, attributes: $$$"""[{"key":"k","value":{"stringValue":"{{{new string('v', 6 << 20)}}}"}}]"""));
        await SendAsync(ada, Large("00000000000000a1"));
        await SendAsync(ada, Large("00000000000000a2"));
        (await MlflowUser.RefusedAsync(await PostAsync(ada, Encoding.UTF8.GetBytes(Large("00000000000000a3")), "application/json"), 400, Invalid)).ShouldContain("16777216");
        (await SpansAsync(ada)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Random_bytes_never_break_the_server()
    {
        var ada = Traces(fixture.NewProject());
        var (_, bodies) = Export(ada);
        bodies.Count.ShouldBe(2);
        var json = Encoding.UTF8.GetBytes(Body(Span("00000000000000a1", attributes: """[{"key":"map","value":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{}]}}}]}}}]""")));
        var random = new Random(13);
        var answers = new Dictionary<int, int>();
        for (var i = 0; i < 1500; i++)
        {
            var isJson = i % 3 == 0;
            var body = (byte[])(isJson ? json : bodies[random.Next(bodies.Count)]).Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--) body[random.Next(body.Length)] = (byte)random.Next(256);
            if (random.Next(10) == 0) body = body[..random.Next(body.Length)];
            using var answer = await PostAsync(ada, body, isJson ? "application/json" : Protobuf);
            var text = await answer.Content.ReadAsStringAsync();
            ((int)answer.StatusCode).ShouldBeLessThan(500, $"{Convert.ToBase64String(body)}\n{text}");
            if (!answer.IsSuccessStatusCode) JsonDocument.Parse(text).RootElement.GetProperty("error_code").GetString().ShouldNotBeNullOrEmpty(text);
            answers[(int)answer.StatusCode] = answers.GetValueOrDefault((int)answer.StatusCode) + 1;
        }

        answers.Keys.ShouldContain(200);
        answers.Keys.ShouldContain(400);
        // Whatever was taken can be searched and read.
        foreach (var id in await FindAsync(ada, "execution_time_ms >= 0 OR end_time > 0")) await ada.GetAsync($"traces/get?trace_id={id}");
        fixture.Host.Logs.ErrorsAbout(ada.User.Project).ShouldBeEmpty();
    }

    /// <summary>Exports two spans, one after the other, as the exporter for .NET does.</summary>
    /// <returns>The trace, and the bodies that were sent.</returns>
    private static (string Trace, IReadOnlyList<byte[]> Bodies) Export(MlflowUser user)
    {
        var bodies = new List<byte[]>();
        using var source = new ActivitySource($"mesh.tests.{Guid.NewGuid():N}");
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).AddOtlpExporter(options =>
        {
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
            options.Endpoint = new Uri(user.User.Http.BaseAddress!, $"/mlflow/{user.User.Project}/v1/traces");
            options.Headers = "x-mlflow-experiment-id=0";
            options.ExportProcessorType = ExportProcessorType.Simple;
            options.HttpClientFactory = () => new HttpClient(new Through(user.User.Http, bodies));
        }).Build();
        string trace;
        using (var root = source.StartActivity("answer é😀", ActivityKind.Server, default(ActivityContext))!)
        {
            trace = $"tr-{root.TraceId.ToHexString()}";
            root.SetTag("session.id", "s-1").SetTag("user.id", "\"bob\"").SetTag("mlflow.spanInputs", new string('q', 1001)).SetTag("mlflow.spanOutputs", "{\"a\": 1}").SetStatus(ActivityStatusCode.Error, "no answer");
            var link = new ActivityLink(new ActivityContext(ActivityTraceId.CreateFromString(TraceHex), ActivitySpanId.CreateFromString("00000000000000a1"), ActivityTraceFlags.Recorded));
            using var child = source.StartActivity("look up", ActivityKind.Client, root.Context, links: [link])!;
            child.SetTag("text", "a\"b").SetTag("whole", -9007199254740993).SetTag("real", 0.25).SetTag("flag", true).SetTag("list", new[] { "x", "y" }).SetStatus(ActivityStatusCode.Ok);
            child.AddEvent(new ActivityEvent("found", tags: new ActivityTagsCollection { ["n"] = 3 }));
        }

        provider.ForceFlush().ShouldBeTrue();
        return (trace, bodies);
    }

    private static MlflowUser Traces(ProjectUser user) => new(user, version: "3.0");

    private static string Span(string id, string? parent = null, string trace = TraceHex, string name = "x", long start = 1_772_366_400_000_000_001, long end = 1_772_366_401_500_000_000, int code = 0, string attributes = "[]") =>
        "{" + $"\"traceId\":\"{trace}\",\"spanId\":\"{id}\",\"parentSpanId\":\"{parent}\",\"name\":\"{name}\",\"kind\":1,\"startTimeUnixNano\":\"{start}\",\"endTimeUnixNano\":\"{end}\",\"status\":" + "{" + $"\"code\":{code}" + "}," + $"\"attributes\":{attributes}" + "}";

    private static string Body(params string[] spans) => """{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"tests"},"spans":[""" + string.Join(',', spans) + "]}]}]}";

    private static string Nested(int depth)
    {
        var value = new JsonObject { ["stringValue"] = "x" };
        for (var i = 0; i < depth; i++) value = new JsonObject { ["kvlistValue"] = new JsonObject { ["values"] = new JsonArray(new JsonObject { ["key"] = "k", ["value"] = value }) } };
        return new JsonArray(new JsonObject { ["key"] = "deep", ["value"] = value }).ToJsonString(new JsonSerializerOptions { MaxDepth = 300 });
    }

    private static byte[] Pack(byte[] body, string encoding)
    {
        using var packed = new MemoryStream();
        using (var stream = encoding switch { "gzip" => new GZipStream(packed, CompressionLevel.Fastest, true), "deflate" => (Stream)new ZLibStream(packed, CompressionLevel.Fastest, true), _ => null })
            (stream ?? packed).Write(body);
        return packed.ToArray();
    }

    private static async Task SendAsync(MlflowUser user, string body)
    {
        using var answer = await PostAsync(user, Encoding.UTF8.GetBytes(body), "application/json");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> PostAsync(MlflowUser user, byte[] body, string type, string? experiment = "0", string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/mlflow/{user.User.Project}/v1/traces") { Content = new ByteArrayContent(body) };
        request.Headers.ExpectContinue = body.Length > 1 << 18;
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null) request.Content.Headers.ContentEncoding.Add(encoding);
        if (experiment is not null) request.Headers.Add("x-mlflow-experiment-id", experiment);
        return await user.User.Http.SendAsync(request);
    }

    private static async Task<IReadOnlyList<JsonElement>> SpansAsync(MlflowUser user) =>
        [.. (await user.GetAsync($"traces/get?trace_id={TraceId}&allow_partial=true")).GetProperty("trace").GetProperty("spans").EnumerateArray()];

    private static async Task<IReadOnlyList<string>> FindAsync(MlflowUser user, string filter)
    {
        var page = await user.PostAsync("traces/search", new { locations = new[] { new { mlflow_experiment = new { experiment_id = "0" } } }, filter, max_results = 500 });
        return page.TryGetProperty("traces", out var traces) ? [.. traces.EnumerateArray().Select(trace => trace.GetProperty("trace_id").GetString()!)] : [];
    }

    private static Dictionary<string, string> Attributes(JsonElement of) =>
        of.GetProperty("attributes").EnumerateArray().ToDictionary(attribute => attribute.GetProperty("key").GetString()!, attribute => attribute.GetProperty("value").GetRawText());

    /// <summary>Sends by the client of a user, and remembers what was sent.</summary>
    private sealed class Through(HttpClient client, List<byte[]> bodies) : HttpMessageHandler
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var copy = new HttpRequestMessage(request.Method, request.RequestUri);
            foreach (var (name, values) in request.Headers) copy.Headers.TryAddWithoutValidation(name, values);
            var body = new MemoryStream();
            request.Content!.CopyTo(body, null, cancellationToken);
            bodies.Add(body.ToArray());
            copy.Content = new ByteArrayContent(body.ToArray());
            foreach (var (name, values) in request.Content.Headers) copy.Content.Headers.TryAddWithoutValidation(name, values);
#pragma warning disable VSTHRD002 // The exporter sends in a thread of its own, and waits; the identity of the user is added to what is sent asynchronously.
            return client.SendAsync(copy, cancellationToken).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Send(request, cancellationToken));
    }
}
