using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code.Git;
using Mesh.Functions.Queue;
using Mesh.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Tests.Code.Git;

/// <summary>What a repository may take, and how long.</summary>
public sealed class GitBoundsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-git-").FullName;

    [Fact]
    public async Task A_server_that_says_nothing_is_not_waited_for()
    {
        CodeHost.SkipUnless("git", "--version");
        await using var server = await HttpsGitServer.StartAsync(_folder);
        var git = await GitAsync(server, options => (options.GitAnswerSeconds, options.GitFetchSeconds) = (1, 1));
        var url = $"https://localhost:{server.Port}/silent/a.git";
        var (commit, rejected) = await git.PinAsync(new GitSource(url, "main"), null, Ct);
        (commit, rejected!.Code).ShouldBe((null, "function.git-unreachable"));
        rejected.Detail.ShouldContain("did not answer within 1 s");
        var failure = await Should.ThrowAsync<AttemptFailedException>(() => git.LayOutAsync(new GitSource(url, Commit: new string('a', 40)), null, Out(), Ct));
        failure.Message.ShouldContain("was not fetched within 1 s");
        Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "data", "cache", "git")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_of_ssh_that_says_nothing_is_not_waited_for()
    {
        CodeHost.SkipUnless("ssh", "-V");
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var git = await GitAsync(null, options => options.GitAnswerSeconds = 1);
        var (_, rejected) = await git.PinAsync(new GitSource($"ssh://git@localhost:{((IPEndPoint)silent.LocalEndpoint).Port}/a.git"), "key", Ct);
        rejected!.Code.ShouldBe("function.git-unreachable");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repository_that_is_too_large_is_given_up(bool isPacked)
    {
        CodeHost.SkipUnless("git", "--version");
        var repository = await TestRepository.CreateAsync(_folder);
        // Zeros are small on the way, and large where they lie.
        var commit = await repository.CommitAsync("data.bin", isPacked ? new byte[8 << 20] : RandomNumberGenerator.GetBytes(8 << 20));
        await using var server = await HttpsGitServer.StartAsync(_folder);
        var git = await GitAsync(server, options => options.GitMegabytes = 2);
        var failure = await Should.ThrowAsync<AttemptFailedException>(() => git.LayOutAsync(new GitSource(server.UrlOf("open", repository), Commit: commit), null, Out(), Ct));
        failure.Message.ShouldContain("takes more than 2 MiB");
        Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "data", "cache", "git")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_cache_keeps_what_was_used_last()
    {
        CodeHost.SkipUnless("git", "--version");
        var repository = await TestRepository.CreateAsync(_folder);
        var commits = new[]
        {
            await repository.CommitAsync("data.bin", RandomNumberGenerator.GetBytes(12 << 20)), await repository.CommitAsync("data.bin", RandomNumberGenerator.GetBytes(12 << 20)),
        };
        await using var server = await HttpsGitServer.StartAsync(_folder);
        var git = await GitAsync(server, options => options.CacheMegabytes = 16);
        foreach (var commit in commits) await git.LayOutAsync(new GitSource(server.UrlOf("open", repository), Commit: commit), null, Out(), Ct);
        Directory.EnumerateFiles(Path.Combine(_folder, "data", "cache", "git"), "*.tar").Count().ShouldBe(1);
    }

    [Theory]
    [InlineData("https://host/a.git?x=1")]
    [InlineData("https://host/a.git#b")]
    [InlineData("https://token@host/a.git")]
    [InlineData("https://user:token@host/a.git")]
    [InlineData("ssh://-oProxyCommand=id/a.git")]
    [InlineData("ssh://-oProxyCommand@host/a.git")]
    [InlineData("ssh://git:pw@host/a.git")]
    [InlineData("git@host:a.git")]
    [InlineData("https://good.example\\@127.0.0.1/a.git")]
    [InlineData("git://host/a.git")]
    [InlineData("ext::sh -c id")]
    [InlineData("--upload-pack=id")]
    [InlineData("file:///etc")]
    public void Addresses_that_could_be_taken_for_something_else_are_refused(string url) => GitAddress.Parse(url, []).Rejected!.Code.ShouldBe("function.git-url");

    [Theory]
    [InlineData("https://Host:443/team/a.git", "https://host/team/a.git")]
    [InlineData("https://host:8443/a b.git", "https://host:8443/a%20b.git")]
    [InlineData("ssh://git@host/a.git", "ssh://git@host/a.git")]
    [InlineData("ssh://git@[fe80::1]:2222/a.git", "ssh://git@[fe80::1]:2222/a.git")]
    public void Git_is_given_what_was_checked(string url, string text) => GitAddress.Parse(url, []).Address!.Text.ShouldBe(text);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Out() => Directory.CreateDirectory(Path.Combine(_folder, "out", $"{Guid.CreateVersion7():N}")).FullName;

    private async Task<GitRepositories> GitAsync(HttpsGitServer? server, Action<FunctionsOptions> set)
    {
        var options = new FunctionsOptions { GitHosts = ["localhost"] };
        if (server is not null) await File.WriteAllTextAsync(options.GitCaFile = Path.Combine(_folder, "ca.pem"), server.Authority, Ct);
        set(options);
        return new GitRepositories(new MeshOptions { DataPath = Path.Combine(_folder, "data") }, Options.Create(options), TimeProvider.System);
    }
}
