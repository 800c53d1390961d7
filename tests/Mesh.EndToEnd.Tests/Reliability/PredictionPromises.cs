using Mesh.Client;
using Mesh.EndToEnd.Tests.Load;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>What the mesh promises about the predictions that it gave, whatever was killed meanwhile.</summary>
internal static class PredictionPromises
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>No request that was right was refused or answered wrongly.</summary>
    public static void NothingRightWasRefused(PredictionLoad load)
    {
        load.Refusals.ShouldBeEmpty();
        load.Answered.Count.ShouldBeGreaterThan(100);
    }

    /// <summary>
    /// No prediction is stored twice, and every one that was given since serving was last killed is stored, but for as many as the endpoint says that it
    /// dropped.
    /// </summary>
    public static Task EveryPredictionIsStoredOnceAsync(ProjectClient project, PredictionLoad load) => Eventually.Holds(async () =>
    {
        var stored = await project.Monitors.PredictionsAsync(PredictionLoad.Endpoint, pageSize: 500).Select(row => row.EventTime).ToListAsync();
        stored.ShouldBeUnique();
        load.Kept.Count.ShouldBeGreaterThan(0);
        var dropped = (await project.Endpoints.GetAsync(PredictionLoad.Endpoint)).Dropped;
        load.Kept.Except(stored).LongCount().ShouldBeLessThanOrEqualTo(dropped);
        (await project.Monitors.GetAsync(PredictionLoad.Endpoint)).Predictions.ShouldBe(stored.Count);
    }, Patience);
}
