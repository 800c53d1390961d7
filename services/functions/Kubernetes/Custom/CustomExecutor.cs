using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using k8s.Models;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Distributed;
using Mesh.Functions.Execution;
using Mesh.Functions.Inputs;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Kubernetes.Custom;

/// <summary>
/// Runs jobs on a cluster as custom resources, which an operator turns into pods. The resource is named by the attempt: who finds it there, after a restart of this service too,
/// follows it. A gang is started again as a whole, as on one machine, by whoever follows it then.
/// </summary>
internal sealed class CustomExecutor(
    ICustomKind kind, Clusters clusters, InputStage inputs, KubernetesExecutor jobs, KeptPods kept, IOptions<FunctionsOptions> options, TimeProvider clock, ILoggerFactory logs) : IExecutor, IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<(string Profile, string Resource), ClusterWatch<CustomObject>> _watches = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly ILogger _log = logs.CreateLogger<CustomExecutor>();

    public bool StagesHere => false;

    public bool OutlivesService => true;

    public bool Serves(Profile profile) => profile.Executor == ProfileExecutor.Kubernetes;

    public bool Runs(Profile profile, Job job, FunctionContent? content) => Serves(profile) && kind.Is(profile, job, content);

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        var cluster = clusters.Of(execution.Profile);
        var resource = kind.ResourceOf(execution.Job);
        var path = cluster.PathOf(resource, AttemptLabels.NameOf(execution.Job.Id, execution.Number));
        PodRecord? record = null;
        IDisposable? counting = null;
        ExecutionEnd? end = null;
        try
        {
            cluster.Watch();
            record = execution.IsLeft ? await kept.ResumeAsync(execution, stop) : await kept.BeginAsync(execution, stop);
            return end = record is null ? Gone() : record.Ended(record.State.End ?? await FollowAsync(record));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return end = null;
        }
        catch (ClusterException e)
        {
            return end = new ExecutionEnd(null, e.Status == HttpStatusCode.NotFound
                ? $"The cluster of the profile '{cluster.Profile.Name}' has no {resource[(resource.LastIndexOf('/') + 1)..]}: the {kind.Operator} is not installed there"
                : KubernetesExecutor.Refused(cluster, e));
        }
        finally
        {
            counting?.Dispose();
            if (end is not null ? await kept.IsOursAsync(execution) : !execution.IsToLeave()) await RemoveAsync();
        }

        async Task<ExecutionEnd> FollowAsync(PodRecord record)
        {
            for (var isLeft = execution.IsLeft; ; isLeft = false)
            {
                var restart = record.State.Restart;
                var there = isLeft ? await AskAsync(() => cluster.Api.FindAsync<CustomObject>(path, stop)) : null;
                // What was made is not made again: what it did would be done twice.
                if (isLeft && (record.State.IsMade || restart == 0) && (there is null || RestartsOf(there) != restart)) return Gone();
                if (there is not null && RestartsOf(there) != restart) await DeleteAsync(cluster, path, there.Metadata.Uid, stop);
                var made = isLeft && record.State.IsMade ? there! : await MakeAsync(restart);
                record.Made();
                var one = await new CustomFollower(kind, cluster, WatchOf(cluster, resource), made, ReferenceEquals(made, there), execution, record, BeginAsync, clock).RunAsync(stop);
                if (one.IsSuccess) return one;
                // What the program did not do itself is the attempt's end: the job's own retries decide.
                if (one.ExitCode is null || restart >= kind.RestartsOf(execution.Job)) return DistributedExecutor.Told(execution, one, restart);
                record.Restart(restart + 1);
                record.Note($"{one.Cause}. The gang is started again from its checkpoint: {restart + 1} of {kind.RestartsOf(execution.Job)}.");
                await DeleteAsync(cluster, path, made.Metadata.Uid, stop);
            }
        }

        ExecutionEnd Gone() => new(null, $"The {resource[(resource.LastIndexOf('/') + 1)..]} of the attempt was deleted by somebody else") { Code = CauseCode.Deleted };

        void Note(string text)
        {
            if (record is null) execution.Output.Note(text);
            else record.Note(text);
        }

        async Task BeginAsync() => counting ??= await execution.BeginAsync!();

        async Task<CustomObject> MakeAsync(int restart)
        {
            var there = await AskAsync(() => cluster.Api.FindAsync<CustomObject>(path, stop));
            if (there is not null && RestartsOf(there) == restart && kind.IsUnderWay(there)) return there;
            var places = await inputs.FindPlacesAsync(execution.Project, execution.Job, KubernetesExecutor.PodWork(execution), stop);
            var pod = await jobs.PlanAsync(execution, await cluster.Installation.IdAsync(stop), places, stop);
            var basis = kind.BasisOf(execution) is { } wanted ? kind.FromBasis(execution, pod, restart, await FindAsync(wanted)) : null;
            await BaseAsync(null);
            var made = await AskAsync(() => cluster.Api.ApplyAsync(path, kind.Of(execution, pod, restart, isSuspended: true), force: true, stop));
            // From now on it goes when the resource goes.
            await BaseAsync([new V1OwnerReference { ApiVersion = made.ApiVersion, Kind = made.Kind, Name = made.Metadata.Name, Uid = made.Metadata.Uid }]);
            foreach (var secret in JobManifest.Secrets(pod, made))
                await AskAsync(() => cluster.Api.ApplyAsync(cluster.PathOf(Cluster.SecretResource, secret.Metadata.Name), secret, force: true, stop));
            return await AskAsync(() => cluster.Api.ApplyAsync(path, kind.Of(execution, pod, restart, isSuspended: false), force: true, stop));

            async Task BaseAsync(IList<V1OwnerReference>? owners)
            {
                if (basis is null) return;
                basis.Metadata.OwnerReferences = owners;
                await AskAsync(() => cluster.Api.ApplyAsync(cluster.PathOf(kind.BasisOf(execution)!.OfNamespace, basis.Metadata.Name), basis, force: true, stop));
            }
        }

        async Task<CustomObject> FindAsync(CustomBasis basis) =>
            await AskAsync(() => cluster.Api.FindAsync<CustomObject>(cluster.PathOf(basis.OfNamespace, basis.Name), stop))
            ?? await AskAsync(() => cluster.Api.FindAsync<CustomObject>($"{basis.OfCluster}/{basis.Name}", stop))
            ?? throw new AttemptFailedException(basis.Missing);

        async Task RemoveAsync()
        {
            using var limit = cluster.RemovalLimit();
            try
            {
                await DeleteAsync(cluster, path, null, limit.Token);
            }
            catch (OperationCanceledException)
            {
                Note($"What the attempt has made in the cluster may still run: {cluster.NotRemoved}.");
            }
            catch (ClusterException e) when (e.Status != HttpStatusCode.NotFound)
            {
                Note($"What the attempt has made could not be removed from the cluster: {e.Message}");
            }
        }

        Task<T> AskAsync<T>(Func<Task<T>> ask) => ClusterRetry.WaitOutAsync(ask, e =>
        {
            _log.ClusterAway(cluster.Profile.Name, e.Message);
            Note($"The cluster cannot be reached; it is tried again: {e.Message}");
        }, stop);
    }

    public async Task<LeftAttempt?> FindLeftAsync(Profile profile, AttemptKey key, Job job, AttemptFolder folder, CancellationToken ct)
    {
        if (await kept.FindAsync(key, folder, ct) is not { } left) return null;
        if (left.State.End is not null) return left.With(hasEnded: true);
        try
        {
            var cluster = clusters.Of(profile);
            var made = await cluster.Api.FindAsync<CustomObject>(cluster.PathOf(kind.ResourceOf(job), AttemptLabels.NameOf(job.Id, key.Attempt)), ct);
            if (made is not null && !await IsOursAsync(cluster, made, ct)) return null;
            // A gang that is between two starts is started again, whatever there is of the one before.
            var isThere = made is not null && made.Metadata.DeletionTimestamp is null && RestartsOf(made) == left.State.Restart;
            if (!isThere && (left.State.IsMade || left.State.Restart == 0)) return null;
            return left.With(hasEnded: isThere && kind.EndOf(made!.Status) is { } end && (end.IsSuccess || left.State.Restart >= kind.RestartsOf(job)));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It has not said that the resource is gone.
            throw new IOException(e.Message, e);
        }
    }

    public async Task EndLeftoversAsync(Profile profile, string jobId, int next, CancellationToken ct)
    {
        var cluster = clusters.Of(profile);
        var selector = $"{await cluster.SelectorAsync(ct)}{Uri.EscapeDataString($",{AttemptLabels.Job}={jobId}")}";
        foreach (var resource in kind.Resources)
        {
            foreach (var one in await CustomObject.ListAsync(cluster, resource, selector, ct))
                if (AttemptLabels.Read(one.Metadata.Labels)?.Attempt < next) await DeleteAsync(cluster, cluster.PathOf(resource, one.Metadata.Name), one.Metadata.Uid, ct);
        }
    }

    private ClusterWatch<CustomObject> WatchOf(Cluster cluster, string resource)
    {
        var watch = _watches.GetOrAdd(
            (cluster.Profile.Name, resource), _ => new ClusterWatch<CustomObject>(cluster.Api, cluster.PathOf(resource), cluster.SelectorAsync, clock, _log));
        watch.Begin(_closing.Token);
        return watch;
    }

    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
    }

    private static async Task<bool> IsOursAsync(Cluster cluster, CustomObject made, CancellationToken ct) =>
        made.Metadata.Labels?.TryGetValue(AttemptLabels.Installation, out var whose) == true && whose == await cluster.Installation.IdAsync(ct);

    private static int RestartsOf(CustomObject? found) =>
        found?.Metadata.Annotations?.TryGetValue(ICustomKind.RestartAnnotation, out var text) == true && int.TryParse(text, CultureInfo.InvariantCulture, out var restarts) ? restarts : 0;

    /// <summary>Removes a resource, and waits until nothing of it runs any more.</summary>
    private async Task DeleteAsync(Cluster cluster, string path, string? uid, CancellationToken ct)
    {
        var grace = (int)Math.Ceiling(options.Value.GraceSeconds);
        if (!await ClusterRetry.WaitOutAsync(() => cluster.Api.DeleteAsync(path, "Foreground", grace, uid, ct), e => _log.ClusterAway(cluster.Profile.Name, e.Message), ct)) return;
        for (var looks = 0; ; looks++)
        {
            var left = await ClusterRetry.WaitOutAsync(() => cluster.Api.FindAsync<CustomObject>(path, ct), null, ct);
            if (left is null || (uid is not null && left.Metadata.Uid != uid)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(Look.TotalMilliseconds, 50 * (looks + 1))), ct);
        }
    }
}
