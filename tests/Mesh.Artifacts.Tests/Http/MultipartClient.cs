using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Mesh.Artifacts.Tests.Http;

/// <summary>What MLflow's Python client does with a large file: begins, sends parts without any token and with the given headers alone, and names each by its etag.</summary>
internal sealed class MultipartClient(HttpClient caller, string project, string folder = "1/r/artifacts", string local = "/home/ada/data/weights.bin")
{
    private static readonly HttpClient Bare = new();

    public string Root => $"/mlflow/{project}/api/2.0/mlflow-artifacts";

    public string UploadId { get; private set; } = "";

    public IReadOnlyList<string> Addresses { get; private set; } = [];

    public Task<HttpResponseMessage> BeginAsync(int parts) => PostAsync("create", new JsonObject { ["path"] = local, ["num_parts"] = parts });

    public async Task<MultipartClient> BegunAsync(int parts)
    {
        var response = await BeginAsync(parts);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        var begun = JsonNode.Parse(text)!;
        UploadId = (string)begun["upload_id"]!;
        var credentials = begun["credentials"]!.AsArray();
        credentials.Select(each => (int)each!["part_number"]!).ShouldBe(Enumerable.Range(1, parts));
        credentials.ShouldAllBe(each => each!["headers"]!.AsObject().Count == 0);
        Addresses = [.. credentials.Select(each => (string)each!["url"]!)];
        return this;
    }

    /// <summary>As <c>requests.put(url, data=…, headers=credential.headers)</c>.</summary>
    public static Task<HttpResponseMessage> PutAsync(string address, byte[] bytes) => Bare.PutAsync(address, new ByteArrayContent(bytes));

    public static Task<HttpResponseMessage> GetAsync(string address, long? from = null, long? to = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (from is not null) request.Headers.Range = new(from, to);
        return Bare.SendAsync(request);
    }

    public async Task<JsonObject> SentAsync(int number, byte[] bytes) => Sent(number, await ETagOf(await PutAsync(Addresses[number - 1], bytes)));

    public JsonObject Sent(int number, string etag) => new() { ["part_number"] = number, ["etag"] = etag, ["url"] = Addresses[number - 1] };

    public static async Task<string> ETagOf(HttpResponseMessage response)
    {
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        return response.Headers.ETag!.ToString();
    }

    public Task<HttpResponseMessage> CompleteAsync(params IEnumerable<JsonObject> parts) => PostAsync(
        "complete", new JsonObject { ["path"] = local, ["upload_id"] = UploadId, ["parts"] = new JsonArray([.. parts.Select(part => part.DeepClone())]) });

    public Task<HttpResponseMessage> AbortAsync() => PostAsync("abort", new JsonObject { ["path"] = local, ["upload_id"] = UploadId });

    public Task<HttpResponseMessage> PostAsync(string step, JsonObject body) => caller.PostAsJsonAsync($"{Root}/mpu/{step}/{folder}", body);

    /// <summary>This upload as somebody else would go on with it.</summary>
    public MultipartClient As(HttpClient other, string otherProject, string? otherFolder = null) =>
        new(other, otherProject, otherFolder ?? folder, local) { UploadId = UploadId, Addresses = Addresses };
}
