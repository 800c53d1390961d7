using JasperFx;
using Marten;
using Marten.Exceptions;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Tells that a version was read, in a stream of its own: the artifact is as it was. It is told when the profile is kept and before the version leaves the queue, so perhaps twice.
/// </summary>
internal sealed class ProfileNews(IArtifactsStore store, TimeProvider clock, ILogger<ProfileNews> log)
{
    public static void Configure(StoreOptions options) => options.Events.MapEventType<DatasetEvent.Profiled>("dataset.profiled");

    public static IIntegrationEvent? ToIntegrationEvent(object data) =>
        data is DatasetEvent.Profiled e ? new DatasetProfiled(e.Key, e.Version, e.Rows, e.Columns, e.Fault) : null;

    /// <summary>Tells it as soon as it is known. Nobody waits for that.</summary>
    public void TellOf(string project, ArtifactVersion version, Task<Known> making) => _ = Task.Run(async () =>
    {
        try
        {
            await TellAsync(project, version.Key, version.Version, await OutcomeAsync(making), CancellationToken.None);
        }
        catch (Exception e)
        {
            log.LogWarning("That version {Version} of data set {Key} in {Project} was read could not be told: {Reason}", version.Version, version.Key, project, e.Message);
        }
    });

    /// <summary>What is known when a profile was not made: whoever waits for it asks again and sees why.</summary>
    public static Known Failed(Exception e) => new(null, null, new DatasetFault((e as RejectedException)?.Rejection.Code ?? "dataset.failed", e.Message));

    /// <summary>Tells it.</summary>
    public async Task TellAsync(string project, string key, int version, Known known, CancellationToken ct)
    {
        await using var session = store.OpenSession(Caller.Service("artifacts"), project);
        session.Events.Append(
            $"dataset-profile:{key}@{version}",
            new DatasetEvent.Profiled(key, version, known.Profile?.Rows, known.Profile?.Columns.Count, known.Fault?.Code, clock.GetUtcNow()));
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (Exception e) when (e is ExistingStreamIdCollisionException or ConcurrencyException)
        {
            // Another replica told it in the same moment.
        }
    }

    private static async Task<Known> OutcomeAsync(Task<Known> making)
    {
        try
        {
            return await making;
        }
        catch (Exception e)
        {
            return Failed(e);
        }
    }
}
