using System.Text.Json.Nodes;

namespace Mesh.Gateway.Docs;

/// <summary>Makes one OpenAPI document of several. Schemas of one name and different content get the service's name behind theirs.</summary>
internal static class OpenApiMerge
{
    private const string SchemaPrefix = "#/components/schemas/";

    internal static JsonObject Of(IReadOnlyList<(string Service, JsonObject Document)> parts, IReadOnlyList<string> missing)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        var security = new JsonObject();
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        var description = "Runs, artifacts, models, functions, endpoints and monitoring. Errors are RFC 9457 problem documents with a stable code.";
        if (missing.Count > 0) description += $" Missing here, since they do not answer now: {string.Join(", ", missing)}.";
        foreach (var (service, document) in parts)
        {
            var part = (JsonObject)document.DeepClone();
            var components = part["components"] as JsonObject;
            var own = components?["schemas"] as JsonObject ?? [];
            var renamed = own
                .Where(schema => schemas[schema.Key] is { } other && !JsonNode.DeepEquals(other, schema.Value))
                .ToDictionary(schema => schema.Key, schema => $"{schema.Key}Of{char.ToUpperInvariant(service[0])}{service[1..]}", StringComparer.Ordinal);
            if (renamed.Count > 0) Rename(part, renamed);
            foreach (var (name, schema) in own) schemas[renamed.GetValueOrDefault(name, name)] ??= schema?.DeepClone();
            foreach (var (name, scheme) in components?["securitySchemes"] as JsonObject ?? []) security[name] ??= scheme?.DeepClone();
            foreach (var (path, item) in part["paths"] as JsonObject ?? [])
                if (path.StartsWith("/api/", StringComparison.Ordinal)) paths[path] ??= item?.DeepClone();
            foreach (var tag in part["tags"] as JsonArray ?? [])
                if (tag?["name"]?.GetValue<string>() is { } name) tags.Add(name);
        }

        return new JsonObject
        {
            ["openapi"] = parts.Count > 0 ? parts[0].Document["openapi"]?.DeepClone() : "3.1.1",
            ["info"] = new JsonObject { ["title"] = "Mesh", ["version"] = "v1", ["description"] = description },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas, ["securitySchemes"] = WithBearer(security) },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["tags"] = new JsonArray([.. tags.Select(tag => new JsonObject { ["name"] = tag })]),
            ["x-mesh-missing"] = new JsonArray([.. missing.Select(service => JsonValue.Create(service))]),
        };
    }

    private static JsonObject WithBearer(JsonObject security)
    {
        security["bearer"] ??= new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An access token: 'mesh token' prints yours." };
        return security;
    }

    private static void Rename(JsonNode? node, Dictionary<string, string> renamed)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items) Rename(item, renamed);
        }
        else if (node is JsonObject fields)
        {
            if (fields["$ref"] is JsonValue value && value.TryGetValue<string>(out var target) && target.StartsWith(SchemaPrefix, StringComparison.Ordinal)
                && renamed.TryGetValue(target[SchemaPrefix.Length..], out var name)) fields["$ref"] = SchemaPrefix + name;
            foreach (var (_, child) in fields) Rename(child, renamed);
        }
    }
}
