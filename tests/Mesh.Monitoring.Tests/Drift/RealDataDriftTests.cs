using System.Text.Json;
using Mesh.Contracts.Monitoring;
using Mesh.Monitoring.Drift;

namespace Mesh.Monitoring.Tests.Drift;

public sealed class RealDataDriftTests
{
    private static readonly BreastCancer Data = BreastCancer.Load();
    private static readonly ConfigureMonitor Defaults = new();

    [Fact]
    public void Held_back_rows_do_not_drift()
    {
        foreach (var rows in Data.HeldBack.Chunk(56).Where(chunk => chunk.Length >= Defaults.MinRows))
            Judge(rows.Select(Data.Inputs)).ShouldAllBe(feature => !feature.Drifted);
        Judge(Data.HeldBack.Select(Data.Inputs)).ShouldAllBe(feature => !feature.Drifted);
    }

    [Fact]
    public void Windows_of_training_rows_hardly_ever_drift()
    {
        var random = new Random(11);
        var drifted = 0;
        for (var window = 0; window < 200; window++)
        {
            var rows = (double[][])Data.Training.Clone();
            random.Shuffle(rows);
            if (Judge(rows.Take(60).Select(Data.Inputs)).Any(feature => feature.Drifted)) drifted++;
        }

        drifted.ShouldBeLessThanOrEqualTo(6);
    }

    [Fact]
    public void Rows_of_a_miscalibrated_instrument_drift()
    {
        foreach (var rows in Data.HeldBack.Chunk(56).Where(chunk => chunk.Length >= Defaults.MinRows))
            Judge(rows.Select(row => Data.Miscalibrated(row, 0.35))).Count(feature => feature.Drifted).ShouldBeGreaterThan(5);
    }

    [Fact]
    public void A_feature_that_goes_missing_drifts_alone()
    {
        var feature = Data.Features[3];
        var drifted = Judge(Data.HeldBack.Select(row =>
        {
            var inputs = Data.Inputs(row).Deserialize<Dictionary<string, double>>()!;
            inputs.Remove(feature);
            return JsonSerializer.SerializeToElement(inputs);
        })).Where(found => found.Drifted).ToList();
        drifted.Select(found => found.Feature).ShouldBe([feature]);
        drifted[0].JensenShannon.ShouldBe(1, 1e-9);
    }

    private static IReadOnlyList<FeatureDrift> Judge(IEnumerable<JsonElement> rows)
    {
        var tally = new WindowTally(FeatureReference.Of(Data.Signature, Data.Statistics));
        tally.AddRows(rows);
        return tally.Judge(Defaults);
    }
}
