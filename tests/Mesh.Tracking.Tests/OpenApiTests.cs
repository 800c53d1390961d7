using System.Net.Http.Json;
using System.Text.Json;

namespace Mesh.Tracking.Tests;

public sealed class OpenApiTests(TrackingFixture tracking)
{
    [Fact]
    public async Task The_document_names_the_values_of_enums()
    {
        var document = await tracking.Host.Anonymous().GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var status = document.GetProperty("components").GetProperty("schemas").GetProperty("RunStatus");
        status.GetProperty("type").GetString().ShouldBe("string");
        status.GetProperty("enum").EnumerateArray().Select(name => name.GetString()).ShouldBe(["pending", "running", "completed", "failed", "aborting", "aborted"]);
    }

    [Fact]
    public async Task The_document_names_what_the_endpoints_read_from_query_and_headers()
    {
        var document = await tracking.Host.Anonymous().GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var paths = document.GetProperty("paths");
        Names("/api/v1/projects/{project}/runs", "get").ShouldBe(
            ["project", "status", "experiment", "kind", "parent", "name", "tag", "param", "createdAfter", "createdBefore", "group", "filter", "orderBy", "limit", "cursor"]);
        Names("/api/v1/projects/{project}/runs", "post").ShouldBe(["project", "Idempotency-Key"]);
        Names("/api/v1/projects/{project}/runs/{run}/start", "post").ShouldBe(["run", "project", "If-Match"]);
        Names("/api/v1/projects/{project}/experiments/{experiment}/stream", "get").ShouldBe(["project", "experiment", "rows", "Last-Event-ID"]);

        IEnumerable<string?> Names(string path, string method) =>
            paths.GetProperty(path).GetProperty(method).GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString());
    }
}
