using System.Security.Cryptography;
using Mesh.Client;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Tests.Code.Git;

/// <summary>Functions from real servers of git.</summary>
public sealed class GitServerTests(GitHost mesh) : IClassFixture<GitHost>
{
    [Fact]
    public async Task A_branch_a_tag_and_a_commit_are_fetched_over_https_and_a_branch_that_moves_is_the_commit_that_it_was()
    {
        var repository = await TestRepository.CreateAsync(mesh.Served);
        var first = await repository.GitAsync("rev-parse", "HEAD");
        await repository.GitAsync("tag", "-a", "v1", "-m", "one");
        var url = mesh.Server.UrlOf("open", repository);
        var branch = await mesh.Mesh.Functions.DefineAsync("moving", Definition(new(url, "main")));
        var second = await repository.CommitAsync("src/hello.sh", "echo second\n");
        branch.Git!.Commit.ShouldBe(first);
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("moving")))).ShouldBe("first\n");
        (await mesh.LogAsync(await mesh.RunAsync(Definition(new(url, "v1"))))).ShouldBe("first\n");
        (await mesh.LogAsync(await mesh.RunAsync(Definition(new(url, second))))).ShouldBe("second\n");
        // No name points to this one any more.
        await repository.GitAsync("-c", "user.name=ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "--amend", "-m", "other");
        (await mesh.LogAsync(await mesh.RunAsync(Definition(new(url, second, "src")) with { Command = ["sh", "hello.sh"] }))).ShouldBe("second\n");
        (await RefusalAsync(new(url, "none"))).Code.ShouldBe("function.git-ref-unknown");
    }

    [Fact]
    public async Task What_needs_a_user_opens_to_the_secret_that_is_named_and_to_nothing_else()
    {
        var repository = await TestRepository.CreateAsync(mesh.Served);
        await repository.CommitAsync("src/hello.sh", "env; cat /proc/self/environ 2>/dev/null; echo closed\n");
        var commit = await repository.GitAsync("rev-parse", "HEAD");
        var url = mesh.Server.UrlOf("closed", repository);
        await mesh.SecretAsync("GIT", $"{HttpsGitServer.User}:{HttpsGitServer.Token}");
        await mesh.SecretAsync("STALE", $"{HttpsGitServer.User}:of-yesterday");
        await mesh.SecretAsync("LINES", "a\nb");

        (await RefusalAsync(new(url))).ShouldBe(("function.git-denied", "git.secret"));
        (await RefusalAsync(new GitSource(url) { Secret = "STALE" })).ShouldBe(("function.git-denied", "git.secret"));
        (await RefusalAsync(new GitSource(url) { Secret = "NONE" })).ShouldBe(("secret.unknown", "git.secret"));
        (await RefusalAsync(new GitSource(url) { Secret = "LINES" })).ShouldBe(("function.git-secret", "git.secret"));
        mesh.Server.Entries.ShouldBe(0);

        var defined = await mesh.Mesh.Functions.DefineAsync("closed", Definition(new GitSource(url) { Secret = "GIT" }));
        defined.Git!.Secret.ShouldBe("GIT");
        var log = await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("closed")));
        log.ShouldEndWith("closed\n");
        log.ShouldNotContain(HttpsGitServer.Token);
        mesh.Server.Entries.ShouldBeGreaterThan(0);
        Directory.EnumerateDirectories(Path.Combine(mesh.DataPath, "cache", "git")).ShouldBeEmpty();

        // The worker has its files by now: that opens them to nobody else.
        var other = await mesh.RunAsync(Definition(new(url, commit)));
        (other.Status, other.Cause!).ShouldBe((JobStatus.Failed, $"The repository {url} asks for a user, or is not there: put user:token into a secret of the project (mesh secrets set NAME), and name it in 'git.secret'."));
    }

    [Fact]
    public async Task Credentials_in_an_address_are_refused_and_not_repeated()
    {
        var failure = await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DefineAsync("refused", Definition(new("https://tok3n@localhost/a.git"))));
        failure.Code.ShouldBe("function.git-url");
        failure.Message.ShouldContain("git.secret");
        failure.Message.ShouldNotContain("tok3n");
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_trusted()
    {
        await using var stranger = await HttpsGitServer.StartAsync(mesh.Served);
        var repository = await TestRepository.CreateAsync(mesh.Served);
        var failure = await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DefineAsync("refused", Definition(new(stranger.UrlOf("open", repository)))));
        failure.Code.ShouldBe("function.git-certificate");
        failure.Message.ShouldContain("Functions:GitCaFile");
    }

    [Fact]
    public async Task Hosts_of_the_operators_network_and_redirects_are_refused()
    {
        var repository = await TestRepository.CreateAsync(mesh.Served);
        (await RefusalAsync(new(mesh.Server.UrlOf("open", repository, "127.0.0.1")))).Code.ShouldBe("function.git-host");
        (await RefusalAsync(new("ssh://git@10.0.0.1/a.git"))).Code.ShouldBe("function.git-host");
        (await RefusalAsync(new("https://[::1]/a.git"))).Code.ShouldBe("function.git-host");
        (await RefusalAsync(new("https://none.invalid/a.git"))).Code.ShouldBe("function.git-unreachable");
        var failure = await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DefineAsync("refused", Definition(new(mesh.Server.UrlOf("moved", repository)))));
        failure.Code.ShouldBe("function.git-unreachable");
        failure.Message.ShouldContain("redirect");
    }

    [Fact]
    public async Task Ssh_takes_a_key_from_a_secret_and_only_hosts_whose_key_is_known()
    {
        var repository = await TestRepository.CreateAsync(mesh.Served);
        var folder = mesh.NewFolder();
        await using var server = await SshServer.StartAsync(folder);
        var url = server.UrlOf(repository);
        await mesh.SecretAsync("KEY", server.PrivateKey);
        await mesh.SecretAsync("OTHER_KEY", (await SshServer.KeysAsync(folder)).Private);
        await mesh.SecretAsync("NO_KEY", "ada:token");

        var unknown = await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DefineAsync("refused", Definition(new GitSource(url) { Secret = "KEY" })));
        (unknown.Code, unknown.Problem.Errors!.Single().Field).ShouldBe(("function.git-host-key", "git.knownHosts"));
        unknown.Message.ShouldContain($"ssh-keyscan -p {server.Port} localhost");
        var changed = $"[localhost]:{server.Port} {(await SshServer.KeysAsync(folder)).Public}";
        (await RefusalAsync(new GitSource(url) { Secret = "KEY", KnownHosts = changed })).Code.ShouldBe("function.git-host-key");
        (await RefusalAsync(new GitSource(url) { Secret = "OTHER_KEY", KnownHosts = server.KnownHosts })).ShouldBe(("function.git-denied", "git.secret"));
        (await RefusalAsync(new GitSource(url) { Secret = "NO_KEY", KnownHosts = server.KnownHosts })).ShouldBe(("function.git-secret", "git.secret"));

        var job = await mesh.RunAsync(Definition(new GitSource(url, "main") { Secret = "KEY", KnownHosts = server.KnownHosts }));
        (await mesh.LogAsync(job)).ShouldBe("first\n");
        Directory.EnumerateDirectories(Path.Combine(mesh.DataPath, "cache", "git")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_lies_elsewhere_is_told_in_the_log()
    {
        var (repository, inner) = (await TestRepository.CreateAsync(mesh.Served), await TestRepository.CreateAsync(mesh.Served));
        await repository.GitAsync("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.Folder, "lib/inner");
        await repository.CommitAsync("model.bin", $"version https://git-lfs.github.com/spec/v1\noid sha256:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}\nsize 12345\n");
        var log = await mesh.LogAsync(await mesh.RunAsync(Definition(new(mesh.Server.UrlOf("open", repository)))));
        log.ShouldBe("[mesh] The repository has submodules, which are not fetched: lib/inner\n[mesh] The repository has files in Git LFS, of which only the pointers are here: model.bin\nfirst\n");
    }

    private static DefineFunction Definition(GitSource source) => new(FunctionKind.Process, ["sh", "src/hello.sh"]) { Git = source };

    private async Task<(string? Code, string? Field)> RefusalAsync(GitSource source)
    {
        var failure = await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DefineAsync("refused", Definition(source)));
        failure.Message.ShouldNotContain(HttpsGitServer.Token);
        return (failure.Code, failure.Problem.Errors!.Single().Field);
    }
}
