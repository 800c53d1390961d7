using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Contracts;
using Shouldly;

namespace Mesh.Testing;

/// <summary>Bodies that an endpoint must refuse, made from one that it takes: each value and each object of it is spoilt in turn.</summary>
public static class BadBodies
{
    private const string Spoilt = "@spoilt@";

    // What no field takes: another type, a number beyond every type, half a character.
    private static readonly string[] Values = ["""{"x":[[]]}""", "1e999", "\"\\ud800\""];
    private static readonly string[] Members = ["\"colour\":[[]]", "\"\\ud800\":[[]]"];

    /// <summary>The spoilt bodies.</summary>
    /// <param name="good">A body that is in form.</param>
    /// <param name="free">Names of fields that take any JSON.</param>
    /// <param name="infinite">Names of fields that take numbers without limit.</param>
    public static IEnumerable<string> Of(string good, string[]? free = null, string[]? infinite = null)
    {
        foreach (var body in (string[])["", "{", "[]", "7", "\"text\"", good + "}", good[..^1], good.Replace('"', '\'')]) yield return body;
        foreach (var (path, isObject) in Places(JsonNode.Parse(good)!, []))
        {
            var inFree = path.Any(step => step is string name && free?.Contains(name) == true);
            if (isObject)
            {
                foreach (var member in inFree ? Members[1..] : Members) yield return WithMember(good, path, member);
            }
            else
            {
                foreach (var value in Values)
                {
                    if (inFree && value != Values[^1]) continue;
                    if (value == "1e999" && path is [.., string field] && infinite?.Contains(field) == true) continue;
                    yield return WithValue(good, path, value);
                }
            }
        }
    }

    /// <summary>Sends a body and asserts that it was refused as the caller's fault: 4xx, a problem document with a code.</summary>
    public static async Task ShouldBeRefusedAsync(
        this HttpClient client, HttpMethod method, string path, string body, string? idempotencyKey = null, int? status = null, string? code = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        // A server that refuses a large body closes while it comes: ask first, so that its answer is read.
        request.Headers.ExpectContinue = body.Length > 1 << 18;
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await client.SendAsync(request);
        await response.ShouldBeCallersFaultAsync($"{method} {path} {(body.Length < 1000 ? body : body[..1000])}", status, code);
    }

    /// <summary>Asserts that an answer lays the fault on the caller: 4xx, a problem document with a code.</summary>
    public static async Task ShouldBeCallersFaultAsync(this HttpResponseMessage response, string what, int? status = null, string? code = null)
    {
        var text = $"{what}\n→ {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        ((int)response.StatusCode).ShouldBeInRange(400, 499, text);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", text);
        var problem = JsonSerializer.Deserialize<Problem>(await response.Content.ReadAsStringAsync(), MeshJson.Strict)!;
        problem.Code.ShouldNotBeNullOrWhiteSpace(text);
        problem.Detail.ShouldNotBeNullOrWhiteSpace(text);
        if (status is not null) ((int)response.StatusCode).ShouldBe(status.Value, text);
        if (code is not null) problem.Code.ShouldBe(code, text);
    }

    private static IEnumerable<(object[] Path, bool IsObject)> Places(JsonNode node, object[] path)
    {
        if (node is JsonObject found)
        {
            yield return (path, true);
            foreach (var (name, value) in found)
                foreach (var place in Places(value!, [.. path, name])) yield return place;
        }
        else if (node is JsonArray list)
        {
            yield return (path, false);
            for (var i = 0; i < list.Count; i++)
                foreach (var place in Places(list[i]!, [.. path, i])) yield return place;
        }
        else
        {
            yield return (path, false);
        }
    }

    private static string WithValue(string good, object[] path, string value)
    {
        var root = JsonNode.Parse(good)!;
        var parent = path[..^1].Aggregate(root, Step);
        if (path[^1] is string name) parent[name] = Spoilt;
        else parent[(int)path[^1]] = Spoilt;
        return root.ToJsonString().Replace($"\"{Spoilt}\"", value, StringComparison.Ordinal);
    }

    private static string WithMember(string good, object[] path, string member)
    {
        var root = JsonNode.Parse(good)!;
        path.Aggregate(root, Step)[Spoilt] = 0;
        return root.ToJsonString().Replace($"\"{Spoilt}\":0", member, StringComparison.Ordinal);
    }

    private static JsonNode Step(JsonNode node, object step) => step is string name ? node[name]! : node[(int)step]!;
}
