using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Search;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Inputs;
using Mesh.Tracking.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>The searches.</summary>
internal static class MlflowSearchCalls
{
    private const int MostRuns = 50_000;
    private const int UsualRuns = 1000;
    private const int MostExperiments = 50_000;
    private const int MostDatasets = 1000;
    private const int MostExperimentIds = 10_000;

    internal static async Task<JsonHttpResult<MlflowRuns>> Runs(
        string project, MlflowArguments arguments, ExperimentDirectory experiments, RunSearch search, MlflowRunPages pages, CancellationToken ct)
    {
        var view = View(arguments, "run_view_type");
        var limit = arguments.Limit(UsualRuns, MostRuns);
        var ids = arguments.Texts("experiment_ids");
        if (ids.Count > MostExperimentIds) throw arguments.Wrong("experiment_ids", $"at most {MostExperimentIds} ids");
        var numbers = ids.Select(MlflowIds.Experiment).Distinct().ToArray();
        var (filter, orders) = (arguments.Text("filter"), arguments.Texts("order_by"));
        var query = MlflowSearch.Parse(Searched.Runs, filter, orders);
        var fingerprint = PageToken.Fingerprint([project, view.ToString(), filter, .. orders, .. ids]);
        var (runs, next) = await search.FindAsync(project, numbers, view, query, fingerprint, limit, arguments.After(fingerprint), ct);
        return MlflowJson.Answer(new MlflowRuns((await pages.ShowAsync(project, runs, ct)).OrAbsent(), next));
    }

    internal static Task<JsonHttpResult<MlflowExperiments>> Experiments(
        string project, MlflowArguments arguments, ExperimentDirectory experiments, ExperimentSearch search, CancellationToken ct) =>
        ExperimentsAsync(project, arguments, arguments.Limit(null, MostExperiments), experiments, search, ct);

    internal static Task<JsonHttpResult<MlflowExperiments>> ListExperiments(
        string project, MlflowArguments arguments, ExperimentDirectory experiments, ExperimentSearch search, CancellationToken ct) =>
        ExperimentsAsync(project, arguments, arguments.Limit(MostExperiments, MostExperiments), experiments, search, ct);

    private static async Task<JsonHttpResult<MlflowExperiments>> ExperimentsAsync(
        string project, MlflowArguments arguments, int limit, ExperimentDirectory experiments, ExperimentSearch search, CancellationToken ct)
    {
        var view = View(arguments, "view_type");
        var (filter, orders) = (arguments.Text("filter"), arguments.Texts("order_by"));
        var query = MlflowSearch.Parse(Searched.Experiments, filter, orders);
        var fingerprint = PageToken.Fingerprint([project, view.ToString(), filter, .. orders]);
        var after = arguments.After(fingerprint);
        await experiments.FindAsync(project, Experiment.Default, ct);
        var (found, next) = await search.FindAsync(project, view, query, fingerprint, limit, after, ct);
        return MlflowJson.Answer(new MlflowExperiments(found.Select(MlflowView.Of).ToList().OrAbsent(), next));
    }

    internal static async Task<JsonHttpResult<MlflowDatasetSummaries>> Datasets(string project, MlflowArguments arguments, RunInputs inputs, CancellationToken ct)
    {
        var ids = arguments.Texts("experiment_ids");
        if (ids.Count == 0) throw MlflowRefusal.Missing("experiment_ids");
        if (ids.Count > 20) throw MlflowRefusal.Invalid("SearchDatasets request must specify at least one experiment_id, and at most 20 experiment_ids.");
        var found = await inputs.OfExperimentsAsync(project, [.. ids.Select(MlflowIds.Experiment)], MostDatasets, ct);
        return MlflowJson.Answer(new MlflowDatasetSummaries(
            found.Select(row => new MlflowDatasetSummary(MlflowIds.Of(row.Experiment), row.Dataset.Name, row.Dataset.Digest, row.Dataset.Context)).ToList().OrAbsent()));
    }

    private static LifecycleView View(MlflowArguments arguments, string name) => arguments.Text(name) switch
    {
        null or "" or "ACTIVE_ONLY" => LifecycleView.Active,
        "DELETED_ONLY" => LifecycleView.Deleted,
        "ALL" => LifecycleView.All,
        _ => throw arguments.Wrong(name, "ACTIVE_ONLY, DELETED_ONLY or ALL"),
    };
}
