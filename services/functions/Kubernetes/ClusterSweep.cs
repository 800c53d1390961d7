using k8s.Models;
using Mesh.Functions.Kubernetes.Custom;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// Removes from clusters what this installation has made there and no held attempt owns: after a crash, or where an object could not be removed at its end.
/// At start and every minute.
/// </summary>
internal sealed class ClusterSweep(Clusters clusters, IEnumerable<ICustomKind> kinds, ProfileRegistry profiles, JobQueue queue, IOptions<FunctionsOptions> options, ILogger<ClusterSweep> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var all = profiles.All.Where(p => p.Executor == Contracts.Functions.ProfileExecutor.Kubernetes).ToList();
        if (!options.Value.RunsJobs || all.Count == 0) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var profile in all)
            {
                try
                {
                    await RunOnceAsync(profile, stoppingToken);
                }
                catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    log.SweepFailed(profile.Name, e.Message);
                }
            }

            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Removes what nobody owns in one profile's cluster.</summary>
    public async Task RunOnceAsync(Profile profile, CancellationToken ct)
    {
        var cluster = clusters.Of(profile);
        var selector = await cluster.SelectorAsync(ct);
        var found = new List<(string Path, V1ObjectMeta Metadata)>();
        var (made, _) = await cluster.Api.ListAsync<V1Job>(cluster.PathOf(Cluster.JobResource), selector, ct);
        found.AddRange(made.Select(one => (cluster.PathOf(Cluster.JobResource, one.Metadata.Name), one.Metadata)));
        foreach (var resource in kinds.SelectMany(kind => kind.Resources))
            found.AddRange((await CustomObject.ListAsync(cluster, resource, selector, ct)).Select(one => (cluster.PathOf(resource, one.Metadata.Name), one.Metadata)));
        if (found.Count == 0) return;
        // After the list: an attempt that begins meanwhile is held before it makes anything.
        var jobs = await queue.ReadJobsAsync([.. found.Select(o => AttemptLabels.Read(o.Metadata.Labels)?.JobId).OfType<string>().Distinct(StringComparer.Ordinal)], ct);
        foreach (var (path, metadata) in found)
        {
            if (AttemptLabels.Read(metadata.Labels) is not var (_, jobId, attempt)) continue;
            if (jobs.TryGetValue(jobId, out var job) && job.IsHeld && attempt >= job.LastAttempt) continue;
            log.Swept(metadata.Name, profile.Name);
            await cluster.Api.DeleteAsync(path, "Background", null, metadata.Uid, ct);
        }
    }
}

internal static partial class ClusterSweepLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Name} in the cluster of profile {Profile} belonged to no attempt that runs, and was removed")]
    public static partial void Swept(this ILogger logger, string name, string profile);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is left in the cluster of profile {Profile} cannot be looked for: {Reason}")]
    public static partial void SweepFailed(this ILogger logger, string profile, string reason);
}
