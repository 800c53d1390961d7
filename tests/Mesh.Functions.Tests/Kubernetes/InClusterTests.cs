using System.Diagnostics;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Doubles;
using Mesh.Functions.Tests.Kubernetes.StandIn;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>
/// A service in a pod of the cluster: all that it knows of its API is what a pod is told, by variables and the files of its service account. Those lie where they lie in a
/// pod, which takes a file system of the service's own (<c>unshare</c>, by root).
/// </summary>
public sealed class InClusterTests : IAsyncLifetime
{
    private const string Account = "/run/secrets/kubernetes.io/serviceaccount";
    private readonly TestAuthority _authority = new();
    private readonly string _account = Directory.CreateTempSubdirectory("mesh-account-").FullName;
    private ServiceOnCluster _host = null!;

    public async ValueTask InitializeAsync() => _host = await ServiceOnCluster.CreateAsync(_authority.OfServer());

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_account, recursive: true);
    }

    [Fact]
    public async Task A_profile_that_names_no_cluster_is_of_the_one_that_the_service_runs_in()
    {
        await SkipUnlessAsync();
        await WriteAsync(ClusterServer.Token, _authority.Pem);
        await StartAsync();
        var job = await _host.Service.ShellAsync("echo in the cluster");
        (await _host.Service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        _host.Service.Peers.LogOf(job.Id).ShouldBe("in the cluster\n");
        await _host.NothingIsLeftAsync();
        _host.Cluster.Misfits.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_that_the_cluster_does_not_know_is_told()
    {
        await SkipUnlessAsync();
        await WriteAsync("of another account", _authority.Pem);
        await StartAsync();
        var job = await _host.Service.ShellAsync("true", attempts: 1);
        (await _host.Service.UntilAsync(job.Id, JobStatus.Failed)).Cause.ShouldBe("The cluster of the profile 'cluster' does not know Mesh (401 Unauthorized): Unauthorized");
    }

    private static async Task SkipUnlessAsync()
    {
        var can = false;
        if (OperatingSystem.IsLinux())
        {
            using var trial = Process.Start(new ProcessStartInfo("sh", ["-c", "unshare -m true"]) { RedirectStandardError = true })!;
            await trial.WaitForExitAsync();
            can = trial.ExitCode == 0;
        }

        Assert.SkipUnless(can, "needs a file system of its own");
    }

    private async Task WriteAsync(string token, string authority)
    {
        foreach (var (name, text) in ((string, string)[])[("token", token), ("ca.crt", authority), ("namespace", ClusterServer.Namespace)]) await File.WriteAllTextAsync(Path.Combine(_account, name), text);
    }

    private Task StartAsync()
    {
        _host.Service.Starter = ["unshare", "-m", "sh", "-c", $"mount -t tmpfs tmpfs /run && mkdir -p {Account} && mount --bind \"$0\" {Account} && exec \"$@\"", _account];
        var at = new Uri(_host.Cluster.Address);
        return _host.StartAsync(
            ("Functions__Profiles__cluster__ApiServer", ""), ("Functions__Profiles__cluster__TokenFile", ""), ("KUBERNETES_SERVICE_HOST", at.Host), ("KUBERNETES_SERVICE_PORT", $"{at.Port}"));
    }
}
