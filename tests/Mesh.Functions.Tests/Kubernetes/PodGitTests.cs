using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Code.Git;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>Code from git in pods, from a server of https that asks for a user and whose authority only the operator knows.</summary>
public sealed class PodGitTests : IAsyncLifetime
{
    private readonly string _token = Path.GetTempFileName();
    private ClusterServer _cluster = null!;
    private JobGateway _gateway = null!;
    private GitHost _git = null!;

    public async ValueTask InitializeAsync()
    {
        (_cluster, _gateway) = (await ClusterServer.StartAsync(), await JobGateway.StartAsync());
        ClusterHost.Prepare(_cluster);
        _git = new GitHost { Settings = [.. ClusterHost.Settings(_cluster, _gateway.Address, _token)] };
        await ((IAsyncLifetime)_git).InitializeAsync();
        _gateway.Open(_git.Host);
    }

    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_git).DisposeAsync();
        await _gateway.DisposeAsync();
        await _cluster.DisposeAsync();
        File.Delete(_token);
    }

    [Fact]
    public async Task A_repository_opens_to_its_secret_in_the_stage_and_the_program_does_not_see_it()
    {
        var repository = await TestRepository.CreateAsync(_git.Served);
        await repository.CommitAsync("src/hello.sh", "env; echo closed\n");
        await _git.SecretAsync("GIT", $"{HttpsGitServer.User}:{HttpsGitServer.Token}");
        foreach (var distributed in (Distribution?[])[null, new(TrainingFramework.Plain, [new("worker", 2)])])
        {
            var ended = await _git.RunAsync(new DefineFunction(FunctionKind.Process, ["sh", "src/hello.sh"])
            {
                Git = new GitSource(_git.Server.UrlOf("closed", repository)) { Secret = "GIT" },
                Distributed = distributed,
            });
            var log = await _git.LogAsync(ended);
            ended.Status.ShouldBe(JobStatus.Succeeded, $"{ended.Cause}\n{log}");
            log.ShouldContain("closed\n");
            log.ShouldNotContain(HttpsGitServer.Token);
        }

        _git.Server.Entries.ShouldBeGreaterThan(0);
        _cluster.Misfits.ShouldBeEmpty();
        foreach (var body in _cluster.AppliedJobs) body.ShouldNotContain(HttpsGitServer.Token);
        await Eventually.Holds(() => _cluster.Store.List("secrets").ShouldBeEmpty(), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Only_the_stage_has_the_files_and_a_secret_that_is_gone_is_told()
    {
        var repository = await TestRepository.CreateAsync(_git.Served);
        await _git.SecretAsync("GIT", $"{HttpsGitServer.User}:{HttpsGitServer.Token}");
        await _git.RunAsync(new DefineFunction(FunctionKind.Process, ["true"]) { Git = new GitSource(_git.Server.UrlOf("closed", repository)) { Secret = "GIT" } });
        var pod = System.Text.Json.Nodes.JsonNode.Parse(_cluster.AppliedJobs.Last())!["spec"]!["template"]!["spec"]!;
        IEnumerable<string> MountsOf(System.Text.Json.Nodes.JsonNode container) => container["volumeMounts"]!.AsArray().Select(mount => mount!["mountPath"]!.GetValue<string>());
        MountsOf(pod["initContainers"]![0]!).ShouldBe([PodPlan.Root, PodPlan.GitFolder]);
        MountsOf(pod["containers"]![0]!).ShouldBe([PodPlan.Root]);

        await _git.Mesh.Functions.DefineAsync("later", new DefineFunction(FunctionKind.Process, ["true"]) { Git = new GitSource(_git.Server.UrlOf("closed", repository)) { Secret = "GIT" } });
        using var gone = await _git.Host.ClientForAdmin().DeleteAsync($"/api/v1/projects/{_git.Project}/secrets/GIT");
        gone.EnsureSuccessStatusCode();
        (await _git.RunAsync(new SubmitJob("later"))).Cause!.ShouldContain("GIT");
    }
}
