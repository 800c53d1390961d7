using System.Diagnostics;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Hubs;
using Mesh.Functions.Tests.Code;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Hubs;

public sealed class HubSourceTests(CodeHost mesh) : IClassFixture<CodeHost>
{
    private readonly ProjectClient _admin = mesh.As(Role.Admin);

    [Fact]
    public async Task Items_of_a_repository_are_imported_and_run_and_a_later_version_is_seen()
    {
        CodeHost.SkipUnless("git", "--version");
        var folder = Path.Combine(mesh.Repositories, "team.git");
        Directory.CreateDirectory(folder);
        await GitAsync(folder, "init", "--quiet", "--initial-branch=main");
        Item(folder, "hub/greet", "1.0.0", "echo hello $MESH_PARAM_WHO", "categories: [talk]\ndoc: README.md\nparams: [{name: who, default: world}]");
        await File.WriteAllTextAsync(Path.Combine(folder, "hub/greet/README.md"), "# Greets\n");
        var first = await CommitAsync(folder);
        var hub = await _admin.Hubs.RegisterAsync("team", new PutHub(new HubSource(new GitSource($"file://{folder}", "main", "hub")), "Ours"));
        (hub.Revision, hub.Faults.Count).ShouldBe((first, 0));

        var item = await mesh.Mesh.Hubs.ItemsAsync("team").SingleAsync();
        (item.Name, item.Version, item.Versions, item.Categories.Single()).ShouldBe(("greet", "1.0.0", 1, "talk"));
        (await mesh.Mesh.Hubs.DocAsync("team", "greet")).Text.ShouldBe("# Greets\n");
        var function = await mesh.Mesh.Hubs.ImportAsync("team", "greet");
        (function.Name, function.Version, function.Origin!.Version).ShouldBe(("greet", 1, "1.0.0"));
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("greet")))).ShouldBe("hello world\n");
        (await mesh.Mesh.Hubs.ImportsAsync(outdated: true).ToListAsync()).ShouldBeEmpty();

        Item(folder, "hub/greet", "1.1.0", "echo good day $MESH_PARAM_WHO", "categories: [talk]\ndoc: README.md\nparams: [{name: who, default: you}]");
        var second = await CommitAsync(folder);
        var refresh = await mesh.Mesh.Hubs.RefreshAsync("team");
        (refresh.Revision, refresh.Found, refresh.Added.Single(), refresh.Faults.Count).ShouldBe((second, 1, "greet@1.1.0", 0));
        (await mesh.Mesh.Hubs.RefreshAsync("team")).Added.ShouldBeEmpty();
        var import = await mesh.Mesh.Hubs.ImportsAsync(outdated: true).SingleAsync();
        (import.Function, import.Origin.Version, import.Latest, import.IsOutdated).ShouldBe(("greet", "1.0.0", "1.1.0", true));
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("greet")))).ShouldBe("hello world\n");

        var diff = await mesh.Mesh.Hubs.DiffAsync("team", "greet", "1.0.0");
        diff.Fields.Select(f => (f.Field, f.From, f.To)).ShouldContain(("version", "1.0.0", "1.1.0"));
        diff.Fields.ShouldContain(f => f.Field == "params.who" && f.To!.Contains("\"you\""));
        diff.Files.Single(f => f.Path == "run.sh").Lines!.ShouldBe(["-echo hello $MESH_PARAM_WHO", "+echo good day $MESH_PARAM_WHO"]);

        (await mesh.Mesh.Hubs.ImportAsync("team", "greet")).Version.ShouldBe(2);
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("greet")))).ShouldBe("good day you\n");
        (await mesh.Mesh.Hubs.ImportAsync("team", "greet", new ImportHubItem("1.0.0"))).Version.ShouldBe(1);
        (await mesh.Mesh.Hubs.ImportsAsync().SingleAsync(i => i.Function == "greet")).IsOutdated.ShouldBeTrue();
        (await mesh.Mesh.Hubs.HistoryAsync("team").Select(e => e.Type).ToListAsync()).ShouldBe(["hub.registered", "hub.refreshed", "hub.refreshed", "hub.refreshed"]);
    }

    [Fact]
    public async Task A_source_that_is_away_is_told_with_the_age_of_what_stays_usable()
    {
        CodeHost.SkipUnless("git", "--version");
        var folder = Path.Combine(mesh.Repositories, "leaving.git");
        Directory.CreateDirectory(folder);
        await GitAsync(folder, "init", "--quiet", "--initial-branch=main");
        Item(folder, "wave", "1.0.0", "echo bye");
        await CommitAsync(folder);
        await _admin.Hubs.RegisterAsync("leaving", new PutHub(new HubSource(new GitSource($"file://{folder}", "main"))));
        Directory.Move(folder, folder + ".gone");
        var away = await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.RefreshAsync("leaving"));
        away.Code.ShouldBe("function.git-unreachable");
        away.Message.ShouldContain("What 'leaving' had at ");
        away.Message.ShouldContain(" UTC, a moment ago, can be used as before.");
        await mesh.Mesh.Hubs.ImportAsync("leaving", "wave");
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("wave")))).ShouldBe("bye\n");
        Directory.Move(folder + ".gone", folder);
        (await mesh.Mesh.Hubs.RefreshAsync("leaving")).Found.ShouldBe(1);
    }

    [Fact]
    public async Task Refreshes_at_once_are_one_and_go_on_without_those_who_went_away()
    {
        var refreshes = mesh.Host.Service<HubRefreshes>();
        var (begun, answer) = (0, new TaskCompletionSource<HubTaken>());
        Task<HubTaken> Work(CancellationToken _)
        {
            Interlocked.Increment(ref begun);
            return answer.Task;
        }

        using var leaving = new CancellationTokenSource();
        var first = refreshes.ShareAsync(("hub", 1), Work, leaving.Token);
        var second = refreshes.ShareAsync(("hub", 1), Work, CancellationToken.None);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        answer.SetResult(new HubTaken(null, null));
        (await second).ShouldBe(new HubTaken(null, null));
        begun.ShouldBe(1);
        await Eventually.Holds(async () =>
        {
            await refreshes.ShareAsync(("hub", 1), Work, CancellationToken.None);
            begun.ShouldBeGreaterThan(1);
        });
    }

    [Fact]
    public async Task An_item_with_folders_too_deep_or_too_many_is_at_fault()
    {
        var folder = NewHub();
        Item(folder, "deep", "1.0.0", "true");
        Item(folder, "wide", "1.0.0", "true");
        Directory.CreateDirectory(Path.Combine([folder, "deep", .. Enumerable.Repeat("d", 40)]));
        for (var i = 0; i < 1001; i++) Directory.CreateDirectory(Path.Combine(folder, "wide", $"d{i}"));
        var hub = await _admin.Hubs.RegisterAsync("shapes", new PutHub(new HubSource(Folder: folder)));
        hub.Faults.Select(f => (f.Path, f.Message)).ShouldBe(
            [("deep", "holds folders that lie more than 32 deep."), ("wide", "holds more than 1000 folders.")], ignoreOrder: true);
    }

    [Fact]
    public async Task A_folder_is_read_and_faulty_items_keep_the_others_from_nothing()
    {
        var folder = NewHub();
        Item(folder, "good", "1.0.0", "true");
        Item(folder, "twice", "1.0.0", "true", name: "good");
        Item(folder, "linked", "1.0.0", "true");
        File.CreateSymbolicLink(Path.Combine(folder, "linked", "secret"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(folder, "outside"), mesh.Repositories);
        Item(folder, "typo", "1.0.0", "true", "colour: red");
        Item(folder, "undocumented", "1.0.0", "true", "doc: gone.md");
        Item(folder, "climbing", "1.0.0", "true", "doc: ../good/run.sh");
        Item(folder, "large", "1.0.0", "true");
        await using (var file = File.Create(Path.Combine(folder, "large", "weights.bin"))) file.SetLength((64L << 20) + 1);
        Item(folder, "many", "1.0.0", "true");
        for (var i = 0; i < 1000; i++) await File.WriteAllTextAsync(Path.Combine(folder, "many", $"{i}.txt"), "");
        Item(folder, "piped", "1.0.0", "true");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(folder, "piped", "pipe")])) await made.WaitForExitAsync();
        Directory.CreateDirectory(Path.Combine(folder, "binary"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "binary", "item.yaml"), [0xff, 0xfe, 0x00]);

        var hub = await _admin.Hubs.RegisterAsync("faulty", new PutHub(new HubSource(Folder: folder)));
        hub.Faults.Select(f => (f.Path, f.Line, f.Field, Text(f.Message))).OrderBy(f => f.Path).ShouldBe(
        [
            ("binary/item.yaml", null, null, "must be UTF-8 text."),
            ("climbing/item.yaml", 5, "doc", "must be 1 to 250 of "),
            ("large", null, null, "holds more than an i"),
            ("linked/secret", null, null, "is a link, and items"),
            ("many", null, null, "holds more than an i"),
            ("piped/pipe", null, null, "is no plain file tha"),
            ("twice/item.yaml", null, "version", "is 'good@1.0.0', as "),
            ("typo/item.yaml", 5, "colour", "is no field here; th"),
            ("undocumented/item.yaml", null, "doc", "names 'gone.md', whi"),
        ]);
        (await mesh.Mesh.Hubs.ItemsAsync("faulty").Select(i => i.Name).ToListAsync()).ShouldBe(["good"]);

        // The same version with other content is a fault of a refresh, and changes nothing.
        var before = await mesh.Mesh.Hubs.ItemAsync("faulty", "good");
        await File.WriteAllTextAsync(Path.Combine(folder, "good", "run.sh"), "false\n");
        var refresh = await mesh.Mesh.Hubs.RefreshAsync("faulty");
        refresh.Faults.ShouldContain(f => f.Path == "good@1.0.0" && f.Field == "version");
        refresh.Revision.ShouldNotBe(hub.Revision);
        (await mesh.Mesh.Hubs.ItemAsync("faulty", "good")).Hash.ShouldBe(before.Hash);

        static string Text(string message) => message.Length <= 20 ? message : message[..20];
    }

    [Fact]
    public async Task A_directory_of_the_project_is_a_source_too_and_removing_a_hub_leaves_what_was_imported()
    {
        await mesh.BundleAsync("my/hub", ("say/item.yaml", Manifest("say", "1.0.0")), ("say/run.sh", "echo said\n"));
        (await _admin.Hubs.RegisterAsync("own", new PutHub(new HubSource(Artifact: "my/hub")))).Revision.ShouldBe("my/hub@1");
        await mesh.Mesh.Hubs.ImportAsync("own", "say", new ImportHubItem(Function: "said"));
        await _admin.Hubs.RemoveAsync("own");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.GetAsync("own"))).Code.ShouldBe("hub.unknown");
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("said")))).ShouldBe("said\n");
        var import = await mesh.Mesh.Hubs.ImportsAsync().SingleAsync(i => i.Function == "said");
        (import.Latest, import.IsOutdated).ShouldBe((null, false));

        await mesh.BundleAsync("my/hub", ("say/item.yaml", Manifest("say", "1.0.0")), ("say/run.sh", "echo otherwise\n"));
        var again = await _admin.Hubs.RegisterAsync("own", new PutHub(new HubSource(Artifact: "my/hub")));
        (again.Revision, again.Faults.Count).ShouldBe(("my/hub@2", 0));
        (await mesh.Mesh.Hubs.ImportAsync("own", "say", new ImportHubItem(Function: "said"))).Version.ShouldBe(2);
    }

    [Fact]
    public async Task Items_are_found_by_text_and_category_in_pages()
    {
        var folder = NewHub();
        foreach (var name in (string[])["alpha", "beta", "gamma"]) Item(folder, name, "1.0.0", "true", $"categories: [{(name == "beta" ? "data" : "talk")}]");
        await _admin.Hubs.RegisterAsync("listed", new PutHub(new HubSource(Folder: folder)));
        (await mesh.Mesh.Hubs.ItemsAsync("listed", category: "talk").Select(i => i.Name).ToListAsync()).ShouldBe(["alpha", "gamma"]);
        (await mesh.Mesh.Hubs.ItemsAsync("listed", text: "AMM").Select(i => i.Name).ToListAsync()).ShouldBe(["gamma"]);
        (await mesh.Mesh.Hubs.ItemsAsync("listed", text: "does beta").Select(i => i.Name).ToListAsync()).ShouldBe(["beta"]);
        (await mesh.Mesh.Hubs.ItemsAsync("listed", text: "%").ToListAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("hub.folder-forbidden", """{"folder":"/etc"}""")]
    [InlineData("hub.folder-forbidden", """{"folder":"ROOT/../git"}""")]
    [InlineData("hub.folder-forbidden", """{"folder":"ROOT/link"}""")]
    [InlineData("hub.folder-unknown", """{"folder":"ROOT/none"}""")]
    [InlineData("hub.artifact-unknown", """{"artifact":"no/such"}""")]
    [InlineData("hub.artifact-kind", """{"artifact":"a/file"}""")]
    [InlineData("function.git-url", """{"git":{"url":"file:///etc"}}""")]
    [InlineData("function.git-unreachable", """{"git":{"url":"file://GIT/none"}}""")]
    [InlineData("body.invalid", """{"folder":"relative"}""")]
    [InlineData("body.invalid", """{"folder":"/a","artifact":"b"}""")]
    [InlineData("body.invalid", """{}""")]
    public async Task A_source_that_cannot_be_read_registers_nothing(string code, string source)
    {
        CodeHost.SkipUnless("git", "--version");
        var link = Path.Combine(mesh.HubFolders, "link");
        if (!Path.Exists(link)) Directory.CreateSymbolicLink(link, mesh.Repositories);
        await mesh.PutAsync("a/file", "x");
        var text = source.Replace("ROOT", mesh.HubFolders, StringComparison.Ordinal).Replace("GIT", mesh.Repositories, StringComparison.Ordinal);
        var body = new PutHub(System.Text.Json.JsonSerializer.Deserialize<HubSource>(text, MeshJson.Strict));
        (await Should.ThrowAsync<MeshException>(() => _admin.Hubs.RegisterAsync("refused", body))).Code.ShouldBe(code);
        (await Should.ThrowAsync<MeshException>(() => _admin.Hubs.GetAsync("refused"))).Code.ShouldBe("hub.unknown");
    }

    [Fact]
    public async Task A_ref_that_is_not_there_is_refused_and_one_that_went_leaves_the_hub_as_it_was()
    {
        CodeHost.SkipUnless("git", "--version");
        var folder = Path.Combine(mesh.Repositories, "moving.git");
        Directory.CreateDirectory(folder);
        await GitAsync(folder, "init", "--quiet", "--initial-branch=main");
        Item(folder, "a", "1.0.0", "true");
        await CommitAsync(folder);
        await GitAsync(folder, "branch", "next");
        (await Should.ThrowAsync<MeshException>(() => _admin.Hubs.RegisterAsync("moving", new PutHub(new HubSource(new GitSource($"file://{folder}", "nope")))))).Code.ShouldBe("function.git-ref-unknown");
        await _admin.Hubs.RegisterAsync("moving", new PutHub(new HubSource(new GitSource($"file://{folder}", "next"))));
        await GitAsync(folder, "branch", "-D", "next");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.RefreshAsync("moving"))).Code.ShouldBe("function.git-ref-unknown");
        (await mesh.Mesh.Hubs.ItemAsync("moving", "a")).Version.ShouldBe("1.0.0");
    }

    [Fact]
    public async Task Only_admins_register_and_nobody_sees_hubs_of_other_projects()
    {
        var folder = NewHub();
        Item(folder, "a", "1.0.0", "true");
        var body = new PutHub(new HubSource(Folder: folder));
        await _admin.Hubs.RegisterAsync("guarded", body);
        ((int)(await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.RegisterAsync("guarded", body))).Status).ShouldBe(403);
        ((int)(await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.RemoveAsync("guarded"))).Status).ShouldBe(403);
        var viewer = mesh.As(Role.Viewer);
        (await viewer.Hubs.ItemAsync("guarded", "a")).Manifest.Command.ShouldBe(["sh", "run.sh"]);
        ((int)(await Should.ThrowAsync<MeshException>(() => viewer.Hubs.ImportAsync("guarded", "a"))).Status).ShouldBe(403);
        ((int)(await Should.ThrowAsync<MeshException>(() => viewer.Hubs.RefreshAsync("guarded"))).Status).ShouldBe(403);
        var other = mesh.As(Role.Owner, "elsewhere");
        (await Should.ThrowAsync<MeshException>(() => other.Hubs.ItemAsync("guarded", "a"))).Code.ShouldBe("hub.unknown");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.ItemAsync("guarded", "b"))).Code.ShouldBe("hub-item.unknown");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.ImportAsync("guarded", "a", new ImportHubItem("9.9.9")))).Code.ShouldBe("hub-item.version-unknown");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Hubs.DocAsync("guarded", "a"))).Code.ShouldBe("hub-item.no-doc");
        (await Should.ThrowAsync<MeshException>(() => _admin.Hubs.RegisterAsync("Guarded", body))).Code.ShouldBe("hub.name");
    }

    private string NewHub() => Directory.CreateDirectory(Path.Combine(mesh.HubFolders, $"{Guid.CreateVersion7():N}")).FullName;

    private static string Manifest(string name, string version, string more = "") => $"name: {name}\nversion: {version}\ndescription: What does {name} do?\ncommand: [sh, run.sh]\n{more}\n";

    private static void Item(string root, string folder, string version, string script, string more = "", string? name = null)
    {
        var place = Directory.CreateDirectory(Path.Combine(root, folder)).FullName;
        File.WriteAllText(Path.Combine(place, "item.yaml"), Manifest(name ?? Path.GetFileName(folder), version, more).Replace("What does", "It does", StringComparison.Ordinal).Replace(" do?", ".", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(place, "run.sh"), script + "\n");
    }

    private static async Task<string> CommitAsync(string folder)
    {
        await GitAsync(folder, "add", "--all");
        await GitAsync(folder, "-c", "user.name=ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "more");
        return await GitAsync(folder, "rev-parse", "HEAD");
    }

    private static async Task<string> GitAsync(string folder, params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await git.StandardOutput.ReadToEndAsync();
        var errors = await git.StandardError.ReadToEndAsync();
        await git.WaitForExitAsync();
        git.ExitCode.ShouldBe(0, errors);
        return output.Trim();
    }
}
