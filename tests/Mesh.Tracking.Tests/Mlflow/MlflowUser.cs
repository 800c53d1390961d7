using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Contracts;

namespace Mesh.Tracking.Tests.Mlflow;

/// <summary>Somebody who speaks the MLflow protocol in a project.</summary>
internal sealed class MlflowUser(ProjectUser user, string api = "api", string version = "2.0")
{
    public ProjectUser User => user;

    public string Base => $"/mlflow/{user.Project}/{api}/{version}/mlflow";

    public MlflowUser As(string name, Role role) => new(user.As(name, role), api, version);

    public async Task<JsonElement> PostAsync(string call, object body) => await OkAsync(await user.Http.PostAsJsonAsync($"{Base}/{call}", body));

    public async Task<JsonElement> PostTextAsync(string call, string body) => await OkAsync(await SendTextAsync(call, body));

    public Task<HttpResponseMessage> SendTextAsync(string call, string body) =>
        user.Http.PostAsync($"{Base}/{call}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

    public async Task<JsonElement> GetAsync(string call) => await OkAsync(await user.Http.GetAsync($"{Base}/{call}"));

    public async Task<JsonElement> SendAsync(HttpMethod method, string call, object? body = null) => await OkAsync(await AskAsync(method, call, body));

    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, string call, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"{Base}/{call}") { Content = body is null ? null : JsonContent.Create(body) };
        return await user.Http.SendAsync(request);
    }

    public async Task<string> RefusedAsync(HttpMethod method, string call, object? body, int status, string code) => await RefusedAsync(await AskAsync(method, call, body), status, code);

    public async Task<string> RefusedAsync(string call, object body, int status, string code) => await RefusedAsync(await user.Http.PostAsJsonAsync($"{Base}/{call}", body), status, code);

    public async Task<string> RefusedTextAsync(string call, string body, int status, string code) => await RefusedAsync(await SendTextAsync(call, body), status, code);

    public async Task<string> RefusedGetAsync(string call, int status, string code) => await RefusedAsync(await user.Http.GetAsync($"{Base}/{call}"), status, code);

    /// <summary>The answer is an error of the protocol with this status and code; its message.</summary>
    public static async Task<string> RefusedAsync(HttpResponseMessage response, int status, string code)
    {
        using var answer = response;
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, text);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/json");
        var error = JsonNode.Parse(text)!.AsObject();
        error.Select(field => field.Key).ShouldBe(["error_code", "message"]);
        error["error_code"]!.GetValue<string>().ShouldBe(code, text);
        return error["message"]!.GetValue<string>();
    }

    public async Task<string> CreateExperimentAsync(string name) => (await PostAsync("experiments/create", new { name })).GetProperty("experiment_id").GetString()!;

    public async Task<string> CreateRunAsync(string experiment = "0", string? name = null, long? start = null) =>
        Id(await PostAsync("runs/create", new { experiment_id = experiment, run_name = name, start_time = start ?? 1_700_000_000_000 }));

    public Task<JsonElement> RunAsync(string run) => GetAsync($"runs/get?run_id={run}");

    /// <summary>The ids that a search finds, in its order.</summary>
    public async Task<IReadOnlyList<string>> SearchAsync(string filter, string[]? orders = null, string experiment = "0") =>
        Names(await PostAsync("runs/search", new { experiment_ids = new[] { experiment }, filter, order_by = orders ?? [] }));

    public static string Id(JsonElement answer) => answer.GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;

    /// <summary>The names of the runs of a page.</summary>
    public static IReadOnlyList<string> Names(JsonElement page) => page.TryGetProperty("runs", out var runs)
        ? [.. runs.EnumerateArray().Select(run => run.GetProperty("info").GetProperty("run_name").GetString()!)]
        : [];

    private static async Task<JsonElement> OkAsync(HttpResponseMessage response)
    {
        using var answer = response;
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 300 }).RootElement.Clone();
    }
}
