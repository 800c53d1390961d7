using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;

namespace Mesh.Client.Connection;

/// <summary>Makes problem documents of whatever came back.</summary>
internal static class Problems
{
    public static async Task<Problem> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        string text;
        try
        {
            text = await response.Content.ReadAsStringAsync(ct);
        }
        catch (HttpRequestException e)
        {
            text = e.Message;
        }

        if (response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json" && Parse(text, status) is { } problem) return problem;
        var path = response.RequestMessage?.RequestUri?.AbsolutePath;
        return new Problem
        {
            Type = $"urn:mesh:error:http.{status.ToString(CultureInfo.InvariantCulture)}",
            Title = response.ReasonPhrase is { Length: > 0 } reason ? reason : response.StatusCode.ToString(),
            Status = status,
            Code = $"http.{status.ToString(CultureInfo.InvariantCulture)}",
            Detail = text.Length is > 0 and <= 500 ? text.Trim() : $"{response.RequestMessage?.Method} {path} was answered with status {status}.",
        };
    }

    public static Problem NoAnswer(Uri api, Exception e) => new()
    {
        Type = "urn:mesh:error:connection.failed",
        Title = "Connection failed",
        Status = 0,
        Code = "connection.failed",
        Detail = $"The mesh at {api.GetLeftPart(UriPartial.Authority)} does not answer: {e.GetBaseException().Message.TrimEnd('.')}.",
    };

    private static Problem? Parse(string text, int status)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            // Problems of the mesh have a code; those of a proxy in front may not, and the inference protocol has a lone "error".
            if (root.TryGetProperty("code", out _) && root.TryGetProperty("type", out _)) return root.Deserialize<Problem>(MeshJson.Tolerant);
            var detail = Text(root, "detail") ?? Text(root, "error") ?? Text(root, "title");
            if (detail is null) return null;
            return new Problem
            {
                Type = Text(root, "type") ?? $"urn:mesh:error:http.{status}",
                Title = Text(root, "title") ?? "Refused",
                Status = status,
                Code = Text(root, "code") ?? $"http.{status}",
                Detail = detail,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
