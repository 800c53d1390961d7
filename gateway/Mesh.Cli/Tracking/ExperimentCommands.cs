using System.CommandLine;
using System.Globalization;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh experiments …</c></summary>
internal static class ExperimentCommands
{
    private static readonly Argument<string> Experiment = Options.Name("experiment", "Id or name of the experiment.");
    private static readonly Argument<string> NewName = Options.Name("name", "Its name.");
    private static readonly Option<string[]> Tags = Options.Pairs("--tag", "A tag.", "-t");
    private static readonly Option<bool> Deleted = new("--deleted") { Description = "Those that are deleted instead." };
    private static readonly Option<int> Limit = Options.Limit();

    public static Command Create() => Verb.Noun(
        "experiments", "Experiments: groups of runs.",
        Verb.Of("list", "List experiments by name.", [Deleted, Limit], context => context.Output.TableAsync(
            context.Get(Deleted) ? context.Project.Runs.Experiments.ListDeletedAsync(context.Ct) : context.Project.Runs.Experiments.ListAsync(context.Ct),
            "There is no experiment like that.", ["#id", "name", "#runs", "newest run", "tags"], e => [e.Id, e.Name, e.Runs, e.LastRunAt, e.Tags], context.Get(Limit), context.Ct)),
        Verb.Of("show", "Show an experiment.", [Experiment], async context => Show(context, await FindAsync(context))),
        WatchCommand.Create(Experiment, context => FindAsync(context)),
        Verb.Of("create", "Create an experiment.", [NewName, Tags], async context =>
        {
            var made = await context.Project.Runs.Experiments.CreateAsync(
                new CreateExperiment(context.Get(NewName), Options.ToPairs(context.Get(Tags), "--tag")), context.Ct);
            context.Output.Done(made, $"{made.Name} is experiment {made.Id}.");
        }),
        Verb.Of("rename", "Give an experiment another name; its runs follow.", [Experiment, NewName], async context =>
        {
            var found = await FindAsync(context);
            var renamed = await context.Project.Runs.Experiments.RenameAsync(found.Id, context.Get(NewName), context.Ct);
            context.Output.Done(renamed, $"{found.Name} is called {renamed.Name} now.");
        }),
        Verb.Of("delete", "Delete an experiment and its runs; it can be restored.", [Experiment], async context =>
        {
            var found = await FindAsync(context);
            await context.Project.Runs.Experiments.DeleteAsync(found.Id, context.Ct);
            context.Output.Done(new { id = found.Id, name = found.Name, deleted = true }, $"{found.Name} and its runs are deleted.");
        }),
        Verb.Of("restore", "Bring a deleted experiment and its runs back.", [Experiment], async context =>
        {
            var found = await FindAsync(context, deleted: true);
            var restored = await context.Project.Runs.Experiments.RestoreAsync(found.Id, context.Ct);
            context.Output.Done(restored, $"{restored.Name} and its runs are back.");
        }));

    // A name that is a number is reached by its id.
    private static async Task<ExperimentInfo> FindAsync(Context context, bool deleted = false)
    {
        var (experiments, named) = (context.Project.Runs.Experiments, context.Get(Experiment));
        if (long.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return await experiments.GetAsync(id, context.Ct);
        var found = deleted ? await experiments.FindDeletedAsync(named, context.Ct) : await experiments.FindAsync(named, context.Ct);
        return found ?? throw new InvalidOperationException($"There is no{(deleted ? " deleted" : "")} experiment '{named}' in this project.");
    }

    private static void Show(Context context, ExperimentInfo experiment) => context.Output.Object(
        experiment, ("id", experiment.Id), ("name", experiment.Name), ("runs", experiment.Runs), ("newest run", experiment.LastRunAt), ("tags", experiment.Tags),
        ("files", experiment.ArtifactLocation), ("created", experiment.CreatedAt), ("by", experiment.CreatedBy), ("changed", experiment.UpdatedAt),
        ("deleted", experiment.Deleted ? true : null));
}
