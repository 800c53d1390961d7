using System.Globalization;
using Mesh.Artifacts.Sources;
using Mesh.Hosting.Http;
using Npgsql;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Makes the profiles of what is in the queue, one at a time. A reader who comes first has the profile made at once; the queue then finds it there.
/// </summary>
internal sealed class ProfileWorker(ProfileQueue queue, DatasetCatalog catalog, Profiles profiles, ProfileNews news, ILogger<ProfileWorker> log)
{
    /// <summary>How often the profile of a version is begun before only a reader asks for it. What takes the process with it counts, too.</summary>
    public const int MostTries = 5;

    // Longer than a fault that may pass is remembered.
    private static readonly TimeSpan FaultPause = TimeSpan.FromMinutes(11);

    /// <summary>Works on one version.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        await using var taken = await queue.TakeAsync(ct);
        if (taken is null) return false;
        var queued = taken.Queued;
        if (queued.Tries > MostTries)
        {
            log.LogError("The profile of version {Version} of data set {Key} in {Project} was given up after {Tries} tries", queued.Version, queued.Key, queued.Project, MostTries);
            await queue.RemoveAsync(queued, ct);
            return true;
        }

        try
        {
            var known = await MakeAsync(queued, ct);
            if (known is not null) await news.TellAsync(queued.Project, queued.Key, queued.Version, known, ct);
            if (known is { Fault: { } fault } && fault.Code != FaultOf.Unreadable)
            {
                log.LogWarning("The profile of version {Version} of data set {Key} in {Project} was not made: {Reason}", queued.Version, queued.Key, queued.Project, fault.Detail);
                await queue.PutOffAsync(queued, FaultPause, counts: true, ct);
            }
            else
            {
                await queue.RemoveAsync(queued, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // A stop is no fault of the file.
            await queue.PutOffAsync(queued, TimeSpan.Zero, counts: false, CancellationToken.None);
            throw;
        }
        catch (Exception e) when (e is not NpgsqlException)
        {
            log.LogWarning(e, "The profile of version {Version} of data set {Key} in {Project} was not made", queued.Version, queued.Key, queued.Project);
            await queue.PutOffAsync(queued, TimeSpan.FromSeconds(10 << queued.Tries), counts: true, ct);
            await news.TellAsync(queued.Project, queued.Key, queued.Version, ProfileNews.Failed(e), ct);
        }

        return true;
    }

    /// <returns>Null where there is nothing to be made: the version is gone, or its form is none that is read.</returns>
    private async Task<Known?> MakeAsync(QueuedProfile queued, CancellationToken ct)
    {
        Dataset dataset;
        try
        {
            dataset = await catalog.FindAsync(queued.Project, queued.Key, queued.Version.ToString(CultureInfo.InvariantCulture), ct);
        }
        catch (RejectedException)
        {
            return null;
        }

        // What lies elsewhere has no profile that is kept: it is made for who reads it.
        if (dataset.Format is not { } format || VersionContent.IsElsewhere(dataset.Version.Source)) return null;
        return await profiles.EnsureAsync(dataset.Version, format, catalog.Opening(queued.Project, dataset.Version), ct);
    }
}
