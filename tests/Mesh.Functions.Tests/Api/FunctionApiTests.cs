using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Doubles;

namespace Mesh.Functions.Tests.Api;

public sealed class FunctionApiTests(FunctionsHost functions) : IClassFixture<FunctionsHost>
{
    [Fact]
    public async Task A_function_is_defined_read_listed_and_its_versions_follow_its_content()
    {
        var (created, first) = await DefineAsync("train", new DefineFunction(FunctionKind.Process, ["python3", "a.py"], Files: [new("a.py", "print(1)")]));
        created.ShouldBe(HttpStatusCode.Created);
        first.Version.ShouldBe(1);
        var (again, same) = await DefineAsync("train", new DefineFunction(FunctionKind.Process, ["python3", "a.py"], Files: [new("a.py", "print(1)")]));
        again.ShouldBe(HttpStatusCode.OK);
        same.ShouldBeEquivalentTo(first);
        var (_, second) = await DefineAsync("train", new DefineFunction(FunctionKind.Process, ["python3", "a.py"], Files: [new("a.py", "print(2)")]));
        second.Version.ShouldBe(2);

        (await GetAsync("train")).Version.ShouldBe(2);
        (await GetAsync("train?version=1")).Files[0].Content.ShouldBe("print(1)");
        var versions = await functions.Editor.GetFromJsonAsync<Page<FunctionInfo>>($"{functions.Functions}/train/versions?limit=1", MeshJson.Strict);
        versions!.Items.ShouldHaveSingleItem().Version.ShouldBe(2);
        versions = await functions.Editor.GetFromJsonAsync<Page<FunctionInfo>>($"{functions.Functions}/train/versions?limit=1&cursor={versions.Next}", MeshJson.Strict);
        versions!.Items.ShouldHaveSingleItem().Version.ShouldBe(1);
        versions.Next.ShouldBeNull();

        await DefineAsync("train", new DefineFunction(FunctionKind.Process, ["python3", "a.py"], Files: [new("a.py", "print(1)")]));
        (await GetAsync("train")).Version.ShouldBe(1);
        var history = await functions.Editor.GetFromJsonAsync<Page<HistoryEntry>>($"{functions.Functions}/train/history", MeshJson.Strict);
        history!.Items.Select(e => e.Type).ShouldBe(["function.defined", "function.defined", "function.restored"]);
        history.Items.ShouldAllBe(e => e.Actor == "ada");
        await functions.Host.RelayedAsync("function.defined", e => e.Subject == "train" && e.StreamVersion == 3);
    }

    [Fact]
    public async Task Functions_are_listed_by_name_in_pages()
    {
        foreach (var name in (string[])["list-c", "list-a", "list-b"]) await DefineAsync(name, new DefineFunction(FunctionKind.Process, ["true"]));
        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = await functions.Editor.GetFromJsonAsync<Page<FunctionInfo>>($"{functions.Functions}?limit=2&cursor={cursor}", MeshJson.Strict);
            names.AddRange(page!.Items.Select(f => f.Name));
            cursor = page.Next;
        }
        while (cursor is not null);
        names.Where(n => n.StartsWith("list-", StringComparison.Ordinal)).ShouldBe(["list-a", "list-b", "list-c"]);
    }

    [Fact]
    public async Task Lists_show_files_by_path_and_size_and_a_single_function_what_they_hold()
    {
        await DefineAsync("filed", new DefineFunction(FunctionKind.Process, ["sh", "b.sh"], Files: [new("b.sh", "echo é\n"), new("a/data.txt", "")]));
        var one = await GetAsync("filed");
        one.Files.ShouldBe([new("a/data.txt", 0, ""), new("b.sh", 8, "echo é\n")]);
        var listed = await functions.Editor.GetFromJsonAsync<Page<FunctionInfo>>($"{functions.Functions}?limit=1000", MeshJson.Strict);
        var versions = await functions.Editor.GetFromJsonAsync<Page<FunctionInfo>>($"{functions.Functions}/filed/versions", MeshJson.Strict);
        foreach (var shown in (FunctionInfo[])[listed!.Items.Single(f => f.Name == "filed"), versions!.Items.ShouldHaveSingleItem()])
        {
            shown.Files.ShouldBe([new("a/data.txt", 0), new("b.sh", 8)]);
            (shown with { Files = one.Files }).ShouldBeEquivalentTo(one);
        }
    }

    [Theory]
    [InlineData("bad", """{"kind":"process"}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":[]}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":[null]}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["a\u0000b"]}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"files":[null]}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"secrets":[null]}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"params":{"a":null}}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["\ud800"]}""", 400, "body.malformed")]
    [InlineData("bad", """{"kind":"magic","command":["x"]}""", 400, "body.malformed")]
    [InlineData("bad", """{"kind":"process","command":["x"],"extra":1}""", 400, "body.malformed")]
    [InlineData("bad", """{"kind":"hub","item":"describe","command":["x"]}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"item":"describe"}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"files":[{"path":"../x","content":""}]}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"files":[{"path":"a","content":""},{"path":"a","content":""}]}""", 422, "function.file-twice")]
    [InlineData("bad", """{"kind":"process","command":["x"],"environment":{"MESH_TOKEN":"x"}}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"secrets":["1A"]}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"priority":101}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"maxAttempts":2,"retry":{"maxAttempts":3}}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"timeouts":{"queuedSeconds":0}}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"resources":{"gpus":65}}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process","command":["x"],"timeoutSeconds":0}""", 400, "body.invalid")]
    [InlineData("bad", """{"kind":"process",""", 400, "body.malformed")]
    [InlineData("Bad_Name", """{"kind":"process","command":["x"]}""", 400, "function.name")]
    public async Task What_is_out_of_form_is_refused_and_changes_nothing(string name, string body, int status, string code)
    {
        using var content = new StringContent(body, null, "application/json");
        using var answer = await functions.Editor.PutAsync($"{functions.Functions}/{name}", content);
        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync());
        (await answer.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!.Code.ShouldBe(code);
        using var get = await functions.Editor.GetAsync($"{functions.Functions}/bad");
        get.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Viewers_read_and_do_not_define_and_strangers_see_nothing()
    {
        using var viewer = functions.Host.ClientFor("eve", Role.Viewer, functions.Project);
        using var stranger = functions.Host.ClientFor("eve", Role.Owner, "elsewhere");
        using var nobody = functions.Host.Anonymous();
        (await viewer.GetAsync(functions.Functions)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await viewer.PutAsJsonAsync($"{functions.Functions}/x", new DefineFunction(FunctionKind.Process, ["true"]), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await viewer.PostAsJsonAsync(functions.Jobs, new SubmitJob(Command: ["true"]), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await stranger.GetAsync(functions.Functions)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await nobody.GetAsync(functions.Functions)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_expected_version_that_is_not_the_current_one_is_a_mismatch()
    {
        await DefineAsync("guarded", new DefineFunction(FunctionKind.Process, ["true"]));
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{functions.Functions}/guarded")
        {
            Content = JsonContent.Create(new DefineFunction(FunctionKind.Process, ["false"]), options: MeshJson.Strict),
        };
        request.Headers.Add("If-Match", "\"7\"");
        using var answer = await functions.Editor.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
    }

    private async Task<FunctionInfo> GetAsync(string name) => (await functions.Editor.GetFromJsonAsync<FunctionInfo>($"{functions.Functions}/{name}", MeshJson.Strict))!;

    private async Task<(HttpStatusCode Status, FunctionInfo Info)> DefineAsync(string name, DefineFunction definition)
    {
        using var answer = await functions.Editor.PutAsJsonAsync($"{functions.Functions}/{name}", definition, MeshJson.Strict);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<FunctionInfo>(MeshJson.Strict))!);
    }
}
