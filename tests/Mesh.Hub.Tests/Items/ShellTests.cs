using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;

namespace Mesh.Hub.Tests.Items;

public sealed class ShellTests(HubMesh fixture) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-shell-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_script_runs_and_its_files_are_kept()
    {
        using var mesh = fixture.NewProject();
        var done = await RunAsync(
            mesh, ("command", "echo one; echo two >&2; printf 'x' > report.md; mkdir -p parts/a; echo 1 > parts/a/b.txt"), ("outputs", "report=report.md:document, parts=parts"));
        (done.Output, done.Errors).ShouldBe(("one\nkept report.md as report@1\nkept parts as parts@1\n", "two\n"));
        var report = await mesh.Project().Artifacts.GetVersionAsync("report");
        (report.Kind, report.RunId).ShouldBe((ArtifactKind.Document, done.Run));
        (await mesh.Project().Artifacts.GetVersionAsync("parts")).Kind.ShouldBe(ArtifactKind.Directory);
        (await mesh.Project().Artifacts.FilesAsync("parts").Select(f => f.Path).ToListAsync()).ShouldBe(["a/b.txt"]);
    }

    [Fact]
    public async Task Arguments_are_never_read_as_code()
    {
        using var mesh = fixture.NewProject();
        var done = await RunAsync(mesh, ("command", "printf '<%s>' \"$@\""), ("arguments", """plain "two words" '$(touch owned)' ';' '"' "a\"b" """));
        done.Output.ShouldBe("""<plain><two words><$(touch owned)><;><"><a"b>""");
        _folder.GetFiles("owned").ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_shell_nothing_is_expanded()
    {
        using var mesh = fixture.NewProject();
        var done = await RunAsync(mesh, ("command", """printf "%s|" $HOME '*' "a && b" ; > x"""), ("shell", "none"));
        done.Output.ShouldBe("$HOME|*|a && b|;|>|x|");
        _folder.GetFiles().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("echo fine; echo worse >&2; exit 3", 3, "worse", true)]
    [InlineData("exit 4", 4, "The command ended with exit code 4.", false)]
    [InlineData("kill -9 $$", 137, "The command ended with exit code 137.", false)]
    public async Task A_bad_end_keeps_its_exit_code_and_what_it_said_last(string command, int code, string said, bool isSaid)
    {
        using var mesh = fixture.NewProject();
        var failure = await Should.ThrowAsync<CommandFailure>(() => RunAsync(mesh, ("command", command), ("outputs", "x=x")));
        (failure.Code, failure.Message, failure.IsSaid).ShouldBe((code, said, isSaid));
        (await mesh.Project().Artifacts.ListAsync().ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_output_that_is_missing_or_a_link_keeps_nothing()
    {
        using var mesh = fixture.NewProject();
        var failure = await Should.ThrowAsync<CommandFailure>(() => RunAsync(mesh, ("command", "echo 1 > there"), ("outputs", "there=there,gone=gone")));
        (failure.Code, failure.Message).ShouldBe((1, "The output 'gone' is not there: the command made no 'gone'."));
        (await Should.ThrowAsync<CommandFailure>(() => RunAsync(mesh, ("command", "ln -s /etc here; ln -s /etc/passwd file"), ("outputs", "a=here/passwd")))).Message.ShouldContain("'a' is not there");
        (await Should.ThrowAsync<CommandFailure>(() => RunAsync(mesh, ("command", "true"), ("outputs", "a=file")))).Message.ShouldContain("'a' is not there");
        (await mesh.Project().Artifacts.ListAsync().ToListAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("The param 'outputs' must hold name=path or name=path:kind, not 'x'.", "outputs", "x")]
    [InlineData("The output 'x' must be a plain path of the working folder, such as out/report.md, not '../x'.", "outputs", "x=../x")]
    [InlineData("The output 'x' must be a plain path of the working folder, such as out/report.md, not '/etc/passwd'.", "outputs", "x=/etc/passwd")]
    [InlineData("'poem' is no kind of an artifact: one of *", "outputs", "x=x:poem")]
    [InlineData("The param 'outputs' names 'x' twice.", "outputs", "x=x,x=y")]
    [InlineData("The param 'shell' must be one of sh, bash, none, not 'zsh'.", "shell", "zsh")]
    [InlineData("The param 'arguments': A quote stays open: it's", "arguments", "it's")]
    [InlineData("The program 'touch-nothing' could not be started: *", "shell", "none", "command", "touch-nothing ran")]
    public async Task What_cannot_be_meant_runs_nothing(string sentence, params string[] values)
    {
        using var mesh = fixture.NewProject();
        var all = new Dictionary<string, string> { ["command"] = "touch ran" };
        foreach (var pair in values.Chunk(2)) all[pair[0]] = pair[1];
        var failure = await Should.ThrowAsync<HubFailure>(() => RunAsync(mesh, [.. all.Select(v => (v.Key, v.Value))]));
        failure.Message.ShouldMatch("^" + System.Text.RegularExpressions.Regex.Escape(sentence).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
        _folder.GetFiles("ran").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_command_leaves_running_does_not_hold_it()
    {
        using var mesh = fixture.NewProject();
        var done = await RunAsync(mesh, ("command", "sleep 30 & echo $! > pid; echo begun"));
        done.Output.ShouldBe("begun\n");
        using var left = System.Diagnostics.Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "pid")), System.Globalization.CultureInfo.InvariantCulture));
        left.HasExited.ShouldBeFalse();
        left.Kill();
    }

    private async Task<(Guid Run, string Output, string Errors)> RunAsync(MeshClient mesh, params (string Name, string Value)[] values)
    {
        await using var run = await RunContext.StartAsync(mesh, "shell");
        var runner = Catalogue.Find("shell");
        var (output, errors) = (new StringWriter(), new StringWriter());
        var job = new Job(mesh.Project(), run, new Parameters(runner.Item, values.ToDictionary(v => v.Name, v => v.Value)), output) { Errors = errors, Folder = _folder.FullName };
        await runner.RunAsync(job, CancellationToken.None);
        return (run.Id, output.ToString(), errors.ToString());
    }
}
