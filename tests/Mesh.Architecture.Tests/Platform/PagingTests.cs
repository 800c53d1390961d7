using System.Net.Http.Json;
using System.Text.Json;

namespace Mesh.Architecture.Tests.Platform;

/// <summary>Every list is paged by an opaque cursor: what the API description says of the addresses that answer with many things.</summary>
[Collection(nameof(PlatformTests))]
public sealed class PagingTests(PlatformHost platform)
{
    // The inference protocol knows no pages: its clients read the names of all models at once.
    private static readonly string[] OfForeignProtocols = ["ListServedModels"];

    [Fact]
    public async Task Every_list_is_paged_by_cursor()
    {
        using var anyone = platform.Host.Anonymous();
        var document = await anyone.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var lists = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(operation => operation.Name == "get").Select(operation => operation.Value))
            .Where(operation => IsList(document, operation) && !OfForeignProtocols.Contains(IdOf(operation))).ToList();

        lists.Count.ShouldBeGreaterThan(20);
        lists.Where(operation => !((string[])["limit", "cursor"]).All(ParametersOf(operation).Contains)).Select(IdOf).ShouldBeEmpty("these lists take no limit and cursor");
        // The journal is described as the stream that it is for most.
        lists.Where(operation => Answer(document, operation) is { } page && !(Has(page, "items") && Has(page, "next"))).Select(IdOf).ShouldBeEmpty("these lists answer with no page");
    }

    private static bool IsList(JsonElement document, JsonElement operation) =>
        IdOf(operation).StartsWith("List", StringComparison.Ordinal) || IdOf(operation).EndsWith("History", StringComparison.Ordinal)
        || (Answer(document, operation) is { } schema && (Has(schema, "items") || TypesOf(schema).Contains("array")));

    private static JsonElement? Answer(JsonElement document, JsonElement operation)
    {
        if (!operation.GetProperty("responses").TryGetProperty("200", out var answer) || !answer.TryGetProperty("content", out var content)) return null;
        if (!content.TryGetProperty("application/json", out var json) || !json.TryGetProperty("schema", out var schema)) return null;
        return schema.TryGetProperty("$ref", out var reference)
            ? document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
            : schema;
    }

    private static bool Has(JsonElement schema, string property) => schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(property, out _);

    private static IEnumerable<string?> TypesOf(JsonElement schema) => !schema.TryGetProperty("type", out var type) ? []
        : type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString())
        : [type.GetString()];

    private static IReadOnlyList<string?> ParametersOf(JsonElement operation) => !operation.TryGetProperty("parameters", out var parameters) ? []
        : [.. parameters.EnumerateArray().Where(parameter => parameter.TryGetProperty("name", out _)).Select(parameter => parameter.GetProperty("name").GetString())];

    private static string IdOf(JsonElement operation) => operation.TryGetProperty("operationId", out var id) ? id.GetString()! : "";
}
