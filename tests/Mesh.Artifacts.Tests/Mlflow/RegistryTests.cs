using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Mlflow;

/// <summary>The registry of the MLflow protocol, and that it is the same registry as that of the platform's own API.</summary>
public sealed class RegistryTests(ArtifactsHost host)
{
    private const string Invalid = "INVALID_PARAMETER_VALUE";
    private const string Unknown = "RESOURCE_DOES_NOT_EXIST";
    private const string Source = "mlflow-artifacts:/0/0123456789abcdef0123456789abcdef/artifacts/model";

    private readonly TestProject _project = host.NewProject();

    private string Base => $"/mlflow/{_project.Name}/api/2.0/mlflow";

    [Theory]
    [InlineData("client-222.jsonl", "api")]
    [InlineData("client-311.jsonl", "api")]
    [InlineData("client-311.jsonl", "ajax-api")]
    public async Task A_recorded_client_gets_what_it_got(string file, string api)
    {
        var compared = await MlflowTranscript.ReplayAsync(
            _project.Ada, _project.Name, file, api, path => path.Contains("/registered-models/", StringComparison.Ordinal) || path.Contains("/model-versions/", StringComparison.Ordinal));
        compared.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task A_model_is_described_tagged_renamed_and_deleted()
    {
        await Post("registered-models/create", new { name = "My Model", description = "first", tags = new[] { new { key = "a", value = "b" } } });
        await Version("My Model");
        (await Send(HttpMethod.Patch, "registered-models/update", new { name = "My Model", description = "second" }))["registered_model"]!["description"]!.GetValue<string>().ShouldBe("second");
        await Post("registered-models/set-tag", new { name = "My Model", key = "c", value = "d" });
        await Send(HttpMethod.Delete, "registered-models/delete-tag", new { name = "My Model", key = "a" });
        var renamed = (await Post("registered-models/rename", new { name = "My Model", new_name = "Your Model" }))["registered_model"]!;
        renamed["name"]!.GetValue<string>().ShouldBe("Your Model");
        renamed["tags"]!.AsArray().ShouldHaveSingleItem()!["key"]!.GetValue<string>().ShouldBe("c");
        renamed["latest_versions"]!.AsArray().ShouldHaveSingleItem()!["name"]!.GetValue<string>().ShouldBe("Your Model");
        await Refused(HttpMethod.Get, "registered-models/get?name=My%20Model", null, 404, Unknown);

        // The old name is free, and both go on by themselves.
        await Post("registered-models/create", new { name = "My Model" });
        await Version("My Model");
        await Version("Your Model");
        (await Get("model-versions/search?filter=name%3D'Your%20Model'&order_by=version_number%20ASC"))["model_versions"]!.AsArray().Select(version => version!["version"]!.GetValue<string>()).ShouldBe(["1", "2"]);
        (await Get("registered-models/get?name=My%20Model"))["registered_model"]!["latest_versions"]!.AsArray().ShouldHaveSingleItem()!["version"]!.GetValue<string>().ShouldBe("1");
        await Refused(HttpMethod.Post, "registered-models/rename", new { name = "My Model", new_name = "Your Model" }, 400, "RESOURCE_ALREADY_EXISTS");
        await Refused(HttpMethod.Post, "registered-models/create", new { name = "Your Model" }, 400, "RESOURCE_ALREADY_EXISTS");

        await Send(HttpMethod.Delete, "registered-models/delete", new { name = "Your Model" });
        await Refused(HttpMethod.Get, "model-versions/get?name=Your%20Model&version=1", null, 404, Unknown);
        (await Get("registered-models/search"))["registered_models"]!.AsArray().ShouldHaveSingleItem()!["name"]!.GetValue<string>().ShouldBe("My Model");
        await Post("registered-models/create", new { name = "Your Model" });
        (await Version("Your Model"))["version"]!.GetValue<string>().ShouldBe("3");
    }

    [Fact]
    public async Task A_version_is_tagged_staged_aliased_and_deleted()
    {
        await Post("registered-models/create", new { name = "m" });
        var first = await Version("m", description: "one");
        (first["status"]!.GetValue<string>(), first["current_stage"]!.GetValue<string>(), first["description"]!.GetValue<string>()).ShouldBe(("READY", "None", "one"));
        await Version("m");
        await Send(HttpMethod.Patch, "model-versions/update", new { name = "m", version = "1", description = "changed" });
        await Post("model-versions/set-tag", new { name = "m", version = "1", key = "k", value = "v" });
        await Post("model-versions/transition-stage", new { name = "m", version = "1", stage = "production", archive_existing_versions = false });
        await Post("model-versions/transition-stage", new { name = "m", version = "2", stage = "Production", archive_existing_versions = true });
        var one = (await Get("model-versions/get?name=m&version=1"))["model_version"]!;
        (one["current_stage"]!.GetValue<string>(), one["description"]!.GetValue<string>()).ShouldBe(("Archived", "changed"));
        one["tags"]!.AsArray().ShouldHaveSingleItem()!["value"]!.GetValue<string>().ShouldBe("v");
        (await Post("registered-models/get-latest-versions", new { name = "m", stages = new[] { "Production" } }))["model_versions"]!.AsArray().ShouldHaveSingleItem()!["version"]!.GetValue<string>().ShouldBe("2");

        await Post("registered-models/alias", new { name = "m", alias = "champion", version = "2" });
        (await Get("registered-models/alias?name=m&alias=champion"))["model_version"]!["aliases"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe("champion");
        // The platform's own API sees the same.
        var own = await _project.Get<ModelVersion>("/models/m/versions/@champion");
        (own.Version, own.Stage, own.Source, own.Artifact, own.Digest).ShouldBe((2, ModelStage.Production, Source, null, null));
        await TestProject.Refused(await _project.Get("/models/m/versions/2/content"), System.Net.HttpStatusCode.UnprocessableEntity, "model.content-elsewhere");

        await Send(HttpMethod.Delete, "model-versions/delete", new { name = "m", version = "2" });
        await Refused(HttpMethod.Get, "registered-models/alias?name=m&alias=champion", null, 404, Unknown);
        await Refused(HttpMethod.Get, "model-versions/get-download-uri?name=m&version=2", null, 404, Unknown);
        (await Version("m"))["version"]!.GetValue<string>().ShouldBe("3");
        await Send(HttpMethod.Delete, "registered-models/alias", new { name = "m", alias = "champion" });
    }

    [Fact]
    public async Task Searches_filter_order_and_page()
    {
        foreach (var name in (string[])["alpha", "beta", "Gamma"])
        {
            await Post("registered-models/create", new { name, tags = new[] { new { key = "team", value = name == "beta" ? "blue" : "red" } } });
            for (var i = 0; i < 3; i++) await Version(name, run: i == 1 ? "0123456789abcdef0123456789abcdef" : null);
        }

        await Post("registered-models/create", new { name = "prompt", tags = new[] { new { key = "mlflow.prompt.is_prompt", value = "true" } } });
        async Task<string> Models(string query) => string.Join(',', (await Get($"registered-models/search?{query}"))["registered_models"]?.AsArray().Select(model => model!["name"]!.GetValue<string>()) ?? []);
        (await Models("")).ShouldBe("Gamma,alpha,beta,prompt");
        (await Models($"filter={Uri.EscapeDataString("tag.`mlflow.prompt.is_prompt` != 'true'")}&order_by=name%20DESC")).Split(',').Length.ShouldBe(3);
        (await Models($"filter={Uri.EscapeDataString("name ILIKE 'g%'")}")).ShouldBe("Gamma");
        (await Models($"filter={Uri.EscapeDataString("name LIKE '%a' AND tags.team = 'red'")}")).Split(',').Order(StringComparer.Ordinal).ShouldBe(["Gamma", "alpha"]);
        (await Models($"order_by={Uri.EscapeDataString("timestamp DESC")}&max_results=1")).ShouldBe("prompt");

        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = await Get($"model-versions/search?max_results=2&order_by=name%20ASC&order_by=version_number%20ASC&filter={Uri.EscapeDataString("name IN ('alpha', 'beta')")}&page_token={Uri.EscapeDataString(token)}");
            seen.AddRange(page["model_versions"]!.AsArray().Select(version => $"{version!["name"]}{version["version"]}"));
            token = page["next_page_token"]?.GetValue<string>() ?? "";
        }
        while (token.Length > 0);
        seen.ShouldBe(["alpha1", "alpha2", "alpha3", "beta1", "beta2", "beta3"]);
        (await Get($"model-versions/search?filter={Uri.EscapeDataString("run_id = '0123456789abcdef0123456789abcdef'")}"))["model_versions"]!.AsArray().Count.ShouldBe(3);
        (await Get($"model-versions/search?filter={Uri.EscapeDataString("run_id IN ('00000000000000000000000000000000')")}"))["model_versions"].ShouldBeNull();
        await Refused(HttpMethod.Get, $"registered-models/search?filter={Uri.EscapeDataString("nonsense = 'x'")}", null, 400, Invalid);
        await Refused(HttpMethod.Get, "model-versions/search?page_token=nonsense", null, 400, Invalid);
        await Refused(HttpMethod.Get, "registered-models/search?max_results=1001", null, 400, Invalid);
    }

    [Fact]
    public async Task An_onnx_model_that_a_client_logged_can_be_served()
    {
        var folder = $"/mlflow/{_project.Name}/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/model";
        const string MlModel = """
            flavors:
              onnx:
                data: model.onnx
                onnx_version: 1.16.0
              python_function:
                loader_module: mlflow.onnx
            signature:
              inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}, "name": "features"}]'
              outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}, "name": "score"}]'
            """;
        (await _project.Ada.PutAsync($"{folder}/MLmodel", new StringContent(MlModel))).IsSuccessStatusCode.ShouldBeTrue();
        var onnx = OnnxFile.Linear(1, 2, 3);
        (await _project.Ada.PutAsync($"{folder}/model.onnx", new ByteArrayContent(onnx))).IsSuccessStatusCode.ShouldBeTrue();
        await Post("registered-models/create", new { name = "linear" });
        await Post("model-versions/create", new { name = "linear", source = "mlflow-artifacts:/0/run/artifacts/model" });

        // A later write to the same path changes nothing of what is registered.
        await _project.Ada.PutAsync($"{folder}/model.onnx", new ByteArrayContent([1, 2, 3]));
        var version = await _project.Get<ModelVersion>("/models/linear/versions/1");
        (version.Framework, version.Digest, version.Size, version.File!.Opset).ShouldBe(("onnx", TestProject.DigestOf(onnx), onnx.Length, 13));
        version.Signature.Inputs.ShouldHaveSingleItem().Name.ShouldBe("features");
        (await (await _project.Get("/models/linear/versions/1/content")).Content.ReadAsByteArrayAsync()).ShouldBe(onnx);

        // A file that is no model is registered by its address alone.
        await Post("model-versions/create", new { name = "linear", source = "mlflow-artifacts:/0/run/artifacts/model" });
        (await _project.Get<ModelVersion>("/models/linear/versions/2")).Digest.ShouldBeNull();
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public async Task A_description_that_is_nested_without_end_is_taken_for_none(string open)
    {
        var folder = $"/mlflow/{_project.Name}/api/2.0/mlflow-artifacts/artifacts/0/deep";
        var text = $"flavors: {string.Concat(Enumerable.Repeat(open, 200_000))}";
        (await _project.Ada.PutAsync($"{folder}/MLmodel", new StringContent(text))).IsSuccessStatusCode.ShouldBeTrue();
        await Post("registered-models/create", new { name = "deep" });
        await Post("model-versions/create", new { name = "deep", source = "mlflow-artifacts:/0/deep" });
        (await _project.Get<ModelVersion>("/models/deep/versions/1")).Framework.ShouldBe("mlflow");
    }

    [Fact]
    public async Task Bad_calls_get_their_codes_and_change_nothing()
    {
        await Post("registered-models/create", new { name = "m" });
        await Version("m");
        foreach (var name in (string[])["", "a/b", "a:b", "..", new string('x', 251), "a\u0000"]) await Refused(HttpMethod.Post, "registered-models/create", new { name }, 400, Invalid);
        await Refused(HttpMethod.Post, "registered-models/create", new { }, 400, Invalid);
        await Refused(HttpMethod.Post, "model-versions/create", new { name = "none", source = Source }, 404, Unknown);
        foreach (var source in (string[])["/etc/passwd", "file:///etc", "C:\\models", "mlflow-artifacts:/../x", "s3://b/%2e%2e/x", "runs:/x#y", "no scheme"])
            await Refused(HttpMethod.Post, "model-versions/create", new { name = "m", source }, 400, Invalid);
        await Refused(HttpMethod.Post, "model-versions/create", new { name = "m", source = Source, run_id = "no id" }, 400, Invalid);
        await Refused(HttpMethod.Get, "model-versions/get?name=m&version=x", null, 400, Invalid);
        await Refused(HttpMethod.Get, "model-versions/get?name=m&version=9", null, 404, Unknown);
        await Refused(HttpMethod.Post, "model-versions/transition-stage", new { name = "m", version = "1", stage = "Nowhere", archive_existing_versions = false }, 400, Invalid);
        await Refused(HttpMethod.Post, "model-versions/transition-stage", new { name = "m", version = "1", stage = "Staging" }, 400, Invalid);
        await Refused(HttpMethod.Post, "model-versions/transition-stage", new { name = "m", version = "1", stage = "Archived", archive_existing_versions = true }, 400, Invalid);
        foreach (var alias in (string[])["latest", "LATEST", "v1", "a b", "", new string('x', 256)]) await Refused(HttpMethod.Post, "registered-models/alias", new { name = "m", alias, version = "1" }, 400, Invalid);
        await Refused(HttpMethod.Post, "registered-models/alias", new { name = "m", alias = "a", version = "7" }, 404, Unknown);
        await Refused(HttpMethod.Get, "registered-models/alias?name=m&alias=none", null, 404, Unknown);
        await Refused(HttpMethod.Post, "registered-models/set-tag", new { name = "m", key = "../x", value = "v" }, 400, Invalid);
        await Refused(HttpMethod.Post, "registered-models/set-tag", new { name = "m", key = "x", value = new string('v', 100_001) }, 400, Invalid);
        foreach (var body in (string[])["", "{", "[]", "null", "7"])
        {
            using var response = await _project.Ada.PostAsync($"{Base}/registered-models/create", new StringContent(body, Encoding.UTF8, "application/json"));
            ((int)response.StatusCode).ShouldBe(400);
        }

        ((int)(await _project.Viewer.PostAsJsonAsync($"{Base}/registered-models/create", new { name = "v" })).StatusCode).ShouldBe(403);
        ((int)(await host.NewProject().Ada.GetAsync($"{Base}/registered-models/get?name=m")).StatusCode).ShouldBeInRange(403, 404);
        (await Get("registered-models/get?name=m"))["registered_model"]!["latest_versions"]!.AsArray().Count.ShouldBe(1);
        (await _project.Get<Page<HistoryEntry>>("/models/m/history")).Items.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_gate_of_the_platform_holds_for_clients_of_the_protocol()
    {
        await Post("registered-models/create", new { name = "m" });
        await Version("m");
        using var olga = host.Host.ClientFor("olga", Role.Admin, _project.Name);
        (await olga.PutAsJsonAsync($"{_project.Root}/models/m/gates/champion", new { requireApproval = true })).IsSuccessStatusCode.ShouldBeTrue();
        await Refused(HttpMethod.Post, "registered-models/alias", new { name = "m", alias = "champion", version = "1" }, 403, "PERMISSION_DENIED");
        (await olga.PostAsJsonAsync($"{_project.Root}/models/m/versions/1/approval", new { action = "approve" })).IsSuccessStatusCode.ShouldBeTrue();
        await Post("registered-models/alias", new { name = "m", alias = "champion", version = "1" });
    }

    private async Task<JsonNode> Version(string name, string? description = null, string? run = null) =>
        (await Post("model-versions/create", new { name, source = Source, description, run_id = run }))["model_version"]!;

    private Task<JsonNode> Post(string call, object body) => Send(HttpMethod.Post, call, body);

    private Task<JsonNode> Get(string call) => Send(HttpMethod.Get, call, null);

    private async Task<JsonNode> Send(HttpMethod method, string call, object? body)
    {
        using var response = await AskAsync(method, call, body);
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(200, $"{call}: {text}");
        return JsonNode.Parse(text)!;
    }

    private async Task Refused(HttpMethod method, string call, object? body, int status, string code)
    {
        using var response = await AskAsync(method, call, body);
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, $"{call} {JsonSerializer.Serialize(body)}: {text}");
        JsonNode.Parse(text)!["error_code"]!.GetValue<string>().ShouldBe(code, text);
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string call, object? body)
    {
        using var request = new HttpRequestMessage(method, $"{Base}/{call}") { Content = body is null ? null : JsonContent.Create(body) };
        return await _project.Ada.SendAsync(request);
    }
}
