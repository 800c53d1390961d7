using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Terminal;
using Mesh.Cli.Tracking.Export;
using Mesh.Client.Tracking;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh runs …</c></summary>
internal static class RunCommands
{
    private static readonly Argument<Guid> Id = Options.Id("id", "Id of the run.");
    private static readonly Argument<string> Metric = Options.Name("metric", "Name of the metric.");
    private static readonly Option<string?> Experiment = new("--experiment", "-e") { Description = "Only of this experiment." };
    private static readonly Option<RunStatus?> Status = new("--status", "-s") { Description = "Only in this status." };
    private static readonly Option<string?> Kind = new("--kind") { Description = "Only of this kind." };
    private static readonly Option<Guid?> Parent = new("--parent") { Description = "Only children of this run." };
    private static readonly Option<string?> NameFilter = new("--name") { Description = "Only with this in the name." };
    private static readonly Option<string?> Filter = new("--filter") { Description = "Only those that this finds, such as \"metrics.auc > 0.9 AND params.lr = '0.1'\"." };
    private static readonly Option<string[]> OrderBy = new("--order-by")
    {
        Description = "Sort by this, such as \"metrics.auc DESC\"; may be given several times.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "key",
    };

    private static readonly Option<int> Limit = Options.Limit(20);
    private static readonly Option<int> Values = Options.Limit(1000);
    private static readonly Option<string?> AsOf = new("--as-of") { Description = "The run as it was then: a time (RFC 3339) or a version.", HelpName = "time|version" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why." };

    public static Command Create() => Verb.Noun(
        "runs", "Runs: what was tried, with what, and how it went.",
        Verb.Of("list", "List runs, newest first.", [Experiment, Status, Kind, Parent, NameFilter, Filter, OrderBy, Limit], ListAsync),
        Verb.Of("show", "Show a run with where it came from, what it read and made, and how its metrics went.", [Id, AsOf], async context =>
            await RunCard.PrintAsync(context, await ReadAsync(context), asOf: context.Get(AsOf) is not null)),
        CompareCommand.Create(),
        TailCommand.Create(),
        Verb.Of("history", "Show who did what to a run, and when.", [Id], context => History.PrintAsync(context, context.Project.Runs.HistoryAsync(context.Get(Id), context.Ct))),
        Verb.Of("metric", "Show the history of a metric.", [Id, Metric, Values], context => context.Output.TableAsync(
            context.Project.Runs.MetricAsync(context.Get(Id), context.Get(Metric), context.Ct), "No value was logged.", ["#step", "#value", "when"],
            p => [p.Step, p.Value, p.Time], context.Get(Values), context.Ct)),
        LogsCommand.Create(),
        Verb.Of("abort", "Ask a run to end; a job's process tree is ended.", [Id, Reason], async context =>
        {
            var run = await context.Project.Runs.AbortAsync(context.Get(Id), context.Get(Reason), context.Ct);
            context.Output.Done(run, "The abort is asked for.");
        }),
        Verb.Of("delete", "Delete a run that has ended.", [Id], async context =>
        {
            await context.Project.Runs.DeleteAsync(context.Get(Id), context.Ct);
            context.Output.Done(new { id = context.Get(Id), deleted = true }, "The run is deleted.");
        }),
        Verb.Of("restore", "Bring a deleted run back.", [Id], async context =>
        {
            var run = await context.Project.Runs.RestoreAsync(context.Get(Id), context.Ct);
            context.Output.Done(run, $"{run.Name} is back.");
        }),
        PurgeCommand.Create(),
        RecoverCommand.Create(),
        ExportCommand.Create());

    private static Task ListAsync(Context context)
    {
        var filter = new RunFilter
        {
            Experiment = context.Get(Experiment),
            Status = context.Get(Status),
            Kind = context.Get(Kind),
            Parent = context.Get(Parent),
            Name = context.Get(NameFilter),
            Filter = context.Get(Filter),
            OrderBy = context.Get(OrderBy) ?? [],
            PageSize = Math.Clamp(context.Get(Limit), 1, 1000),
        };
        return context.Output.TableAsync(
            context.Project.Runs.ListAsync(filter, context.Ct), "There is no run like that.",
            ["id", "name", "experiment", "status", "started", "#took", "metrics"],
            r => [r.Id, r.Name, r.Experiment, r.Status, r.StartedAt, RunCard.Took(r), string.Join("  ", r.Metrics.Take(3).Select(m => $"{m.Key} {Figures.Number(m.Value.Last)}"))],
            context.Get(Limit), context.Ct);
    }

    private static Task<RunInfo> ReadAsync(Context context)
    {
        var runs = context.Project.Runs;
        var id = context.Get(Id);
        return context.Get(AsOf) switch
        {
            null => runs.GetAsync(id, ct: context.Ct),
            var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) => runs.GetAsOfVersionAsync(id, version, context.Ct),
            var text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) => runs.GetAsync(id, time, context.Ct),
            var text => throw new UsageException($"--as-of takes a time such as 2026-11-23T18:00:00Z or a version such as 3, not '{text}'."),
        };
    }
}
