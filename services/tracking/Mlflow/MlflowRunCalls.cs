using Mesh.Contracts.Tracking;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>The calls that make, move, show, delete and restore a run.</summary>
internal static class MlflowRunCalls
{
    internal static async Task<JsonHttpResult<MlflowRunAnswer>> Create(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, RunReader runs, MlflowWriter writer, TimeProvider clock,
        CancellationToken ct)
    {
        var id = arguments.Text("experiment_id") is { Length: > 0 } given ? given : MlflowIds.Of(Experiment.Default);
        var experiment = await experiments.FindAsync(project, MlflowIds.Experiment(id), ct) ?? throw TrackingRefusal.NoExperiment(id);
        if (experiment.Deleted) throw MlflowRefusal.Invalid($"The experiment {id} must be in the 'active' state. Current state is deleted.");
        var tags = arguments.Pairs("tags");
        foreach (var (key, value) in tags) MlflowForm.Value(value, MlflowForm.Key(key, "tags.key"), MlflowLimits.TagValue);
        var name = NameOf(arguments, tags);
        tags[MlflowTags.RunName] = name;
        var started = arguments.Integer("start_time") is { } time ? MlflowIds.Time(time, "start_time") : clock.GetUtcNow();
        var user = arguments.Text("user_id") is { Length: > 0 } userId ? MlflowForm.Value(userId, "user_id", 256) : null;
        var run = Guid.CreateVersion7();
        var parent = await ParentAsync(project, tags, runs, ct);
        var created = await writer.WriteAsync(
            caller, project, run,
            [
                new RunCommand.Create(run, name, experiment.Name, "mlflow", parent, new Dictionary<string, string>(), tags, caller.Name, ExperimentId: experiment.Number, User: user),
                new RunCommand.Start(1, null, started),
                .. SourceOf(tags),
            ],
            ct);
        return MlflowJson.Answer(new MlflowRunAnswer(MlflowView.Of(created, experiment.ArtifactLocation, null, null)));
    }

    internal static async Task<JsonHttpResult<MlflowRunInfoAnswer>> Update(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, MlflowWriter writer, CancellationToken ct)
    {
        var id = MlflowIds.Run(arguments);
        var status = arguments.Text("status");
        var ended = arguments.Integer("end_time") is { } time ? MlflowIds.Time(time, "end_time") : (DateTimeOffset?)null;
        var run = await writer.FindActiveAsync(project, id, ct);
        var commands = new List<RunCommand>();
        if (arguments.Text("run_name") is { Length: > 0 } name)
        {
            MlflowForm.Value(name, "run_name", MlflowLimits.TagValue);
            commands.Add(new RunCommand.Rename(name));
            commands.Add(new RunCommand.SetTags(new Dictionary<string, string> { [MlflowTags.RunName] = name }, [], AfterEnd: true));
        }

        if (status is not null) commands.AddRange(Towards(status, run, ended, arguments));
        var after = commands.Count == 0 ? run : await writer.WriteAsync(caller, project, id, commands, ct);
        return MlflowJson.Answer(new MlflowRunInfoAnswer(MlflowView.InfoOf(after, (await experiments.FindAsync(project, after.ExperimentId, ct))?.ArtifactLocation)));
    }

    internal static async Task<JsonHttpResult<MlflowRunAnswer>> Get(string project, MlflowArguments arguments, MlflowWriter writer, MlflowRunPages pages, CancellationToken ct)
    {
        var run = await writer.FindAsync(project, MlflowIds.Run(arguments), ct);
        return MlflowJson.Answer(new MlflowRunAnswer((await pages.ShowAsync(project, [run], ct))[0]));
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> Delete(string project, MlflowArguments arguments, Caller caller, MlflowWriter writer, CancellationToken ct)
    {
        var id = MlflowIds.Run(arguments);
        if (!(await writer.FindAsync(project, id, ct)).Deleted) await writer.WriteAsync(caller, project, id, [new RunCommand.Delete(AtWork: true)], ct);
        return MlflowJson.Nothing;
    }

    internal static async Task<JsonHttpResult<MlflowNothing>> Restore(
        string project, MlflowArguments arguments, Caller caller, ExperimentDirectory experiments, MlflowWriter writer, CancellationToken ct)
    {
        var id = MlflowIds.Run(arguments);
        var run = await writer.FindAsync(project, id, ct);
        if (await experiments.FindAsync(project, run.ExperimentId, ct) is { Deleted: true })
            throw MlflowRefusal.Invalid($"The experiment {run.ExperimentId} must be in the 'active' state. Current state is deleted.");
        await writer.WriteAsync(caller, project, id, [new RunCommand.Restore()], ct);
        return MlflowJson.Nothing;
    }

    private static string NameOf(MlflowArguments arguments, Dictionary<string, string> tags)
    {
        var given = arguments.Text("run_name") is { Length: > 0 } name ? MlflowForm.Value(name, "run_name", MlflowLimits.TagValue) : null;
        var tagged = tags.GetValueOrDefault(MlflowTags.RunName);
        return given is not null && tagged is not null && given != tagged
            ? throw MlflowRefusal.Invalid($"Both 'run_name' argument and '{MlflowTags.RunName}' tag are specified, but with different values (run_name='{given}', {MlflowTags.RunName}='{tagged}').")
            : given ?? tagged ?? RunNames.Next();
    }

    // A parent that is not (or no longer) here stays a mere tag.
    private static async Task<Guid?> ParentAsync(string project, Dictionary<string, string> tags, RunReader runs, CancellationToken ct) =>
        tags.TryGetValue(MlflowTags.ParentRunId, out var text) && Guid.TryParse(text, out var parent) && await runs.FindLifeAsync(project, parent, ct) is { Deleted: false } ? parent : null;

    private static IEnumerable<RunCommand> SourceOf(Dictionary<string, string> tags)
    {
        var source = new RunSource(EntryPoint: tags.GetValueOrDefault(MlflowTags.SourceName), GitUrl: tags.GetValueOrDefault(MlflowTags.GitUrl), GitCommit: tags.GetValueOrDefault(MlflowTags.GitCommit));
        if (source != new RunSource()) yield return new RunCommand.DescribeContext(source, null);
    }

    // The protocol lets a run go from any status to any other.
    private static IEnumerable<RunCommand> Towards(string status, Run run, DateTimeOffset? ended, MlflowArguments arguments)
    {
        if (status is not ("RUNNING" or "SCHEDULED" or "FINISHED" or "FAILED" or "KILLED")) throw arguments.Wrong("status", "RUNNING, SCHEDULED, FINISHED, FAILED or KILLED");
        if (status == MlflowView.StatusOf(run.Status) || status == "SCHEDULED") yield break;
        if (run.Status is RunStatus.Pending) yield return new RunCommand.Start(run.Attempt + 1, null);
        if (run.HasEnded) yield return new RunCommand.Resume();
        switch (status)
        {
            case "FINISHED":
                yield return new RunCommand.Complete(null, ended);
                break;
            case "FAILED":
                yield return new RunCommand.Fail("Its client reported that it failed.", null, ended);
                break;
            case "KILLED":
                yield return new RunCommand.RequestAbort("Its client reported that it was killed.", null);
                yield return new RunCommand.ConfirmAbort(null, null, ended);
                break;
        }
    }
}
