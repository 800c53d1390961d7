using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Http;

/// <summary>Files of the MLflow protocol.</summary>
public sealed class FileRouteTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    private string Root => $"/mlflow/{_project.Name}/api/2.0/mlflow-artifacts/artifacts";

    [Theory]
    [InlineData("a.txt", "text/plain"), InlineData("1/0195/artifacts/model/MLmodel", "application/octet-stream"), InlineData("d.json", "application/json"), InlineData("p.svg", "image/svg+xml"),
        InlineData("name%20with%20spaces/%C3%A9%F0%9F%98%80.bin", "application/octet-stream"), InlineData("enc%2Foded.csv", "text/csv")]
    public async Task A_file_goes_up_and_comes_down(string path, string type)
    {
        var bytes = RandomNumberGenerator.GetBytes(50_000);
        (await PutAsync(path, bytes)).ShouldBe("{}");
        var got = await _project.Viewer.GetAsync($"{Root}/{path}");
        (await got.Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
        got.Content.Headers.ContentType!.MediaType.ShouldBe(type);
        got.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        got.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        (await PutAsync(path, [1, 2])).ShouldBe("{}");
        using var range = new HttpRequestMessage(HttpMethod.Get, $"{Root}/{path}") { Headers = { Range = new RangeHeaderValue(1, 1) } };
        (await (await _project.Ada.SendAsync(range)).Content.ReadAsByteArrayAsync()).ShouldBe([2]);
    }

    [Fact]
    public async Task Folders_show_what_is_right_in_them()
    {
        foreach (var path in (string[])["1/r/artifacts/a.txt", "1/r/artifacts/model/MLmodel", "1/r/artifacts/model/data/w.bin", "1/r/artifacts/b", "1/r/artifacts-2/x", "1/r/artifacts0/x"]) await PutAsync(path, [1, 2, 3]);
        (await ListAsync("1/r/artifacts")).ShouldBe(["a.txt 3", "b 3", "model/"]);
        (await ListAsync("1/r/artifacts/")).ShouldBe(["a.txt 3", "b 3", "model/"]);
        (await ListAsync("1/r/artifacts/model")).ShouldBe(["MLmodel 3", "data/"]);
        (await ListAsync("")).ShouldBe(["1/"]);
        (await ListAsync("1/r/artifacts/a.txt")).ShouldBeEmpty();
        (await ListAsync("nothing")).ShouldBeEmpty();
        var inside = host.Host.ClientForService("tracking");
        var names = new List<string>();
        for (string? after = null, next = ""; next is not null; after = next)
        {
            var page = (await inside.GetFromJsonAsync<FileListing>($"/internal/projects/{_project.Name}/files?path=1/r/artifacts&limit=1{(after is null ? "" : $"&after={after}")}", MeshJson.Tolerant))!;
            names.AddRange(page.Entries.Select(entry => entry.Name));
            next = page.Next;
        }

        names.ShouldBe(["a.txt", "b", "model"]);
    }

    [Fact]
    public async Task A_file_or_a_folder_is_deleted()
    {
        foreach (var path in (string[])["x/a", "x/b/c", "x-y/z"]) await PutAsync(path, [1]);
        (await _project.Ada.DeleteAsync($"{Root}/x/a")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ListAsync("x")).ShouldBe(["b/"]);
        (await _project.Ada.DeleteAsync($"{Root}/x")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ListAsync("")).ShouldBe(["x-y/"]);
        await RefusedAsync(await _project.Ada.DeleteAsync($"{Root}/x"), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await _project.Ada.GetAsync($"{Root}/x/a"), 404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Theory]
    [InlineData("..%2Fx"), InlineData("a/..%2F..%2Fx"), InlineData("a%5Cb"), InlineData("%2Fetc/passwd"), InlineData("C:/x"), InlineData("file:/x"), InlineData("a//b"), InlineData("a%0Ab")]
    public async Task A_path_that_is_no_path_is_refused(string path)
    {
        await RefusedAsync(await _project.Ada.PutAsync($"{Root}/{path}", new ByteArrayContent([1])), 400, "INVALID_PARAMETER_VALUE");
        await RefusedAsync(await _project.Ada.GetAsync($"{Root}/{path}"), 400, "INVALID_PARAMETER_VALUE");
        await RefusedAsync(await _project.Ada.GetAsync($"{Root}?path={path}"), 400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Long_and_deep_paths_are_refused()
    {
        await RefusedAsync(await _project.Ada.PutAsync($"{Root}/{new string('x', 1025)}", new ByteArrayContent([1])), 400, "INVALID_PARAMETER_VALUE");
        await RefusedAsync(await _project.Ada.PutAsync($"{Root}/{string.Join('/', Enumerable.Repeat("x", 65))}", new ByteArrayContent([1])), 400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task A_file_is_no_folder_and_a_folder_no_file()
    {
        await PutAsync("a/b", [1]);
        await RefusedAsync(await _project.Ada.PutAsync($"{Root}/a", new ByteArrayContent([1])), 400, "INVALID_PARAMETER_VALUE");
        await RefusedAsync(await _project.Ada.PutAsync($"{Root}/a/b/c", new ByteArrayContent([1])), 400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Others_do_not_see_it_and_viewers_do_not_write_it()
    {
        await PutAsync("a.txt", Encoding.UTF8.GetBytes("mine"));
        await RefusedAsync(await host.NewProject().Ada.GetAsync($"{Root}/a.txt"), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await _project.Viewer.PutAsync($"{Root}/a.txt", new ByteArrayContent([1])), 403, "PERMISSION_DENIED");
    }

    private async Task<string> PutAsync(string path, byte[] bytes)
    {
        var response = await _project.Ada.PutAsync($"{Root}/{path}", new ByteArrayContent(bytes));
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text;
    }

    private async Task<IEnumerable<string>> ListAsync(string folder)
    {
        var answer = JsonNode.Parse(await _project.Ada.GetStringAsync($"{Root}?path={Uri.EscapeDataString(folder)}"))!;
        return answer["files"] is JsonArray files
            ? files.Select(file => $"{file!["path"]}{(file["is_dir"]!.GetValue<bool>() ? "/" : $" {file["file_size"]}")}")
            : [];
    }

    private static async Task RefusedAsync(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        JsonNode.Parse(text)!["error_code"]!.GetValue<string>().ShouldBe(code);
    }
}
