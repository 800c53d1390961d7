using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.LoggedModels;
using Mesh.Tracking.Metrics;
using Mesh.Tracking.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>The calls that log something to a run. A run that has ended takes it as well, a deleted one does not.</summary>
internal static class MlflowLogCalls
{
    internal static async Task<JsonHttpResult<MlflowNothing>> LogMetric(
        string project, MlflowArguments arguments, MlflowWriter writer, ModelMetrics models, TimeProvider clock, CancellationToken ct)
    {
        await writer.LogAsync(await PointsAsync(project, MlflowIds.Run(arguments), [arguments], models, clock, ct), ct);
        return MlflowJson.Nothing;
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> LogParameter(
        string project, MlflowArguments arguments, Caller caller, MlflowWriter writer, CancellationToken ct)
    {
        var (key, value) = Param(arguments);
        await writer.WriteAsync(caller, project, MlflowIds.Run(arguments), Commands(new() { [key] = value }, []), ct);
        return MlflowJson.Nothing;
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> LogBatch(
        string project, MlflowArguments arguments, Caller caller, MlflowWriter writer, ModelMetrics models, TimeProvider clock, CancellationToken ct)
    {
        var id = MlflowIds.Run(arguments);
        var (points, pairs, tagged) = (arguments.Items("metrics"), arguments.Items("params"), arguments.Items("tags"));
        MlflowForm.Count(points.Count, "metrics", MlflowLimits.Metrics);
        MlflowForm.Count(pairs.Count, "params", MlflowLimits.Params);
        MlflowForm.Count(tagged.Count, "tags", MlflowLimits.Tags);
        MlflowForm.Count(points.Count + pairs.Count + tagged.Count, "metrics, params, and tags", MlflowLimits.Entries);
        var read = points.Count == 0 ? null : await PointsAsync(project, id, points, models, clock, ct);
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var (key, value) = Param(pair);
            if (!parameters.TryAdd(key, value)) throw MlflowRefusal.Invalid($"Duplicate parameter keys have been submitted: '{key}'. Please ensure the request contains only one param value per param key.");
        }

        var tags = arguments.Pairs("tags");
        foreach (var (key, value) in tags) MlflowForm.Value(value, MlflowForm.Key(key, "tags.key"), MlflowLimits.TagValue);
        var commands = Commands(parameters, tags);
        if (read is not null && commands.Count > 0) await writer.LogAsync(caller, read, commands, ct);
        else if (read is not null) await writer.LogAsync(read, ct);
        else if (commands.Count > 0) await writer.WriteAsync(caller, project, id, commands, ct);
        else await writer.FindActiveAsync(project, id, ct);
        return MlflowJson.Nothing;
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> SetTag(string project, MlflowArguments arguments, Caller caller, MlflowWriter writer, CancellationToken ct)
    {
        var key = MlflowForm.Key(arguments.Required("key"), "key");
        var value = MlflowForm.Value(arguments.Text("value") ?? "", "value", MlflowLimits.TagValue);
        await writer.WriteAsync(caller, project, MlflowIds.Run(arguments), Commands([], new() { [key] = value }), ct);
        return MlflowJson.Nothing;
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> DeleteTag(string project, MlflowArguments arguments, Caller caller, MlflowWriter writer, CancellationToken ct)
    {
        var (id, key) = (MlflowIds.Run(arguments), arguments.Required("key"));
        var run = await writer.FindActiveAsync(project, id, ct);
        if (!run.Tags.ContainsKey(key)) throw MlflowRefusal.NotFound($"No tag with name: {key} in run with id {MlflowIds.Of(id)}");
        await writer.WriteAsync(caller, project, id, [new RunCommand.SetTags(new Dictionary<string, string>(), [key], AfterEnd: true)], ct);
        return MlflowJson.Nothing;
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> LogInputs(string project, MlflowArguments arguments, Caller caller, MlflowWriter writer, CancellationToken ct)
    {
        var (id, datasets) = (MlflowIds.Run(arguments), MlflowInputs.Read(arguments));
        MlflowForm.Count(datasets.Count, "datasets", RunDecider.MaxInputs);
        await writer.WriteAsync(caller, project, id, [new RunCommand.LogInputs([.. datasets.Select(dataset => dataset.Ref)])], ct, datasets);
        return MlflowJson.Nothing;
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> LogOutputs(string project, MlflowArguments arguments, Caller caller, MlflowWriter writer, CancellationToken ct)
    {
        var models = arguments.Items("models").Select(model => new ModelOutput(MlflowForm.Value(model.Required("model_id"), "models.model_id", 250), model.Integer("step") ?? 0)).ToList();
        await writer.WriteAsync(caller, project, MlflowIds.Run(arguments), [new RunCommand.LogOutputs(models)], ct);
        return MlflowJson.Nothing;
    }

    /// <summary><c>runs/log-model</c>: older clients keep a list of models in a tag.</summary>
    internal static async Task<JsonHttpResult<MlflowNothing>> LogModel(string project, MlflowArguments arguments, Caller caller, MlflowWriter writer, CancellationToken ct)
    {
        var (id, text) = (MlflowIds.Run(arguments), arguments.Required("model_json"));
        JsonNode? model;
        try
        {
            model = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw MlflowRefusal.Invalid($"Malformed model info. \n {(text.Length <= 200 ? text : text[..200])} \n is not a valid JSON.");
        }

        if (model is not JsonObject logged) throw MlflowRefusal.Invalid("Malformed model info: 'model_json' must hold a JSON object.");
        foreach (var field in (ReadOnlySpan<string>)["artifact_path", "flavors", "utc_time_created", "run_id"])
            if (!logged.ContainsKey(field)) throw MlflowRefusal.Invalid($"Model json is missing mandatory fields: ['{field}']");
        // The whole environment of each flavor is in the model's own file.
        if (logged["flavors"] is JsonObject flavors && flavors["python_function"] is JsonObject function) function.Remove("config");
        var run = await writer.FindActiveAsync(project, id, ct);
        var models = run.Tags.TryGetValue(MlflowTags.LoggedModels, out var known) && JsonNode.Parse(known) is JsonArray list ? list : [];
        models.Add(logged.DeepClone());
        var tags = new Dictionary<string, string> { [MlflowTags.LoggedModels] = models.ToJsonString() };
        await writer.WriteAsync(caller, project, id, [new RunCommand.SetTags(tags, [], AfterEnd: true)], ct);
        return MlflowJson.Nothing;
    }

    private static List<RunCommand> Commands(Dictionary<string, string> values, Dictionary<string, string> tags)
    {
        List<RunCommand> commands = [];
        if (values.Count > 0) commands.Add(new RunCommand.LogParams(values, null, AfterEnd: true));
        if (tags.Count > 0) commands.Add(new RunCommand.SetTags(tags, [], AfterEnd: true));
        if (tags.TryGetValue(MlflowTags.RunName, out var name) && name.Length > 0) commands.Add(new RunCommand.Rename(name));
        return commands;
    }

    private static async Task<MetricBatch> PointsAsync(
        string project, Guid run, IReadOnlyList<MlflowArguments> metrics, ModelMetrics models, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        MetricPoint[] points = [.. metrics.Select(Metric)];
        List<ModelPoint> told = [.. metrics.Zip(points, (metric, point) => MlflowModelPoints.Read(metric, point, now)).OfType<ModelPoint>()];
        await MlflowModelPoints.CheckAsync(models, project, told, ct);
        return new(project, run, new LogMetrics(points), now, ct) { AfterEnd = true, ModelPoints = told };
    }

    private static MetricPoint Metric(MlflowArguments metric) => new(
        MlflowForm.Key(metric.Required("key"), "key"), metric.RequiredNumber("value"), metric.Integer("step") ?? 0,
        MlflowIds.Time(metric.RequiredInteger("timestamp"), "timestamp"));

    private static (string Key, string Value) Param(MlflowArguments param) => (
        MlflowForm.Key(param.Required("key"), "key"), MlflowForm.Value(param.Text("value") ?? "", "value", MlflowLimits.ParamValue));
}
