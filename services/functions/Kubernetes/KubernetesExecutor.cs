using System.Net;
using k8s.Models;
using Mesh.Functions.Code;
using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Inputs;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// Runs an attempt as a Kubernetes job of one pod. The job is named by the attempt, so that it is made once: who finds it there, after a restart of this
/// service too, follows it.
/// </summary>
internal sealed class KubernetesExecutor(
    Clusters clusters, InputStage inputs, IJobMesh mesh, KeptPods kept, IOptions<FunctionsOptions> options, TimeProvider clock, ILogger<KubernetesExecutor> log) : IExecutor
{
    private const string PackageFile = "requirements.txt";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    public bool StagesHere => false;

    public bool OutlivesService => true;

    public bool Serves(Profile profile) => profile.Executor == Contracts.Functions.ProfileExecutor.Kubernetes;

    public bool Runs(Profile profile, Job job, FunctionContent? content) => Serves(profile) && job.Work.Distributed is null && content?.Spark is null;

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        var cluster = clusters.Of(execution.Profile);
        var name = AttemptLabels.NameOf(execution.Job.Id, execution.Number);
        ExecutionEnd? end = null;
        try
        {
            cluster.Watch();
            end = execution.IsLeft ? await ResumeAsync(cluster, name, execution, stop) : await BeginAsync(cluster, execution, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            end = null;
        }
        catch (ClusterException e)
        {
            end = new ExecutionEnd(null, Refused(cluster, e));
        }
        finally
        {
            if (end is not null ? await kept.IsOursAsync(execution) : !execution.IsToLeave()) await RemoveAsync(cluster, name, execution);
        }

        return end;
    }

    public async Task<LeftAttempt?> FindLeftAsync(Profile profile, AttemptKey key, Job job, AttemptFolder folder, CancellationToken ct)
    {
        if (await kept.FindAsync(key, folder, ct) is not { } left) return null;
        if (left.State.End is not null) return left.With(hasEnded: true);
        try
        {
            var cluster = clusters.Of(profile);
            var made = await cluster.Api.FindAsync<V1Job>(cluster.PathOf(Cluster.JobResource, AttemptLabels.NameOf(job.Id, key.Attempt)), ct);
            if (made is null || made.Metadata.DeletionTimestamp is not null || !await IsOursAsync(cluster, made, ct)) return null;
            var (pods, _) = await cluster.Api.ListAsync<V1Pod>(cluster.PathOf(Cluster.PodResource), await cluster.SelectorAsync(ct), ct);
            var pod = pods.FirstOrDefault(pod => IsOf(made, pod));
            var hasEnded = pod is null ? JobReading.IsComplete(made) || JobReading.FailureOf(made) is not null : PodReading.Of(pod) is { MainEnded: true } or { End: not null };
            return pod is not null || hasEnded ? left.With(hasEnded) : null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A cluster that is away, or lets nobody in because its credentials have changed, has not said that the job is gone.
            throw new IOException(e.Message, e);
        }
    }

    private async Task<ExecutionEnd> BeginAsync(Cluster cluster, AttemptExecution execution, CancellationToken stop)
    {
        var places = await inputs.FindPlacesAsync(execution.Project, execution.Job, PodWork(execution), stop);
        var plan = await PlanAsync(execution, await cluster.Installation.IdAsync(stop), places, stop);
        var record = await kept.BeginAsync(execution, stop);
        var job = await MakeAsync(cluster, plan, execution, stop);
        return await new PodFollower(cluster, plan, job, execution, record, clock).RunAsync(stop);
    }

    /// <summary>Follows a job that an earlier service has made. It is not made again: what it did would be done twice.</summary>
    private async Task<ExecutionEnd> ResumeAsync(Cluster cluster, string name, AttemptExecution execution, CancellationToken stop)
    {
        var record = await kept.ResumeAsync(execution, stop);
        if (record?.State.End is { } end) return record.Ended(end);
        var job = await ClusterRetry.WaitOutAsync(
            () => cluster.Api.FindAsync<V1Job>(cluster.PathOf(Cluster.JobResource, name), stop), e => log.ClusterAway(cluster.Profile.Name, e.Message), stop);
        if (record is null || job is null || !await IsOursAsync(cluster, job, stop)) return new ExecutionEnd(null, "The Kubernetes job was deleted by somebody else") { Code = CauseCode.Deleted };
        var hasPackages = job.Spec.Template.Spec.InitContainers?.Any(container => container.Name == PodPlan.Packages) == true;
        var plan = PodPlan.Of(execution, await cluster.Installation.IdAsync(stop), new Dictionary<string, string>(), hasPackages);
        return await new PodFollower(cluster, plan, job, execution, record, clock).RunAsync(stop);
    }

    private static async Task<bool> IsOursAsync(Cluster cluster, V1Job job, CancellationToken ct) =>
        job.Metadata.Labels?.TryGetValue(AttemptLabels.Installation, out var whose) == true && whose == await cluster.Installation.IdAsync(ct);

    private static bool IsOf(V1Job job, V1Pod pod) => pod.Metadata.OwnerReferences?.Any(owner => owner.Uid == job.Metadata.Uid) == true;

    public async Task EndLeftoversAsync(Profile profile, string jobId, int next, CancellationToken ct)
    {
        var cluster = clusters.Of(profile);
        var selector = $"{await cluster.SelectorAsync(ct)}{Uri.EscapeDataString($",{AttemptLabels.Job}={jobId}")}";
        var path = cluster.PathOf(Cluster.JobResource);
        var (left, _) = await ClusterRetry.WaitOutAsync(() => cluster.Api.ListAsync<V1Job>(path, selector, ct), e => log.ClusterAway(profile.Name, e.Message), ct);
        foreach (var job in left.Where(j => AttemptLabels.Read(j.Metadata.Labels)?.Attempt < next))
            await DeleteAsync(cluster, job.Metadata.Name, job.Metadata.Uid, ct);
    }

    /// <summary>
    /// Makes the job while nothing of it runs, then its secret, which goes when the job goes, and lets it run. Whoever dies in between leaves a job that
    /// never runs. One that is there already is taken as it is.
    /// </summary>
    private async Task<V1Job> MakeAsync(Cluster cluster, PodPlan plan, AttemptExecution execution, CancellationToken ct)
    {
        var (path, api) = (cluster.PathOf(Cluster.JobResource, plan.Name), cluster.Api);
        if (await AskAsync(() => api.FindAsync<V1Job>(path, ct)) is { } there)
        {
            if (there.Metadata.Labels?.TryGetValue(AttemptLabels.Installation, out var whose) != true || whose != plan.Labels[AttemptLabels.Installation])
                throw new ClusterException(HttpStatusCode.Conflict, "AlreadyExists", $"there is a job '{plan.Name}' that is not of this installation");
            if (there.Spec.Suspend != true) return there;
        }

        var job = await ApplyAsync(JobManifest.Job(plan, isSuspended: true));
        foreach (var secret in JobManifest.Secrets(plan, job))
            await AskAsync(() => api.ApplyAsync(cluster.PathOf(Cluster.SecretResource, secret.Metadata.Name), secret, force: true, ct));
        return await ApplyAsync(JobManifest.Job(plan, isSuspended: false));

        async Task<V1Job> ApplyAsync(V1Job body)
        {
            try
            {
                return await AskAsync(() => api.ApplyAsync(path, body, force: false, ct));
            }
            catch (ClusterException e) when (e.Status == HttpStatusCode.Conflict)
            {
                // Its name and its labels are this attempt's: whoever else has set a field of it, such as a queue of the cluster, does so again where it needs to.
                log.FieldsTaken(plan.Name, e.Message);
                return await AskAsync(() => api.ApplyAsync(path, body, force: true, ct));
            }
        }

        Task<T> AskAsync<T>(Func<Task<T>> ask) => ClusterRetry.WaitOutAsync(ask, e =>
        {
            log.ClusterAway(cluster.Profile.Name, e.Message);
            execution.Output.Note($"The cluster cannot be reached; it is tried again: {e.Message}");
        }, ct);
    }

    /// <summary>Removes what was made, and waits until nothing of it runs any more, or the cluster was away for too long: then the sweep removes it later.</summary>
    private async Task RemoveAsync(Cluster cluster, string name, AttemptExecution execution)
    {
        using var limit = cluster.RemovalLimit();
        try
        {
            await DeleteAsync(cluster, name, null, limit.Token);
        }
        catch (OperationCanceledException)
        {
            log.NotRemoved(name, cluster.Profile.Name, cluster.NotRemoved);
            execution.Output.Note($"The Kubernetes job {name} may still run: {cluster.NotRemoved}.");
        }
        catch (ClusterException e)
        {
            log.NotRemoved(name, cluster.Profile.Name, e.Message);
            execution.Output.Note($"The Kubernetes job {name} could not be removed: {e.Message}");
        }
    }

    private async Task DeleteAsync(Cluster cluster, string name, string? uid, CancellationToken ct)
    {
        var path = cluster.PathOf(Cluster.JobResource, name);
        var grace = (int)Math.Ceiling(options.Value.GraceSeconds);
        if (!await ClusterRetry.WaitOutAsync(() => cluster.Api.DeleteAsync(path, "Foreground", grace, uid, ct), e => log.ClusterAway(cluster.Profile.Name, e.Message), ct)) return;
        for (var looks = 0; ; looks++)
        {
            var left = await ClusterRetry.WaitOutAsync(() => cluster.Api.FindAsync<V1Job>(path, ct), null, ct);
            if (left is null || (uid is not null && left.Metadata.Uid != uid)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(Look.TotalMilliseconds, 50 * (looks + 1))), ct);
        }
    }

    /// <summary>Whether Python packages are to be installed. Code from git is not looked at here: its function lists them.</summary>
    private async Task<bool> HasPackagesAsync(AttemptExecution execution, CancellationToken ct)
    {
        if (execution.Content is not { } content) return false;
        if (content.Requirements is { } listed) return listed.Count > 0;
        if (content.Files.Any(file => file.Path == PackageFile)) return true;
        if (content.Bundle is not { } bundle) return false;
        using var client = mesh.Open(execution.Project, execution.Job.Id);
        await foreach (var file in client.Project().Artifacts.FilesAsync(bundle.Key, $"{bundle.Version}", ct: ct))
            if (file.Path == PackageFile) return true;
        return false;
    }

    /// <summary>What the pods of an attempt are made from.</summary>
    /// <param name="places">Paths of inputs by variable.</param>
    public async Task<PodPlan> PlanAsync(AttemptExecution execution, string installation, IReadOnlyDictionary<string, string> places, CancellationToken ct) =>
        PodPlan.Of(execution, installation, places, await HasPackagesAsync(execution, ct)) with { GitFiles = await PodGit.FilesAsync(execution, options.Value, ct) };

    /// <summary>The working folder as pods see it.</summary>
    public static string PodWork(AttemptExecution execution) => new AttemptFolder(PodPlan.Root, execution.Project, execution.Job.Id, execution.Number, null).Work;

    /// <summary>Why a cluster did not take a job, in a sentence.</summary>
    public static string Refused(Cluster cluster, ClusterException e) => e.Status switch
    {
        HttpStatusCode.Forbidden => $"The cluster of the profile '{cluster.Profile.Name}' does not let Mesh run the job (403 Forbidden): {e.Message}",
        HttpStatusCode.Unauthorized => $"The cluster of the profile '{cluster.Profile.Name}' does not know Mesh (401 Unauthorized): {e.Message}",
        _ => $"The cluster of the profile '{cluster.Profile.Name}' refused the job ({(int)e.Status} {e.Reason}): {e.Message}",
    };
}

internal static partial class KubernetesExecutorLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The cluster of profile {Profile} cannot be reached; it is tried again: {Reason}")]
    public static partial void ClusterAway(this ILogger logger, string profile, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Somebody else had set fields of job {Name}, which are taken back: {Reason}")]
    public static partial void FieldsTaken(this ILogger logger, string name, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Name} of profile {Profile} could not be removed: {Reason}")]
    public static partial void NotRemoved(this ILogger logger, string name, string profile, string reason);
}
