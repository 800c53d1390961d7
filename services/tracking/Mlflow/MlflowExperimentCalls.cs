using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Experiments;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>The <c>experiments/…</c> calls but the searches.</summary>
internal static class MlflowExperimentCalls
{
    internal static async Task<JsonHttpResult<MlflowExperimentId>> Create(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, CancellationToken ct)
    {
        var name = Name(arguments.Required("name"), "name");
        var tags = Tags(arguments);
        var location = arguments.Text("artifact_location") is { Length: > 0 } given ? Location(given) : null;
        var (made, rejected) = await experiments.CreateAsync(caller, project, name, location, tags, ct);
        if (made is not null) return MlflowJson.Answer(new MlflowExperimentId(MlflowIds.Of(made.Number)));
        throw rejected!.Code == "experiment.exists" ? MlflowRefusal.Exists($"Experiment(name={name}) already exists. {rejected.Detail}") : TrackingRefusal.Of(rejected);
    }

    internal static async Task<JsonHttpResult<MlflowExperimentAnswer>> Get(
        string project, MlflowArguments arguments, ExperimentDirectory experiments, CancellationToken ct) =>
        MlflowJson.Answer(new MlflowExperimentAnswer(MlflowView.Of(await FindAsync(project, arguments, experiments, ct))));

    internal static async Task<JsonHttpResult<MlflowExperimentAnswer>> GetByName(
        string project, MlflowArguments arguments, ExperimentDirectory experiments, CancellationToken ct)
    {
        var name = arguments.Required("experiment_name");
        return await experiments.FindAsync(project, name, ct) is { } found
            ? MlflowJson.Answer(new MlflowExperimentAnswer(MlflowView.Of(found)))
            : throw MlflowRefusal.NotFound($"Could not find experiment with name '{name}'");
    }

    internal static Task<JsonHttpResult<MlflowNothing>> Delete(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, CancellationToken ct) =>
        CarryOutAsync(project, arguments, new ExperimentCommand.Delete(), caller, experiments, ct);

    internal static Task<JsonHttpResult<MlflowNothing>> Restore(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, CancellationToken ct) =>
        CarryOutAsync(project, arguments, new ExperimentCommand.Restore(), caller, experiments, ct);

    internal static async Task<JsonHttpResult<MlflowNothing>> Update(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, CancellationToken ct)
    {
        if (arguments.Text("new_name") is not { } name)
        {
            await FindAsync(project, arguments, experiments, ct);
            return MlflowJson.Nothing;
        }

        return await CarryOutAsync(project, arguments, new ExperimentCommand.Rename(Name(arguments.Required("new_name"), "new_name")), caller, experiments, ct);
    }

    internal static Task<JsonHttpResult<MlflowNothing>> SetTag(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, CancellationToken ct)
    {
        var key = MlflowForm.Key(arguments.Required("key"), "key");
        var value = MlflowForm.Value(arguments.RequiredText("value"), "value", MlflowLimits.ExperimentTagValue);
        return CarryOutAsync(project, arguments, new ExperimentCommand.SetTags(new Dictionary<string, string?> { [key] = value }), caller, experiments, ct);
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> DeleteTag(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, CancellationToken ct)
    {
        var key = arguments.Required("key");
        var experiment = await FindAsync(project, arguments, experiments, ct);
        if (!experiment.Tags.ContainsKey(key)) throw MlflowRefusal.NotFound($"No tag with name: {key} in experiment with id {MlflowIds.Of(experiment.Number)}");
        return await CarryOutAsync(project, arguments, new ExperimentCommand.SetTags(new Dictionary<string, string?> { [key] = null }), caller, experiments, ct);
    }

    private static async Task<JsonHttpResult<MlflowNothing>> CarryOutAsync(
        string project, MlflowArguments arguments, ExperimentCommand command, Caller caller, ExperimentDirectory experiments, CancellationToken ct)
    {
        var id = arguments.Required("experiment_id");
        var (_, rejected) = await experiments.CarryOutAsync(caller, project, MlflowIds.Experiment(id), command, ct);
        if (rejected is null) return MlflowJson.Nothing;
        throw rejected.Code == ExperimentDecider.Unknown.Code ? TrackingRefusal.NoExperiment(id) : TrackingRefusal.Of(rejected);
    }

    private static async Task<Experiment> FindAsync(string project, MlflowArguments arguments, ExperimentDirectory experiments, CancellationToken ct)
    {
        var id = arguments.Required("experiment_id");
        return await experiments.FindAsync(project, MlflowIds.Experiment(id), ct) ?? throw TrackingRefusal.NoExperiment(id);
    }

    private static string Name(string name, string parameter) => string.IsNullOrWhiteSpace(name)
        ? throw MlflowRefusal.Invalid($"Invalid value for parameter '{parameter}' supplied: the name of an experiment must not be blank.")
        : MlflowForm.Value(name, parameter, MlflowLimits.ExperimentName);

    private static Dictionary<string, string> Tags(MlflowArguments arguments)
    {
        var tags = arguments.Pairs("tags");
        MlflowForm.Count(tags.Count, "tags", MlflowLimits.Tags);
        foreach (var (key, value) in tags) MlflowForm.Value(value, MlflowForm.Key(key, "tags.key"), MlflowLimits.ExperimentTagValue);
        return tags;
    }

    // A server that read and wrote wherever an editor says would be everybody's file browser: clients write to such places themselves.
    private static string Location(string location)
    {
        MlflowForm.Value(location, "artifact_location", 1000);
        return location.Contains("..", StringComparison.Ordinal) || location.Contains('#', StringComparison.Ordinal) || location.Contains('?', StringComparison.Ordinal)
            ? throw MlflowRefusal.Invalid($"Invalid value \"{location}\" for parameter 'artifact_location' supplied: it must be a plain address without '..', '#' and '?'.")
            : location.TrimEnd('/');
    }
}
