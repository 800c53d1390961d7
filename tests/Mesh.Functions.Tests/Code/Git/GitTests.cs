using Mesh.Client;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Tests.Code.Git;

public sealed class GitTests(CodeHost mesh) : IClassFixture<CodeHost>
{
    [Fact]
    public async Task A_function_keeps_the_commit_that_was_meant()
    {
        var repository = await RepositoryAsync();
        var defined = await mesh.Mesh.Functions.DefineAsync("from-git", Definition(new(repository, "main")));
        var commit = await GitAsync(repository, "rev-parse", "HEAD");
        (defined.Git!.Commit, defined.Git.Ref).ShouldBe((commit, "main"));
        await CommitAsync(repository, "src/hello.sh", "echo second\n");
        var job = await mesh.RunAsync(new SubmitJob("from-git"));
        (await mesh.LogAsync(job)).ShouldBe("first\n");
        (await mesh.Mesh.Runs.GetAsync(job.Id)).Source!.GitCommit.ShouldBe(commit);

        var next = await mesh.Mesh.Functions.DefineAsync("from-git", Definition(new(repository)));
        next.Version.ShouldBe(2);
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("from-git")))).ShouldBe("second\n");
        (await mesh.Mesh.Functions.DefineAsync("from-git", Definition(new(repository, commit)))).Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_tag_is_the_commit_behind_it_and_a_folder_becomes_the_working_folder()
    {
        var repository = await RepositoryAsync();
        await GitAsync(repository, "tag", "-a", "v1", "-m", "one");
        await CommitAsync(repository, "src/hello.sh", "echo later\n");
        var job = await mesh.RunAsync(new DefineFunction(FunctionKind.Process, ["sh", "hello.sh"]) { Git = new(repository, "v1", "src") });
        (await mesh.LogAsync(job)).ShouldBe("first\n");
    }

    [Fact]
    public async Task Nothing_of_a_repository_runs_when_it_is_fetched()
    {
        var repository = await RepositoryAsync();
        var mark = Path.Combine(mesh.NewFolder(), "mark");
        var hook = Path.Combine(new Uri(repository).LocalPath, ".git", "hooks", "post-checkout");
        await File.WriteAllTextAsync(hook, $"#!/bin/sh\ntouch {mark}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await CommitAsync(repository, ".gitattributes", "*.sh filter=evil\n");
        (await mesh.RunAsync(Definition(new(repository)))).Status.ShouldBe(JobStatus.Succeeded);
        File.Exists(mark).ShouldBeFalse();
    }

    [Theory]
    [InlineData("function.git-url", "ext::sh -c id")]
    [InlineData("function.git-url", "http://127.0.0.1/a.git")]
    [InlineData("function.git-url", "https://ada:secret@127.0.0.1/a.git")]
    [InlineData("function.git-url", "file:///etc")]
    [InlineData("function.git-url", "/etc")]
    [InlineData("function.git-unreachable", "file://ROOT/none")]
    public async Task Other_addresses_are_refused(string code, string url)
    {
        CodeHost.SkipUnless("git", "--version");
        var source = new GitSource(url.Replace("ROOT", mesh.Repositories, StringComparison.Ordinal));
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DefineAsync("refused", Definition(source)))).Code.ShouldBe(code);
    }

    [Fact]
    public async Task A_link_out_of_the_allowed_folders_is_no_repository()
    {
        var link = Path.Combine(mesh.Repositories, "link");
        Directory.CreateSymbolicLink(link, mesh.NewFolder());
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DefineAsync("refused", Definition(new($"file://{link}"))))).Code.ShouldBe("function.git-url");
    }

    [Fact]
    public async Task A_ref_that_is_not_there_is_refused_and_a_commit_that_is_gone_is_a_clear_cause()
    {
        var repository = await RepositoryAsync();
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DefineAsync("refused", Definition(new(repository, "nope"))))).Code.ShouldBe("function.git-ref-unknown");
        var job = await mesh.RunAsync(Definition(new(repository, new string('a', 40))));
        job.Status.ShouldBe(JobStatus.Failed);
        job.Cause.ShouldStartWith($"The repository {repository} has no commit aaaa");
    }

    private static DefineFunction Definition(GitSource source) => new(FunctionKind.Process, ["sh", "src/hello.sh"]) { Git = source };

    private async Task<string> RepositoryAsync()
    {
        CodeHost.SkipUnless("git", "--version");
        return (await TestRepository.CreateAsync(mesh.Repositories)).Url;
    }

    private static Task CommitAsync(string url, string path, string text) => new TestRepository(new Uri(url).LocalPath).CommitAsync(path, text);

    private static Task<string> GitAsync(string url, params string[] arguments) => new TestRepository(new Uri(url).LocalPath).GitAsync(arguments);
}
