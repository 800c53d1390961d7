using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Doubles;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>A service that dies while it follows pods.</summary>
public sealed class KilledFollowerTests : IAsyncLifetime
{
    private readonly string _token = Path.GetTempFileName();
    private ServiceProcess _service = null!;
    private ClusterServer _cluster = null!;
    private JobGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        (_service, _cluster, _gateway) = (await ServiceProcess.CreateAsync(), await ClusterServer.StartAsync(), await JobGateway.StartAsync());
        ClusterHost.Prepare(_cluster);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _gateway.DisposeAsync();
        await _cluster.DisposeAsync();
        File.Delete(_token);
    }

    [Fact]
    public async Task After_a_kill_the_pod_is_gone_before_the_next_attempt_has_one()
    {
        await StartAsync();
        // The lock is held by the program of an attempt: whoever finds it taken runs beside it.
        var trace = Path.Combine(_service.Folder, "trace");
        var script = $"exec 9> {trace}.lock; flock -n 9 || echo double >> {trace}; echo $MESH_ATTEMPT >> {trace}; echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] || sleep 300";
        var job = await _service.ShellAsync(script);
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe("up 1\n"), TimeSpan.FromSeconds(60));
        await _service.KillAsync();
        _cluster.Store.List("jobs").ShouldHaveSingleItem("it outlives the service");
        await StartAsync();
        var ended = await _service.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts[0].Cause!.ShouldContain("lost its lease");
        (await File.ReadAllLinesAsync(trace)).ShouldBe(["1", "2"]);
        _cluster.Runner.Begun[PodPlan.Main].ShouldBe(2);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_service_left_of_a_job_that_is_over_is_swept_at_the_next_start()
    {
        await StartAsync();
        var job = await _service.ShellAsync("echo up; sleep 300", attempts: 1);
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await _service.KillAsync();
        await StartAsync();
        (await _service.UntilAsync(job.Id, JobStatus.Failed)).Attempts.Count.ShouldBe(1);
        await NothingIsLeftAsync();
    }

    private async Task StartAsync()
    {
        await _service.StartAsync([.. ClusterHost.Settings(_cluster, _gateway.Address, _token).Where(s => s.Value is not null).Select(s => (s.Key.Replace(":", "__"), s.Value!))]);
        _gateway.To = (_service.Address, new IdentityTokens(KeyFile.ReadOrCreate(Path.Combine(_service.Folder, "keys"), "identity.key"), TimeProvider.System));
    }

    private Task NothingIsLeftAsync() => Eventually.Holds(
        () => new[] { "jobs", "secrets", "pods" }.SelectMany(_cluster.Store.List).Select(o => o["metadata"]!["name"]!.GetValue<string>()).ShouldBeEmpty(), TimeSpan.FromSeconds(20));
}
