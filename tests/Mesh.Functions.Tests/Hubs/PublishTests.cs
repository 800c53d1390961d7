using Mesh.Client;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Code;

namespace Mesh.Functions.Tests.Hubs;

public sealed class PublishTests(CodeHost mesh) : IClassFixture<CodeHost>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await mesh.As(Role.Admin).Hubs.RegisterAsync("shelf", new PutHub());

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_function_becomes_an_item_that_runs_as_it_did()
    {
        var bundle = await mesh.BundleAsync("code/greet", ("lib/words.sh", "WORD=hello\n"), ("README.md", "# Greets\n"), ("item.yaml", "of: old\n"));
        var definition = new DefineFunction(
            FunctionKind.Process, ["sh", "greet.sh"], Files: [new("greet.sh", ". ./lib/words.sh; echo $WORD $MESH_PARAM_WHO $MODE > out.txt; cat out.txt\n")], Params: new() { ["who"] = "you" },
            Environment: new() { ["MODE"] = "twice" }, MaxAttempts: 2, TimeoutSeconds: 30, Description: "Greets.")
        {
            Bundle = bundle,
            ParamSpecs = [new ParamSpec("who", Default: "world"), new ParamSpec("count", ParamType.Int, "1", Min: 1)],
            Outputs = [new OutputSpec("greeting", "out.txt")],
        };
        await mesh.Mesh.Functions.DefineAsync("greet", definition);
        var example = new HubExample(new Dictionary<string, string> { ["who"] = "ada" });
        var item = await mesh.Mesh.Hubs.PublishAsync("shelf", new PublishHubItem("greet", "1.0.0", Categories: ["talk"], Example: example));
        (item.Name, item.Version, item.Manifest.Doc, item.Manifest.Description).ShouldBe(("greet", "1.0.0", "README.md", "Greets."));
        item.Manifest.Params!.Select(p => (p.Name, p.Default)).ShouldBe([("who", "you"), ("count", "1")]);

        var imported = await mesh.Mesh.Hubs.ImportAsync("shelf", "greet", new ImportHubItem(Function: "greeting"));
        imported.Origin.ShouldBe(new HubOrigin("shelf", "greet", "1.0.0", item.Hash));
        (imported.MaxAttempts, imported.TimeoutSeconds).ShouldBe((2, 30));
        var job = await mesh.RunAsync(new SubmitJob("greeting", Params: new() { ["who"] = "bob" }));
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        (await mesh.LogAsync(job)).ShouldStartWith("hello bob twice\n");

        // What was published can be published again by whoever imported it, and is the same item.
        await mesh.Mesh.Functions.DefineAsync("changed", definition with { Files = [new("greet.sh", "echo $MODE\n")] });
        await mesh.Mesh.Hubs.PublishAsync("shelf", new PublishHubItem("changed", "1.1.0", Item: "greet", Description: "Says less."));
        var diff = await mesh.Mesh.Hubs.DiffAsync("shelf", "greet", "1.0.0", "1.1.0");
        diff.Fields.Select(f => (f.Field, f.Change)).ShouldBe([("categories", DiffChange.Removed), ("description", DiffChange.Changed), ("example.params.who", DiffChange.Removed), ("version", DiffChange.Changed)]);
        diff.Files.Select(f => f.Path).ShouldBe(["greet.sh", "item.json"]);
        (await mesh.Mesh.Hubs.VersionsAsync("shelf", "greet").Select(v => v.Version).ToListAsync()).ShouldBe(["1.1.0", "1.0.0"]);
    }

    [Fact]
    public async Task The_same_again_is_nothing_and_other_content_is_a_conflict()
    {
        await DefineAsync("once", "echo 1\n");
        var first = await mesh.Mesh.Hubs.PublishAsync("shelf", new PublishHubItem("once", "1.0.0"));
        (await mesh.Mesh.Hubs.PublishAsync("shelf", new PublishHubItem("once", "1.0.0"))).ShouldBeEquivalentTo(first);
        await DefineAsync("once", "echo 2\n");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.PublishAsync("shelf", new PublishHubItem("once", "1.0.0")))).Code.ShouldBe("hub-item.version-taken");
        (await mesh.Mesh.Hubs.PublishAsync("shelf", new PublishHubItem("once", "1.0.0", FunctionVersion: "1"))).Hash.ShouldBe(first.Hash);
        (await mesh.Mesh.Artifacts.VersionsAsync("hubs/shelf/once").CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Of_two_that_publish_one_version_at_once_one_wins_whole()
    {
        var functions = Enumerable.Range(0, 4).Select(i => $"racer-{i}").ToList();
        foreach (var name in functions) await DefineAsync(name, $"echo {name}\n");
        var done = await Task.WhenAll(functions.Select(async name =>
        {
            try
            {
                return (Item: (HubItemVersion?)await mesh.Mesh.Hubs.PublishAsync("shelf", new PublishHubItem(name, "1.0.0", Item: "race", Description: "Races.")), Code: "");
            }
            catch (MeshException e)
            {
                return (null, e.Code);
            }
        }));
        var won = done.Where(d => d.Item is not null).ShouldHaveSingleItem().Item!;
        done.Where(d => d.Item is null).ShouldAllBe(d => d.Code == "hub-item.version-taken");
        (await mesh.Mesh.Hubs.ItemAsync("shelf", "race")).ShouldBeEquivalentTo(won);
        var winner = functions[Array.FindIndex(done, d => d.Item is not null)];
        await mesh.Mesh.Hubs.ImportAsync("shelf", "race");
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("race")))).ShouldBe($"{winner}\n");
    }

    [Theory]
    [InlineData("publish.version", """{"function":"plain","version":"1.0"}""")]
    [InlineData("publish.manifest", """{"function":"plain","version":"1.0.0","categories":["Not A Word"]}""")]
    [InlineData("publish.manifest", """{"function":"plain","version":"1.0.0","example":{"params":{"colour":"red"}}}""")]
    [InlineData("publish.kind", """{"function":"built-in","version":"1.0.0"}""")]
    [InlineData("publish.kind", """{"function":"several","version":"1.0.0"}""")]
    [InlineData("function.unknown", """{"function":"nothing","version":"1.0.0"}""")]
    [InlineData("function-version.unknown", """{"function":"plain","version":"1.0.0","functionVersion":"9"}""")]
    [InlineData("body.invalid", """{"function":"plain","version":"1.0.0","item":"No Label"}""")]
    [InlineData("publish.code-gone", """{"function":"gone","version":"1.0.0"}""")]
    public async Task What_cannot_be_an_item_is_refused_and_nothing_is_kept(string code, string body)
    {
        await DefineAsync("plain", "true\n");
        await mesh.Mesh.Functions.DefineAsync("built-in", new DefineFunction(FunctionKind.Hub, Item: "describe"));
        await mesh.Mesh.Functions.DefineAsync("several", new DefineFunction(FunctionKind.Process, ["true"]) { Distributed = new Distribution(TrainingFramework.Xgboost, [new("master"), new("worker", 2)]) });
        if (code == "publish.code-gone")
        {
            await mesh.Mesh.Functions.DefineAsync("gone", new DefineFunction(FunctionKind.Process, ["true"]) { Bundle = await mesh.BundleAsync("code/gone-item", ("a", "1")) });
            await mesh.Mesh.Artifacts.DeleteVersionAsync("code/gone-item", "1");
        }

        var publish = System.Text.Json.JsonSerializer.Deserialize<PublishHubItem>(body, MeshJson.Strict)!;
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.PublishAsync("shelf", publish))).Code.ShouldBe(code);
        (await mesh.Mesh.Hubs.ItemsAsync("shelf").ToListAsync()).ShouldNotContain(i => i.Name == publish.Function);
    }

    [Fact]
    public async Task What_has_a_source_is_not_published_to_and_what_has_none_is_not_refreshed()
    {
        await DefineAsync("sourced", "true\n");
        await mesh.BundleAsync("other/hub", ("a.txt", "nothing here"));
        await mesh.As(Role.Admin).Hubs.RegisterAsync("sourced", new PutHub(new HubSource(Artifact: "other/hub")));
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.PublishAsync("sourced", new PublishHubItem("sourced", "1.0.0")))).Code.ShouldBe("hub.has-source");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.PublishAsync("none", new PublishHubItem("sourced", "1.0.0")))).Code.ShouldBe("hub.unknown");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.RefreshAsync("shelf"))).Code.ShouldBe("hub.no-source");
    }

    private Task<FunctionInfo> DefineAsync(string name, string script) => mesh.Mesh.Functions.DefineAsync(name, new DefineFunction(FunctionKind.Process, ["sh", "run.sh"], Files: [new("run.sh", script)], Description: "Once."));
}
