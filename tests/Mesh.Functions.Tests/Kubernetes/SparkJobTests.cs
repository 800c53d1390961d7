using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Profiles;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>Spark applications on a cluster with the Spark operator. Drivers really run, as scripts of the shell.</summary>
public sealed class SparkJobTests : IAsyncLifetime
{
    private ClusterHost _host = null!;

    private ClusterServer Cluster => _host.Cluster;

    public async ValueTask InitializeAsync() => _host = await ClusterHost.StartAsync(null, ("Functions:Profiles:here:Executor", "process"));

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task An_application_runs_to_its_end_with_the_code_of_its_function_and_the_logs_of_all_its_pods()
    {
        var job = await SubmitAsync(
            "echo counting $1 to $MESH_PARAM_TOP; echo words > words.txt; until [ -e done ]; do sleep 0.1; [ $((n=${n:-0}+1)) -gt 30 ] && touch done; done; echo counted",
            new SparkSpec(SparkType.Python, "count.py", "3.5.3", Arguments: ["words"], Executor: new(Instances: 2)));
        var ended = await UntilAsync(job, JobStatus.Succeeded);
        var lines = Lines(ended);
        lines.Where(line => line.StartsWith("[driver] ", StringComparison.Ordinal)).ShouldBe(["[driver] counted", "[driver] counting words to 7"]);
        lines.ShouldContain("[executor-1] executor 1 is up");
        lines.ShouldContain("[executor-2] executor 2 is up");
        ended.Attempts.ShouldHaveSingleItem().ExitCode.ShouldBe(0);
        await NothingIsLeftAsync();
        Cluster.Misfits.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_driver_that_fails_is_the_cause()
    {
        var job = await SubmitAsync("echo AnalysisException: no table words; exit 4");
        var ended = await UntilAsync(job, JobStatus.Failed);
        (ended.Cause, ended.Attempts[0].ExitCode).ShouldBe(("driver: AnalysisException: no table words (exit code 4)", 4));
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_cannot_be_submitted_to_Spark_says_why()
    {
        Cluster.RefuseSpark = "failed to run spark-submit: no such class org.example.Count";
        var job = await SubmitAsync("true");
        (await UntilAsync(job, JobStatus.Failed)).Cause.ShouldBe("The Spark application could not be submitted: failed to run spark-submit: no such class org.example.Count");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_abort_leaves_nothing()
    {
        var job = await SubmitAsync("echo up; exec sleep 300");
        await Eventually.Holds(() => Lines(job).ShouldBe(["[driver] up", "[executor-1] executor 1 is up"]), TimeSpan.FromSeconds(40));
        (await _host.Functions.Editor.PostAsync($"{_host.Functions.Jobs}/{job.Id}/abort", null)).EnsureSuccessStatusCode();
        await UntilAsync(job, JobStatus.Aborted);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_no_attempt_owns_is_removed()
    {
        var job = await SubmitAsync("echo up; exec sleep 300");
        await Eventually.Holds(() => Lines(job).ShouldContain("[driver] up"), TimeSpan.FromSeconds(40));
        var own = AttemptLabels.NameOf(job.Id.ToString(), 1);
        var orphan = Cluster.Store.Find("sparkapplications", own)!;
        orphan["metadata"]!["name"] = "orphan";
        orphan["metadata"]!["labels"]!["mesh/job"] = Guid.NewGuid().ToString();
        Cluster.Store.Create("sparkapplications", orphan);
        var sweep = _host.Functions.Host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<ClusterSweep>().Single();
        await sweep.RunOnceAsync(_host.Functions.Host.Service<ProfileRegistry>().Default, default);
        await Eventually.Holds(() => Cluster.Store.List("sparkapplications").Select(a => a["metadata"]!["name"]!.GetValue<string>()).ShouldBe([own]), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_cluster_without_the_operator_says_so()
    {
        Cluster.Missing.Add("sparkapplications");
        var job = await SubmitAsync("true");
        (await UntilAsync(job, JobStatus.Failed)).Cause.ShouldBe("The cluster of the profile 'cluster' has no sparkapplications: the Spark operator is not installed there");
    }

    [Theory]
    [InlineData("here", false, "job.spark-profile")]
    [InlineData(null, true, "job.spark-resources")]
    public async Task What_could_only_fail_is_refused_when_it_is_submitted(string? profile, bool withResources, string code)
    {
        await DefineAsync("true");
        var body = new SubmitJob("count") { Profile = profile, Resources = withResources ? new JobResources(Cpus: 1) : null };
        using var answer = await _host.Functions.Editor.PostAsJsonAsync(_host.Functions.Jobs, body, MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await answer.Content.ReadAsStringAsync()).ShouldContain(code);
    }

    [Fact]
    public async Task It_is_part_of_the_version_of_its_function_and_of_comparisons()
    {
        await DefineAsync("true");
        await DefineAsync("true", new SparkSpec(SparkType.Python, "count.py", "3.5.3", Executor: new(Instances: 4)));
        var shown = await _host.Functions.Editor.GetFromJsonAsync<FunctionInfo>($"{_host.Functions.Functions}/count", MeshJson.Strict);
        (shown!.Version, shown.Spark!.Executor!.Instances).ShouldBe((2, 4));
        (await _host.Functions.Editor.GetStringAsync($"{_host.Functions.Functions}/count/diff?from=1&to=2")).ShouldContain("spark.executor.instances");
    }

    private async Task DefineAsync(string script, SparkSpec? spark = null)
    {
        var definition = new DefineFunction(FunctionKind.Process, Files: [new CodeFile("count.py", script)], Params: new() { ["top"] = "7" }) { Spark = spark ?? new(SparkType.Python, "count.py", "3.5.3") };
        using var answer = await _host.Functions.Editor.PutAsJsonAsync($"{_host.Functions.Functions}/count", definition, MeshJson.Strict);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    private async Task<JobInfo> SubmitAsync(string script, SparkSpec? spark = null)
    {
        await DefineAsync(script, spark);
        return await _host.Functions.SubmitAsync(new SubmitJob("count"));
    }

    private async Task<JobInfo> UntilAsync(JobInfo job, JobStatus status)
    {
        try
        {
            return await _host.Functions.UntilAsync(job.Id, status, 60);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"log: {_host.Functions.Peers.LogOf(job.Id)}; misfits: {string.Join("; ", Cluster.Misfits)}", e);
        }
    }

    /// <summary>The lines of the log in the order of the alphabet, but those of what the program waits for.</summary>
    private List<string> Lines(JobInfo job) => [.. _host.Functions.Peers.LogOf(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith("[mesh] ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private Task NothingIsLeftAsync() => Eventually.Holds(
        () => new[] { "sparkapplications", "secrets", "pods" }.SelectMany(Cluster.Store.List).Select(o => o["metadata"]!["name"]!.GetValue<string>()).ShouldBeEmpty(), TimeSpan.FromSeconds(10));
}
