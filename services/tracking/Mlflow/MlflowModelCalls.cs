using System.Buffers;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Search;
using Mesh.Hosting.Store;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.LoggedModels;
using Mesh.Tracking.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

internal sealed record MlflowModelInfo(
    string ModelId, string ExperimentId, string Name, long CreationTimestampMs, long LastUpdatedTimestampMs, string ArtifactUri, string Status, string CreatorId,
    string? ModelType, string? SourceRunId, IReadOnlyList<MlflowPair>? Tags);

internal sealed record MlflowModelData(IReadOnlyList<MlflowPair>? Params, IReadOnlyList<MlflowModelMetric>? Metrics);

internal sealed record MlflowModel(MlflowModelInfo Info, MlflowModelData Data);

internal sealed record MlflowModelAnswer(MlflowModel Model);

internal sealed record MlflowModels(IReadOnlyList<MlflowModel>? Models, string? NextPageToken);

/// <summary>The <c>logged-models/…</c> calls, which clients of 3.x make when they log a model.</summary>
internal sealed class MlflowModelCalls(
    ITrackingStore store, ExperimentDirectory experiments, MlflowRunPages pages, LoggedModelSearch search, ModelMetrics metrics, TimeProvider clock)
{
    private static readonly SearchValues<char> NotInName = SearchValues.Create("/:.%\"'");

    private const int UsualResults = 100;
    private const int MostResults = 1000;
    private const int MostDatasets = 100;

    internal async Task<JsonHttpResult<MlflowModelAnswer>> CreateAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var id = arguments.Required("experiment_id");
        var experiment = await experiments.FindAsync(project, MlflowIds.Experiment(id), ct) ?? throw TrackingRefusal.NoExperiment(id);
        if (experiment.Deleted) throw MlflowRefusal.Invalid($"The experiment {id} must be in the 'active' state. Current state is deleted.");
        var name = arguments.Text("name") is { Length: > 0 } given ? Name(given) : RunNames.Next();
        var run = arguments.Text("source_run_id") is { Length: > 0 } source ? MlflowIds.Run(source) : (Guid?)null;
        var model = $"m-{Guid.CreateVersion7():N}";
        var create = new LoggedModelCommand.Create(
            model, experiment.Number, name, arguments.Text("model_type") is { Length: > 0 } type ? MlflowForm.Value(type, "model_type", 500) : null, run,
            Params(arguments), Tags(arguments), caller.Name);
        return await WriteAsync(caller, project, model, create, ct);
    }

    internal async Task<JsonHttpResult<MlflowModelAnswer>> GetAsync(string project, string model, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<LoggedModel>(model, ct) is { Deleted: false } found ? await AnswerAsync(project, found, ct) : throw NoModel(model);
    }

    internal Task<JsonHttpResult<MlflowModelAnswer>> FinalizeAsync(string project, string model, MlflowArguments arguments, Caller caller, CancellationToken ct) =>
        WriteAsync(caller, project, model, new LoggedModelCommand.Settle(arguments.Required("status") switch
        {
            "LOGGED_MODEL_READY" => LoggedModelStatus.Ready,
            "LOGGED_MODEL_UPLOAD_FAILED" => LoggedModelStatus.UploadFailed,
            "LOGGED_MODEL_PENDING" => LoggedModelStatus.Pending,
            _ => throw arguments.Wrong("status", "LOGGED_MODEL_READY, LOGGED_MODEL_UPLOAD_FAILED or LOGGED_MODEL_PENDING"),
        }), ct);

    internal async Task<JsonHttpResult<MlflowNothing>> DeleteAsync(string project, string model, Caller caller, CancellationToken ct)
    {
        await WriteAsync(caller, project, model, new LoggedModelCommand.Delete(), ct);
        return MlflowJson.Nothing;
    }

    internal Task<JsonHttpResult<MlflowModelAnswer>> SetTagsAsync(string project, string model, MlflowArguments arguments, Caller caller, CancellationToken ct) =>
        WriteAsync(caller, project, model, new LoggedModelCommand.SetTags(Tags(arguments).ToDictionary(tag => tag.Key, string? (tag) => tag.Value, StringComparer.Ordinal)), ct);

    internal async Task<JsonHttpResult<MlflowNothing>> DeleteTagAsync(string project, string model, string key, Caller caller, CancellationToken ct)
    {
        key = Uri.UnescapeDataString(key);
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<LoggedModel>(model, ct) is not { Deleted: false } found) throw NoModel(model);
        if (!found.Tags.ContainsKey(key)) throw MlflowRefusal.NotFound($"No tag with key {key} found for model with ID {model}.");
        await WriteAsync(caller, project, model, new LoggedModelCommand.SetTags(new Dictionary<string, string?> { [key] = null }), ct);
        return MlflowJson.Nothing;
    }

    internal async Task<JsonHttpResult<MlflowNothing>> LogParamsAsync(string project, string model, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        await WriteAsync(caller, project, model, new LoggedModelCommand.LogParams(Params(arguments)), ct);
        return MlflowJson.Nothing;
    }

    internal async Task<JsonHttpResult<MlflowModels>> SearchAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var ids = arguments.Texts("experiment_ids");
        var limit = arguments.Integer("max_results") ?? UsualResults;
        if (limit is < 1 or > MostResults) throw arguments.Wrong("max_results", $"1 to {MostResults}");
        var datasets = arguments.Items("datasets").Select(each => MlflowModelPoints.Dataset(each) is { Name.Length: > 0 } dataset ? dataset : throw MlflowRefusal.Missing("datasets.dataset_name")).ToList();
        if (datasets.Count > MostDatasets) throw arguments.Wrong("datasets", $"at most {MostDatasets} data sets");
        var filter = arguments.Text("filter");
        // A second key of the same field orders nothing.
        var keys = arguments.Items("order_by").DistinctBy(order => order.Required("field_name")).ToList();
        var orders = keys.Select(order => $"{order.Required("field_name")} {(order.Flag("ascending") ?? true ? "ASC" : "DESC")}").ToList();
        var ordered = keys.Select(MlflowModelPoints.Dataset).ToList();
        var query = MlflowSearch.Parse(Searched.LoggedModels, filter, orders);
        var fingerprint = PageToken.Fingerprint([project, "logged-models", filter, .. orders, .. ids, .. datasets.Concat(ordered).SelectMany(dataset => new[] { dataset.Name, dataset.Digest })]);
        var (found, next) = await search.FindAsync(
            project, [.. ids.Select(MlflowIds.Experiment).Distinct()], query, new(datasets, ordered), fingerprint, (int)limit, arguments.After(fingerprint), ct);
        return MlflowJson.Answer(new MlflowModels((await ShowAsync(project, found, ct)).OrAbsent(), next));
    }

    private async Task<JsonHttpResult<MlflowModelAnswer>> WriteAsync(Caller caller, string project, string model, LoggedModelCommand command, CancellationToken ct)
    {
        var written = await store.WriteAsync<LoggedModel, LoggedModelEvent>(
            caller, project, model, state => LoggedModelDecider.Decide(command, state, clock.GetUtcNow()), ct);
        if (written.Rejected is { } rejected) throw rejected.Code == LoggedModelDecider.Unknown.Code ? NoModel(model) : TrackingRefusal.Of(rejected);
        return await AnswerAsync(project, written.State!, ct);
    }

    private async Task<JsonHttpResult<MlflowModelAnswer>> AnswerAsync(string project, LoggedModel model, CancellationToken ct) =>
        MlflowJson.Answer(new MlflowModelAnswer((await ShowAsync(project, [model], ct))[0]));

    private async Task<IReadOnlyList<MlflowModel>> ShowAsync(string project, IReadOnlyList<LoggedModel> models, CancellationToken ct)
    {
        var locations = await pages.LocationsAsync(project, [.. models.Select(model => model.ExperimentId).Distinct()], ct);
        var told = await metrics.OfAsync(project, [.. models.Select(model => model.Id)], ct);
        return [.. models.Select(model => new MlflowModel(
            new MlflowModelInfo(
                model.Id, MlflowIds.Of(model.ExperimentId), model.Name, model.CreatedAt.ToUnixTimeMilliseconds(), model.UpdatedAt.ToUnixTimeMilliseconds(),
                MlflowIds.ArtifactUri(model, locations.GetValueOrDefault(model.ExperimentId)), StatusOf(model.Status), model.CreatedBy, model.ModelType,
                model.SourceRun is { } run ? MlflowIds.Of(run) : null, Pairs(model.Tags)),
            new MlflowModelData(Pairs(model.Params), told[model.Id].Select(MlflowModelPoints.Show).ToList().OrAbsent())))];
    }

    private static IReadOnlyList<MlflowPair>? Pairs(IReadOnlyDictionary<string, string> values) => values.Select(pair => new MlflowPair(pair.Key, pair.Value)).ToList().OrAbsent();

    private static string StatusOf(LoggedModelStatus status) => status switch
    {
        LoggedModelStatus.Ready => "LOGGED_MODEL_READY",
        LoggedModelStatus.UploadFailed => "LOGGED_MODEL_UPLOAD_FAILED",
        _ => "LOGGED_MODEL_PENDING",
    };

    private static Exception NoModel(string model) => MlflowRefusal.NotFound($"Logged model with ID '{model}' not found.");

    private static string Name(string name) => name.AsSpan().ContainsAny(NotInName)
        ? throw MlflowRefusal.Invalid($"Invalid model name ({name}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")")
        : MlflowForm.Value(name, "name", 500);

    private static Dictionary<string, string> Params(MlflowArguments arguments)
    {
        var values = arguments.Pairs("params");
        MlflowForm.Count(values.Count, "params", MlflowLimits.Params);
        foreach (var (key, value) in values) MlflowForm.Value(value, MlflowForm.Key(key, "params.key"), MlflowLimits.ParamValue);
        return values;
    }

    private static Dictionary<string, string> Tags(MlflowArguments arguments)
    {
        var tags = arguments.Pairs("tags");
        MlflowForm.Count(tags.Count, "tags", MlflowLimits.Tags);
        foreach (var (key, value) in tags) MlflowForm.Value(value, MlflowForm.Key(key, "tags.key"), MlflowLimits.TagValue);
        return tags;
    }
}
