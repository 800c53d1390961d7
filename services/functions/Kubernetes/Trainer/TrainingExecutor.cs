using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Distributed;
using Mesh.Functions.Execution;
using Mesh.Functions.Inputs;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>
/// Runs distributed jobs on a cluster as the resource of their framework, which Kubeflow's operators turn into pods. The resource is named by the attempt: who finds it there,
/// after a restart of this service too, follows it. The gang is started again as a whole, as on one machine.
/// </summary>
internal sealed class TrainingExecutor(
    Clusters clusters, InputStage inputs, KubernetesExecutor jobs, IOptions<FunctionsOptions> options, TimeProvider clock, ILoggerFactory logs) : IExecutor, IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<(string Profile, string Resource), ClusterWatch<TrainingObject>> _watches = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly ILogger _log = logs.CreateLogger<TrainingExecutor>();

    public bool StagesHere => false;

    public bool Serves(Profile profile) => profile.Executor == ProfileExecutor.Kubernetes;

    public bool Runs(Profile profile, Job job, FunctionContent? content) => Serves(profile) && job.Work.Distributed is not null;

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        var cluster = clusters.Of(execution.Profile);
        var distributed = execution.Job.Work.Distributed!;
        var resource = TrainingManifest.ResourceOf(distributed.Framework);
        var path = cluster.PathOf(resource, AttemptLabels.NameOf(execution.Job.Id, execution.Number));
        var log = new GangLog(execution.Output);
        IDisposable? counting = null;
        try
        {
            cluster.Watch();
            var places = await inputs.FindPlacesAsync(execution.Project, execution.Job, KubernetesExecutor.PodWork(execution), stop);
            var pod = PodPlan.Of(execution, await cluster.Installation.IdAsync(stop), places, await jobs.HasPackagesAsync(execution, stop));
            var found = await AskAsync(() => cluster.Api.FindAsync<TrainingObject>(path, stop));
            for (var restart = RestartsOf(found); ; restart++)
            {
                var made = await MakeAsync(new TrainingPlan(pod, distributed, restart));
                var success = GangPlan.Of(distributed, execution.Job.Work.Command).Success;
                var end = await new TrainingFollower(cluster, WatchOf(cluster, resource), pod, success, made, execution, log, BeginAsync, clock).RunAsync(stop);
                if (end.IsSuccess) return end;
                // What the program did not do itself is the attempt's end: the job's own retries decide.
                if (end.ExitCode is null || restart >= (distributed.MaxRestarts ?? 0)) return DistributedExecutor.Told(execution, end, restart);
                log.Note($"{end.Cause}. The gang is started again from its checkpoint: {restart + 1} of {distributed.MaxRestarts}.");
                await DeleteAsync(cluster, path, made.Metadata.Uid, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (ClusterException e)
        {
            return new ExecutionEnd(null, e.Status == HttpStatusCode.NotFound
                ? $"The cluster of the profile '{cluster.Profile.Name}' has no {resource[(resource.LastIndexOf('/') + 1)..]}: the training operator is not installed there"
                : KubernetesExecutor.Refused(cluster, e));
        }
        finally
        {
            counting?.Dispose();
            await RemoveAsync();
        }

        async Task BeginAsync() => counting ??= await execution.BeginAsync!();

        async Task<TrainingObject> MakeAsync(TrainingPlan plan)
        {
            var there = await AskAsync(() => cluster.Api.FindAsync<TrainingObject>(path, stop));
            if (there is not null && RestartsOf(there) == plan.Restart && there.Status?.Conditions is { Count: > 0 } conditions && conditions.All(c => c is not { Type: "Suspended", Status: "True" })) return there;
            var made = await AskAsync(() => cluster.Api.ApplyAsync(path, TrainingManifest.Of(plan, isSuspended: true), force: true, stop));
            foreach (var secret in JobManifest.Secrets(plan.Pod, made))
                await AskAsync(() => cluster.Api.ApplyAsync(cluster.PathOf(Cluster.SecretResource, secret.Metadata.Name), secret, force: true, stop));
            return await AskAsync(() => cluster.Api.ApplyAsync(path, TrainingManifest.Of(plan, isSuspended: false), force: true, stop));
        }

        async Task RemoveAsync()
        {
            try
            {
                await DeleteAsync(cluster, path, null, CancellationToken.None);
            }
            catch (ClusterException e) when (e.Status != HttpStatusCode.NotFound)
            {
                log.Note($"The training could not be removed from the cluster: {e.Message}");
            }
        }

        Task<T> AskAsync<T>(Func<Task<T>> ask) => ClusterRetry.WaitOutAsync(ask, e =>
        {
            _log.ClusterAway(cluster.Profile.Name, e.Message);
            log.Note($"The cluster cannot be reached; it is tried again: {e.Message}");
        }, stop);
    }

    public async Task EndLeftoversAsync(Profile profile, string jobId, int next, CancellationToken ct)
    {
        var cluster = clusters.Of(profile);
        var selector = $"{await cluster.SelectorAsync(ct)}{Uri.EscapeDataString($",{AttemptLabels.Job}={jobId}")}";
        foreach (var resource in TrainingManifest.Resources)
        {
            foreach (var one in await TrainingObject.ListAsync(cluster, resource, selector, ct))
                if (AttemptLabels.Read(one.Metadata.Labels)?.Attempt < next) await DeleteAsync(cluster, cluster.PathOf(resource, one.Metadata.Name), one.Metadata.Uid, ct);
        }
    }

    private ClusterWatch<TrainingObject> WatchOf(Cluster cluster, string resource)
    {
        var watch = _watches.GetOrAdd(
            (cluster.Profile.Name, resource), _ => new ClusterWatch<TrainingObject>(cluster.Api, cluster.PathOf(resource), cluster.SelectorAsync, clock, _log));
        watch.Begin(_closing.Token);
        return watch;
    }

    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
    }

    private static int RestartsOf(TrainingObject? found) =>
        found?.Metadata.Annotations?.TryGetValue(TrainingManifest.RestartAnnotation, out var text) == true && int.TryParse(text, CultureInfo.InvariantCulture, out var restarts) ? restarts : 0;

    /// <summary>Removes a resource, and waits until nothing of it runs any more.</summary>
    private async Task DeleteAsync(Cluster cluster, string path, string? uid, CancellationToken ct)
    {
        var grace = (int)Math.Ceiling(options.Value.GraceSeconds);
        if (!await ClusterRetry.WaitOutAsync(() => cluster.Api.DeleteAsync(path, "Foreground", grace, uid, ct), e => _log.ClusterAway(cluster.Profile.Name, e.Message), ct)) return;
        for (var looks = 0; ; looks++)
        {
            var left = await ClusterRetry.WaitOutAsync(() => cluster.Api.FindAsync<TrainingObject>(path, ct), null, ct);
            if (left is null || (uid is not null && left.Metadata.Uid != uid)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(Look.TotalMilliseconds, 50 * (looks + 1))), ct);
        }
    }
}
