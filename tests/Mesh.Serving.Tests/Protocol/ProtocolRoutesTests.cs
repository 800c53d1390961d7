using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Serving;
using Mesh.Serving.Protocol;
using Mesh.Serving.Tests.Runtimes;
using Mesh.Testing;

namespace Mesh.Serving.Tests.Protocol;

public sealed class ProtocolRoutesTests(ServedProject served, CancerModel cancer) : IClassFixture<ServedProject>, IClassFixture<CancerModel>, IAsyncLifetime
{
    private const string V2 = "/api/v1/projects/demo/v2";

    public async ValueTask InitializeAsync()
    {
        if ((await served.Ada.GetAsync("/api/v1/projects/demo/endpoints/linear")).IsSuccessStatusCode) return;
        await served.MoveAliasAsync("linear", await served.RegisterAsync("linear", 2, 3, 1));
        await served.DeployAsync("linear", "linear");
        await served.MoveAliasAsync("cancer", await served.RegisterAsync("cancer", await File.ReadAllBytesAsync(cancer.Path), "mlnet", cancer.Signature));
        await served.DeployAsync("cancer", "cancer");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_trained_model_answers_for_real_rows()
    {
        var inputs = cancer.Features.Select((name, column) => new
        {
            name,
            shape = new[] { cancer.Rows.Length },
            datatype = "FP32",
            data = cancer.Rows.Select(row => row[column]),
        });
        var response = await served.Ada.PostAsJsonAsync($"{V2}/models/cancer/infer", new { id = "all", inputs });
        var answer = (await response.Content.ReadFromJsonAsync<InferResponse>(MeshJson.Strict))!;
        (answer.Id, answer.ModelName, answer.ModelVersion).ShouldBe(("all", "cancer", "1"));
        answer.Outputs.Select(output => (output.Name, output.Datatype)).ShouldBe([("PredictedLabel", "BYTES"), ("Score", "FP32")]);
        answer.Outputs[1].Shape.ShouldBe([cancer.Rows.Length, 2]);
        var labels = answer.Outputs[0].Data.EnumerateArray().Select(label => label.GetString()!).ToArray();
        labels.Zip(cancer.Labels).Count(pair => pair.First == pair.Second).ShouldBeGreaterThan(cancer.Rows.Length * 97 / 100);
    }

    [Fact]
    public async Task Health_and_metadata_are_as_the_protocol_says()
    {
        (await Get("/health/live")).GetProperty("live").GetBoolean().ShouldBeTrue();
        (await Get("/health/ready")).GetProperty("ready").GetBoolean().ShouldBeTrue();
        (await Get("")).GetProperty("name").GetString().ShouldBe("mesh");
        (await Get("/models")).GetProperty("models").EnumerateArray().Select(name => name.GetString()).ShouldBe(["cancer", "linear"], ignoreOrder: true);
        var ready = await Get("/models/linear/ready");
        (ready.GetProperty("name").GetString(), ready.GetProperty("ready").GetBoolean()).ShouldBe(("linear", true));
        (await Get("/models/linear/versions/1/ready")).GetProperty("ready").GetBoolean().ShouldBeTrue();
        var metadata = (await served.Ada.GetFromJsonAsync<ModelMetadata>($"{V2}/models/linear", MeshJson.Strict))!;
        (metadata.Name, metadata.Platform).ShouldBe(("linear", "onnx_onnxv1"));
        metadata.Versions.ShouldBe(["1"]);
        metadata.Inputs.Select(input => (input.Name, input.Datatype, input.Shape.Single())).ShouldBe([("x", "FP32", -1L), ("y", "FP32", -1L)]);
        (await served.Ada.GetFromJsonAsync<ModelMetadata>($"{V2}/models/cancer/versions/1", MeshJson.Strict))!.Outputs[1].Shape.ShouldBe([-1L, 2L]);
    }

    [Fact]
    public async Task A_version_in_the_path_must_be_the_served_one()
    {
        (await served.Ada.PostAsync($"{V2}/models/linear/versions/1/infer", ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var version in (string[])["2", "01x", "-1", "99999999999"])
        {
            var other = await served.Ada.PostAsync($"{V2}/models/linear/versions/{version}/infer", ServedProject.Row(1, 1));
            other.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await ServedProject.ReadAsync(other)).GetProperty("code").GetString().ShouldBe("endpoint.version-unserved");
        }

        (await served.Ada.GetAsync($"{V2}/models/linear/versions/2")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await served.Ada.GetAsync($"{V2}/models/linear/versions/2/ready")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Unknown_models_are_not_found()
    {
        foreach (var request in (Func<Task<HttpResponseMessage>>[])[
            () => served.Ada.PostAsync($"{V2}/models/nothing/infer", ServedProject.Row(1, 1)), () => served.Ada.GetAsync($"{V2}/models/nothing"), () => served.Ada.GetAsync($"{V2}/models/nothing/ready")])
        {
            var response = await request();
            response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            var problem = await ServedProject.ReadAsync(response);
            problem.GetProperty("code").GetString().ShouldBe("endpoint.unknown");
            problem.GetProperty("error").GetString().ShouldBe(problem.GetProperty("detail").GetString());
        }
    }

    [Fact]
    public async Task The_callers_faults_are_named_by_their_fields()
    {
        var response = await served.Ada.PostAsync($"{V2}/models/linear/infer", ServedProject.Json("""{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[1,"two"]}]}"""));
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = await ServedProject.ReadAsync(response);
        problem.GetProperty("code").GetString().ShouldBe("infer.invalid");
        problem.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe("inputs[0].data[1]");
        (await served.Ada.PostAsync($"{V2}/models/linear/infer", ServedProject.Json(""))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await served.Ada.GetAsync($"{V2}/models/linear/infer")).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task The_binary_form_is_refused_by_name()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{V2}/models/linear/infer") { Content = new ByteArrayContent([1, 2, 3]) };
        request.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", "2");
        (await ServedProject.ReadAsync(await served.Ada.SendAsync(request))).GetProperty("code").GetString().ShouldBe("infer.binary");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bodies_up_to_the_limit_are_served_and_larger_ones_refused(bool chunked)
    {
        const int Rows = 100_000;
        var row = string.Join(',', Enumerable.Repeat("1.25", Rows * 2));
        var body = $$"""{"inputs":[{"name":"input","shape":[{{Rows}},2],"datatype":"FP32","data":[{{row}}]}]}""";
        var served2 = await PostAsync(body, chunked);
        served2.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ServedProject.ReadAsync(served2)).GetProperty("outputs")[0].GetProperty("data").GetArrayLength().ShouldBe(Rows);
        var refused = await PostAsync(body + new string(' ', InferRequestReader.MaxBody), chunked);
        refused.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await ServedProject.ReadAsync(refused)).GetProperty("code").GetString().ShouldBe("body.too-large");
    }

    [Fact]
    public async Task Only_wanted_outputs_are_answered()
    {
        var rows = string.Join(',', cancer.Rows[0].Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var response = await served.Ada.PostAsync($"{V2}/models/cancer/infer", ServedProject.Json(
            $$"""{"outputs":[{"name":"PredictedLabel"}],"inputs":[{"name":"input-0","shape":[1,30],"datatype":"FP64","data":[[{{rows}}]]}]}"""));
        (await ServedProject.ReadAsync(response)).GetProperty("outputs").EnumerateArray().ShouldHaveSingleItem().GetProperty("data")[0].GetString().ShouldBe("malignant");
    }

    [Fact]
    public async Task Openapi_describes_the_protocol()
    {
        var document = await served.Host.Anonymous().GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var infer = document.GetProperty("paths").GetProperty("/api/v1/projects/{project}/v2/models/{endpoint}/infer").GetProperty("post");
        infer.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").ValueKind.ShouldBe(JsonValueKind.Object);
    }

    [Fact]
    public async Task Requests_are_counted()
    {
        (await served.Ada.PostAsync($"{V2}/models/linear/infer", ServedProject.Row(1, 1))).EnsureSuccessStatusCode();
        await Eventually.Holds(async () =>
        {
            var metrics = await served.Host.Anonymous().GetStringAsync("/metrics");
            metrics.ShouldContain("mesh_serving_infer_duration_seconds_count");
            metrics.ShouldContain("endpoint=\"linear\"");
        });
    }

    private async Task<HttpResponseMessage> PostAsync(string body, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{V2}/models/linear/infer") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true;
        return await served.Ada.SendAsync(request);
    }

    private async Task<JsonElement> Get(string path) => await served.Ada.GetFromJsonAsync<JsonElement>(V2 + path);
}
