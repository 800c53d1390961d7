using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>What runs on a cluster is gone on with by a service that has another folder, as on another machine or in a new container.</summary>
public sealed class OtherMachineTests : IAsyncLifetime
{
    private static readonly IEnumerable<string> Counted = Enumerable.Range(0, 80).Select(i => $"line {i}");
    private ServiceOnCluster _host = null!;
    private ServiceProcess _other = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await ServiceOnCluster.CreateAsync();
        _other = _host.Service.Beside();
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_a_machine_is_gone_another_goes_on_where_the_log_of_the_run_ends(bool isGang)
    {
        _host.Service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await _host.StartAsync();
        var job = await SubmitAsync(isGang);
        await HoldsAsync(job, isGang, 5);
        await MoveLeasesAsync();
        await _host.Service.KillAsync();
        _host.Service.Peers.Secrets["API_KEY"] = "changed-since";
        await _host.StartAsync(_other);
        await HoldsAsync(job, isGang, 39);
        await File.WriteAllTextAsync(_host.Go, "");
        var ended = await _other.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.Attempts.ShouldHaveSingleItem().Worker.ShouldEndWith($"-{_other.Id}");
        ShouldBeWhole(job, isGang);
        _host.Cluster.Runner.Begun[isGang ? "pytorch" : PodPlan.Main].ShouldBe(isGang ? 2 : 1);
        await _host.NothingIsLeftAsync();

        // What lies in the folder of the first machine was sent by the other one.
        await _host.StartAsync();
        await Eventually.Holds(() => Directory.GetFiles(Path.Combine(_host.Service.Folder, "data", "jobs", ServiceProcess.Project, job.Id.ToString())).ShouldBeEmpty(), TimeSpan.FromSeconds(20));
        ShouldBeWhole(job, isGang);
    }

    [Fact]
    public async Task One_that_was_only_silent_leaves_what_another_goes_on_with()
    {
        if (OperatingSystem.IsWindows()) return;
        _host.Service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await _host.StartAsync();
        var job = await SubmitAsync(isGang: false);
        await HoldsAsync(job, false, 5);
        await _host.StartAsync(_other);
        ProcessTable.Signal(_host.Service.Id, 19);
        await Eventually.Holds(async () => (await _other.UntilAsync(job.Id, JobStatus.Running)).Attempts[^1].Worker.ShouldEndWith($"-{_other.Id}"), TimeSpan.FromSeconds(60));
        ProcessTable.Signal(_host.Service.Id, 18);
        // It is told by its next heartbeat, and one after another.
        for (var beats = 0; beats < 2; beats++)
        {
            var seen = await _host.Service.SqlAsync(Seen);
            await Eventually.Holds(async () => (await _host.Service.SqlAsync(Seen)).ShouldNotBe(seen), TimeSpan.FromSeconds(30));
        }

        await HoldsAsync(job, false, 39);
        await File.WriteAllTextAsync(_host.Go, "");
        (await _other.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        ShouldBeWhole(job, isGang: false);
        await _host.NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_service_leaves_in_order_is_gone_on_with_at_once()
    {
        _host.Service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await _host.StartAsync(("Functions__KeepRunningSeconds", "600"));
        var job = await SubmitAsync(isGang: false);
        await HoldsAsync(job, false, 5);
        await _host.StartAsync(_other);
        await _host.Service.StopAsync();
        await HoldsAsync(job, false, 39);
        await File.WriteAllTextAsync(_host.Go, "");
        (await _other.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        ShouldBeWhole(job, isGang: false);
    }

    [Fact]
    public async Task Without_what_the_attempt_was_told_it_is_begun_again()
    {
        _host.Service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await _host.StartAsync();
        var job = await SubmitAsync(isGang: false);
        await HoldsAsync(job, false, 5);
        await MoveLeasesAsync();
        await _host.Service.KillAsync();
        // Another key: what lies with the lease does not open.
        await _host.StartAsync(_other, ("Mesh__KeyPath", Path.Combine(_other.Folder, "keys")));
        await File.WriteAllTextAsync(_host.Go, "");
        await Eventually.Holds(() => _host.Cluster.Runner.Begun.GetValueOrDefault(PodPlan.Stage).ShouldBe(2), TimeSpan.FromSeconds(60));
    }

    private string Seen => $"select seen_at from job_workers where worker like '%-{_host.Service.Id}'";

    private Task MoveLeasesAsync() => _host.Service.SqlAsync("update job_leases set scope = 'another machine'");

    private Task<JobInfo> SubmitAsync(bool isGang) => _host.SubmitAsync(new DefineFunction(
        FunctionKind.Process, ["sh", "main.sh"],
        Files: [new CodeFile("main.sh", $"i=0; while [ $i -lt 80 ]; do while [ $i = 40 ] && [ ! -e {_host.Go} ]; do sleep 0.05; done; echo line $i; i=$((i+1)); sleep 0.05; done; echo key=$API_KEY token=$MESH_TOKEN")],
        Secrets: ["API_KEY"])
    { Distributed = isGang ? new(TrainingFramework.Plain, [new("worker", 2)]) : null });

    private Task HoldsAsync(JobInfo job, bool isGang, int line) => _host.LogHoldsAsync(job, isGang ? [$"[master-0] line {line}", $"[worker-0] line {line}"] : [$"line {line}"]);

    private void ShouldBeWhole(JobInfo job, bool isGang)
    {
        string[] expected = [.. Counted, "key=*** token=***"];
        var lines = _host.Service.Peers.LogOf(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("[mesh] ", StringComparison.Ordinal)).ToList();
        if (!isGang) lines.ShouldBe(expected);
        else foreach (var label in (string[])["[master-0] ", "[worker-0] "]) lines.Where(line => line.StartsWith(label, StringComparison.Ordinal)).Select(line => line[label.Length..]).ShouldBe(expected);
    }
}
