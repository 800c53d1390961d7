using System.Text.Json;
using Mesh.Cli.Tests.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Cli.Tests.Monitoring;

/// <summary>What an endpoint sees beside what its model was trained on.</summary>
public sealed class DistributionsCommandTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private static FeatureDistributions Found => new(
        Noon.AddHours(-1), Noon, "leavers", 3, 1200, 1000,
        [
            new("age", 0.0123, 0.0456, false, new FeatureCounts([10, 20, 30], 0), new FeatureCounts([100, 200, 600], 100), Edges: [18.5, 65]),
            new("city", 0.75, 0.25, true, new FeatureCounts([90, 10], 0, 0), new FeatureCounts([100, 800], 40, 60), Categories: ["Rome", "[Oslo]"]),
        ]);

    [Fact]
    public async Task Features_are_listed_the_most_drifted_first_and_one_bin_by_bin()
    {
        await using var mesh = (await StubMesh.StartAsync()).On("GET monitors/churn/distributions", Found);
        await Golden.PrintsAsync(mesh, "monitors-distributions", 0, "monitors", "distributions", "churn");
        await Golden.PrintsAsync(mesh, "monitors-distributions-number", 0, "monitors", "distributions", "churn", "--feature", "age");
        await Golden.PrintsAsync(mesh, "monitors-distributions-category", 0, "monitors", "distributions", "churn", "--feature", "city");
        (await mesh.RunAsync("monitors", "distributions", "churn", "--feature", "height")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(2), r => r.Error.ShouldContain("age, city"));
    }

    [Fact]
    public async Task Scripts_have_all_of_it_and_may_name_time_and_version()
    {
        await using var mesh = (await StubMesh.StartAsync())
            .On("GET monitors/churn/distributions?from=2026-11-26T11:00:00.0000000Z&to=2026-11-26T12:00:00.0000000Z&modelVersion=3", Found);
        string[] named = ["--from", "2026-11-26T11:00:00Z", "--to", "2026-11-26T12:00:00Z", "--version", "3", "--json"];
        var (code, output, error) = await mesh.RunAsync(["monitors", "distributions", "churn", .. named]);
        code.ShouldBe(0, error);
        JsonSerializer.Deserialize<FeatureDistributions>(output, MeshJson.Tolerant)!.Features[1].Current.Bins.ShouldBe([100, 800]);
        (_, output, _) = await mesh.RunAsync(["monitors", "distributions", "churn", "--feature", "age", .. named]);
        JsonSerializer.Deserialize<FeatureDistribution>(output, MeshJson.Tolerant)!.Edges.ShouldBe([18.5, 65]);
    }
}
