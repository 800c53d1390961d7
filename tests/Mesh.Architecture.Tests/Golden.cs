using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Testing;

namespace Mesh.Architecture.Tests;

/// <summary>
/// What was written down once and may only grow. A difference fails the test; with <c>MESH_UPDATE_GOLDEN=1</c> what is new is added, and what
/// is gone or renamed still fails.
/// </summary>
internal static class Golden
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static bool Updates => Environment.GetEnvironmentVariable("MESH_UPDATE_GOLDEN") == "1";

    /// <summary>The text of a golden file; null when there is none.</summary>
    public static string? Read(string name) => File.Exists(PathOf(name)) ? File.ReadAllText(PathOf(name)) : null;

    /// <summary>Names of the golden files in a folder.</summary>
    public static IReadOnlyList<string> Names(string folder) => [.. Directory.GetFiles(PathOf(folder), "*.json").Select(path => Path.GetFileNameWithoutExtension(path))];

    /// <summary>Compares a JSON object with its golden file.</summary>
    public static void Match(string name, JsonNode actual)
    {
        var golden = Read(name) is { } text ? JsonNode.Parse(text)! : null;
        if (golden is not null) Gone(golden, actual, "$").ShouldBeEmpty($"{name}: what was there once is gone or different; others may have stored it or read it");
        if (golden is not null && JsonNode.DeepEquals(golden, actual)) return;
        Updates.ShouldBeTrue($"{name} has something new. Run the tests with MESH_UPDATE_GOLDEN=1 and commit what it writes.");
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), actual.ToJsonString(Indented) + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private static IEnumerable<string> Gone(JsonNode golden, JsonNode? actual, string path)
    {
        if (golden is JsonObject members)
        {
            if (actual is not JsonObject others) return [path];
            return members.SelectMany(member => others.TryGetPropertyValue(member.Key, out var other)
                ? member.Value is null ? other is null ? [] : [$"{path}.{member.Key}"] : Gone(member.Value, other, $"{path}.{member.Key}")
                : [$"{path}.{member.Key}"]);
        }

        if (golden is JsonArray { Count: > 0 } list && list[0] is JsonValue)
        {
            var now = (actual as JsonArray)?.Select(item => item?.ToJsonString()).ToHashSet() ?? [];
            return list.Where(item => !now.Contains(item?.ToJsonString())).Select(item => $"{path}: {item?.ToJsonString()}");
        }

        if (golden is JsonArray array)
            return actual is JsonArray same && same.Count == array.Count ? array.SelectMany((item, i) => Gone(item!, same[i], $"{path}[{i}]")) : [path];
        return JsonNode.DeepEquals(golden, actual) ? [] : [path];
    }

    private static string PathOf(string name) => Path.Combine(RepositoryPath.Root, "tests", "Mesh.Architecture.Tests", "Golden", name);
}
