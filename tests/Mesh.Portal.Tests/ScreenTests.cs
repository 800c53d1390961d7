using Microsoft.Playwright;

namespace Mesh.Portal.Tests;

/// <summary>Every screen, in both themes: it stands without a fault, nothing on it keeps people out, and a picture of it is kept.</summary>
[Collection(OnPortalMesh.Name)]
public sealed class ScreenTests(PortalMesh mesh)
{
    private const string Home = $"/p/{PortalMesh.Project}";

    private const string Run = "{run}";
    private const string Runs = "{runs}";

    /// <summary>The name of a picture, and the address of the screen, in which <c>{run}</c> stands for the id of a run with charts, and <c>{runs}</c> for two of them.</summary>
    public static TheoryData<string, string> Screens => new()
    {
        { "projects", "/" },
        { "home", Home },
        { "runs", $"{Home}/runs" },
        { "runs-grouped", $"{Home}/runs?by=params.algorithm" },
        { "run", $"{Home}/runs/{Run}" },
        { "run-charts", $"{Home}/runs/{Run}?tab=charts&smooth=0.6" },
        { "run-params", $"{Home}/runs/{Run}?tab=params" },
        { "run-log", $"{Home}/runs/{Run}?tab=logs" },
        { "run-lineage", $"{Home}/runs/{Run}?tab=lineage" },
        { "run-attempts", $"{Home}/runs/{Run}?tab=attempts" },
        { "run-artifacts", $"{Home}/runs/{Run}?tab=artifacts" },
        { "run-history", $"{Home}/runs/{Run}?tab=history" },
        { "run-then", $"{Home}/runs/{Run}?at=2" },
        { "compare", $"{Home}/compare?runs={Runs}" },
        { "compare-charts", $"{Home}/compare?runs={Runs}&view=charts" },
        { "compare-parallel", $"{Home}/compare?runs={Runs}&view=parallel" },
        { "compare-scatter", $"{Home}/compare?runs={Runs}&view=scatter" },
        { "compare-groups", $"{Home}/compare?runs={Runs}&view=groups" },
        { "compare-correlation", $"{Home}/compare?runs={Runs}&view=correlation" },
        { "datasets", $"{Home}/datasets" },
        { "dataset", $"{Home}/datasets/breast-cancer.csv" },
        { "dataset-rows", $"{Home}/datasets/breast-cancer.csv?tab=rows" },
        { "dataset-compare", $"{Home}/datasets/breast-cancer.csv?tab=compare" },
        { "dataset-lineage", $"{Home}/datasets/breast-cancer.csv?tab=lineage&version=1" },
        { "dataset-versions", $"{Home}/datasets/breast-cancer.csv?tab=versions" },
        { "artifacts", $"{Home}/artifacts" },
        { "artifact", $"{Home}/artifacts/breast-cancer.csv" },
        { "artifact-chart", $"{Home}/artifacts/describe%2Fbreast-cancer.csv%2Fhistograms.vl.json" },
        { "artifact-versions", $"{Home}/artifacts/breast-cancer.csv?tab=versions" },
        { "artifact-history", $"{Home}/artifacts/breast-cancer.csv?tab=history" },
        { "models", $"{Home}/models" },
        { "model", $"{Home}/models/breast-cancer" },
        { "model-compare", $"{Home}/models/breast-cancer/compare" },
        { "version", $"{Home}/models/breast-cancer/2" },
        { "version-card", $"{Home}/models/breast-cancer/2?view=card" },
        { "version-lineage", $"{Home}/models/breast-cancer/2?view=lineage" },
        { "lineage", $"{Home}/lineage?of=registered-model:breast-cancer@2" },
        { "lineage-start", $"{Home}/lineage" },
        { "endpoints", $"{Home}/endpoints" },
        { "endpoint", $"{Home}/endpoints/breast-cancer" },
        { "endpoint-feature", $"{Home}/endpoints/breast-cancer?span=day&feature=radius_mean" },
        { "alerts", $"{Home}/alerts" },
        { "alert", $"{Home}/alerts?rule=retrain-on-drift" },
        { "alert-form", $"{Home}/alerts?on=drift.detected&subject=breast-cancer" },
        { "jobs", $"{Home}/jobs" },
        { "functions", $"{Home}/functions" },
        { "schedules", $"{Home}/schedules" },
        { "hub", $"{Home}/hub" },
        { "hub-item", $"{Home}/hub/item?name=auto-trainer" },
        { "events", $"{Home}/events" },
        { "settings", $"{Home}/settings/general" },
        { "settings-members", $"{Home}/settings/members" },
        { "settings-tokens", $"{Home}/settings/tokens" },
        { "settings-secrets", $"{Home}/settings/secrets" },
        { "settings-webhooks", $"{Home}/settings/webhooks" },
        { "settings-webhook", $"{Home}/settings/webhooks/ci" },
        { "settings-audit", $"{Home}/settings/audit" },
        { "system", "/system" },
    };

    [Theory]
    [MemberData(nameof(Screens))]
    public async Task It_stands_in_both_themes(string name, string path)
    {
        await using var watched = await mesh.OpenSignedInAsync();
        await watched.GoAsync(path.Replace(Runs, $"{mesh.Run},{mesh.Other}", StringComparison.Ordinal).Replace(Run, mesh.Run.ToString(), StringComparison.Ordinal));
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await watched.ShowInAsync(scheme);
            await watched.PictureAsync($"{name}-{scheme.ToString().ToLowerInvariant()}");
            (await watched.BarriersAsync()).ShouldBeEmpty($"{name}, {scheme}");
            watched.Faults.ShouldBeEmpty($"{name}, {scheme}");
        }
    }
}
