using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;

namespace Mesh.Testing;

/// <summary>
/// What real clients of MLflow 2.22 and 3.11 said to real servers of their version, said again: each answer has the status, the error code, and the fields with the
/// types that the client got then.
/// </summary>
public static class MlflowTranscript
{
    private static readonly string[] Ids = ["experiment_id", "run_id", "run_uuid"];

    /// <summary>Says the part of a recording that is meant, and compares.</summary>
    /// <returns>How many answers were compared.</returns>
    public static async Task<int> ReplayAsync(HttpClient client, string project, string file, string api, Func<string, bool> isMeant)
    {
        var ids = new Dictionary<string, string>();
        var compared = 0;
        foreach (var line in await File.ReadAllLinesAsync(RepositoryPath.Of($"tests/data/mlflow/{file}")))
        {
            var exchange = JsonNode.Parse(line)!;
            var path = exchange["path"]!.GetValue<string>();
            if (!isMeant(path)) continue;
            using var request = new HttpRequestMessage(new HttpMethod(exchange["method"]!.GetValue<string>()), $"/mlflow/{project}{Ours(path.Replace("/api/", $"/{api}/", StringComparison.Ordinal), ids)}");
            request.Headers.UserAgent.ParseAdd(exchange["ua"]!.GetValue<string>());
            if (exchange["req"] is { } body)
            {
                request.Content = new StringContent(Ours(body.ToJsonString(), ids), Encoding.UTF8);
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(exchange["ct"]!.GetValue<string>());
            }

            using var response = await client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var at = $"{file} {exchange["n"]}: {request.Method} {path}\n{text}";
            ((int)response.StatusCode).ShouldBe(exchange["status"]!.GetValue<int>(), at);
            var (theirs, ours) = (exchange["resp"], JsonNode.Parse(text));
            if (response.IsSuccessStatusCode) Compare(theirs, ours, at, ids);
            else ours!["error_code"]!.GetValue<string>().ShouldBe(theirs!["error_code"]!.GetValue<string>(), at);
            compared++;
        }

        return compared;
    }

    // Ids are as they were handed out here.
    private static string Ours(string text, Dictionary<string, string> ids)
    {
        foreach (var (theirs, ours) in ids.OrderByDescending(pair => pair.Key.Length))
        {
            if (theirs.Length == 32) text = text.Replace(theirs, ours, StringComparison.Ordinal);
            else text = text.Replace($"experiment_id={theirs}", $"experiment_id={ours}", StringComparison.Ordinal).Replace($"\"experiment_id\":\"{theirs}\"", $"\"experiment_id\":\"{ours}\"", StringComparison.Ordinal)
                .Replace($"\"experiment_ids\":[\"{theirs}\"]", $"\"experiment_ids\":[\"{ours}\"]", StringComparison.Ordinal);
        }

        return text;
    }

    private static string Key(JsonNode? item) => item is JsonObject entry && entry["key"] is { } key ? key.GetValue<string>() : "";

    private static void Compare(JsonNode? theirs, JsonNode? ours, string at, Dictionary<string, string> ids)
    {
        switch (theirs)
        {
            case JsonObject fields:
                var own = ours.ShouldBeOfType<JsonObject>(at);
                foreach (var (name, value) in fields)
                {
                    own.ContainsKey(name).ShouldBeTrue($"{name} is missing: {at}");
                    if (Ids.Contains(name)) ids.TryAdd(value!.GetValue<string>(), own[name]!.GetValue<string>());
                    Compare(value, own[name], at, ids);
                }

                break;
            case JsonArray items:
                var list = ours.ShouldBeOfType<JsonArray>(at);
                list.Count.ShouldBe(items.Count, at);
                // Metrics, params and tags are maps to clients: their order says nothing.
                var (left, right) = (items.OrderBy(Key, StringComparer.Ordinal).ToList(), list.OrderBy(Key, StringComparer.Ordinal).ToList());
                for (var i = 0; i < left.Count; i++) Compare(left[i], right[i], at, ids);
                break;
            case JsonValue value:
                // Infinity came back as the greatest number from them; here it stays what it is.
                if (value.GetValueKind() is JsonValueKind.Number && value.GetValue<double>() == double.MaxValue) ours!.GetValue<string>().ShouldBe("Infinity", at);
                else ours!.GetValueKind().ShouldBe(value.GetValueKind(), at);
                break;
        }
    }
}
