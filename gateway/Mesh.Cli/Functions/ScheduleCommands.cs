using System.CommandLine;
using System.Globalization;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary><c>mesh schedules …</c></summary>
internal static class ScheduleCommands
{
    private static readonly Argument<string> Name = Options.Name("schedule", "Name of the schedule.");
    private static readonly Option<string?> Cron = new("--cron") { Description = "Minute, hour, day, month, weekday; with six fields the first is the second." };
    private static readonly Option<string?> Zone = new("--time-zone") { Description = "IANA time zone of the cron expression; UTC if none is given." };
    private static readonly Option<int?> Every = new("--every") { Description = "Instead of --cron: seconds between two times." };
    private static readonly Option<int?> Jitter = new("--jitter") { Description = "Put each time off by up to so many seconds." };
    private static readonly Option<MisfirePolicy?> Misfire = new("--misfire") { Description = "What becomes of times that went by while nothing could fire: skip, fireOnce, catchUp." };
    private static readonly Option<int?> MaxCatchUp = new("--max-catch-up") { Description = "With catchUp: the most times that are caught up." };
    private static readonly Option<OverlapPolicy?> Overlap = new("--overlap") { Description = "What becomes of a time at which the last job still runs: skip, queue, replace, allow." };
    private static readonly Option<string?> Function = new("--function") { Description = "A function to run." };
    private static readonly Option<string?> Item = new("--item") { Description = "A hub item to run." };
    private static readonly Option<string[]> Params = Options.Pairs("--param", "A param of the job.", "-p");
    private static readonly Option<string?> Experiment = new("--experiment", "-e") { Description = "Experiment of the runs." };
    private static readonly Option<int?> Attempts = new("--attempts") { Description = "Attempts before a job is failed." };
    private static readonly Option<string?> Description = new("--description") { Description = "What it is for." };
    private static readonly Argument<string[]> Command = new("command") { Description = "After --: program and arguments.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int> Count = new("--count", "-n") { Description = "How many.", DefaultValueFactory = _ => 10 };
    private static readonly Option<DateTimeOffset> From = new("--from") { Description = "Begin of the range.", Required = true, CustomParser = Time };
    private static readonly Option<DateTimeOffset> To = new("--to") { Description = "End of the range, itself left out.", Required = true, CustomParser = Time };

    public static Command Create() => Verb.Noun(
        "schedules", "Schedules: jobs at given times.",
        Verb.Of("list", "List schedules.", [], context => context.Output.TableAsync(
            context.Project.Schedules.ListAsync(context.Ct), "There is no schedule. Create one: mesh schedules create NAME --cron '0 3 * * *' --function F",
            ["schedule", "when", "runs", "state", "next", "last", "last job"],
            s => [s.Name, When(s), Runs(s.Job), s.IsPaused ? "paused" : "active", s.NextAt, s.LastDueAt, s.LastJobId], ct: context.Ct)),
        Verb.Of(
            "create", "Create a schedule, or define it anew: --cron or --every, and --function, --item, or a command after --.",
            [Name, Cron, Zone, Every, Jitter, Misfire, MaxCatchUp, Overlap, Function, Item, Params, Experiment, Attempts, ProfileCommands.Profile, ProfileCommands.Image, Description, Command],
            async context => Show(context, await context.Project.Schedules.DefineAsync(context.Get(Name), Body(context), context.Ct))),
        Verb.Of("show", "Show a schedule.", [Name], async context => Show(context, await context.Project.Schedules.GetAsync(context.Get(Name), context.Ct))),
        Verb.Of("pause", "Let a schedule stand still.", [Name], async context => Show(context, await context.Project.Schedules.PauseAsync(context.Get(Name), context.Ct))),
        Verb.Of("resume", "Let a schedule go on.", [Name], async context => Show(context, await context.Project.Schedules.ResumeAsync(context.Get(Name), context.Ct))),
        Verb.Of("next", "Show the next times of a schedule.", [Name, Count], async context =>
        {
            var times = await context.Project.Schedules.NextAsync(context.Get(Name), context.Get(Count), context.Ct);
            await context.Output.TableAsync(times.ToAsyncEnumerable(), "It never comes again.", ["due"], t => [t], ct: context.Ct);
        }),
        Verb.Of("backfill", "Submit the job of each due time of a past range that has none.", [Name, From, To], async context =>
        {
            var filled = await context.Project.Schedules.BackfillAsync(context.Get(Name), context.Get(From), context.Get(To), context.Ct);
            await context.Output.TableAsync(
                filled.Times.ToAsyncEnumerable(), "No time lies in that range.", ["due", "job", "is new"], t => [t.DueAt, t.JobId, t.IsNew ? "yes" : "no"], ct: context.Ct);
        }),
        Verb.Of("history", "Show what happened to a schedule.", [Name], context => History.PrintAsync(context, context.Project.Schedules.HistoryAsync(context.Get(Name), context.Ct))),
        Verb.Of("delete", "Delete a schedule; its jobs stay.", [Name], async context =>
        {
            await context.Project.Schedules.DeleteAsync(context.Get(Name), context.Ct);
            context.Output.Done(new { project = context.ProjectName, name = context.Get(Name), deleted = true }, $"The schedule {context.Get(Name)} is deleted.");
        }));

    private static PutSchedule Body(Context context) => new(
        new SubmitJob(
            context.Get(Function), Item: context.Get(Item), Command: context.Get(Command) is { Length: > 0 } command ? command : null, Experiment: context.Get(Experiment),
            Params: Options.ToPairs(context.Get(Params), "--param"), MaxAttempts: context.Get(Attempts))
        { Profile = context.Get(ProfileCommands.Profile), Image = context.Get(ProfileCommands.Image) },
        context.Get(Cron), context.Get(Zone), context.Get(Every), context.Get(Jitter), context.Get(Misfire), null, context.Get(MaxCatchUp), context.Get(Overlap),
        context.Get(Description));

    private static DateTimeOffset Time(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
        result.AddError($"'{text}' is no time; write it like 2026-05-04T12:00:00Z.");
        return default;
    }

    private static string When(ScheduleInfo schedule) => schedule.Cron is { } cron ? $"{cron} ({schedule.TimeZone})" : $"every {schedule.EverySeconds} s";

    private static string Runs(SubmitJob job) => job.Item ?? job.Function ?? string.Join(' ', job.Command ?? []);

    private static void Show(Context context, ScheduleInfo schedule) => context.Output.Object(
        schedule, ("schedule", schedule.Name), ("when", When(schedule)), ("jitter", schedule.JitterSeconds == 0 ? null : TimeSpan.FromSeconds(schedule.JitterSeconds)),
        ("runs", Runs(schedule.Job)), ("params", schedule.Job.Params), ("misfire", schedule.Misfire), ("overlap", schedule.Overlap), ("state", schedule.IsPaused ? "paused" : "active"),
        ("next", schedule.NextAt), ("waiting", schedule.Waiting.Count == 0 ? null : schedule.Waiting.Count), ("last", schedule.LastDueAt), ("last job", schedule.LastJobId),
        ("last skipped", schedule.LastSkipped), ("description", schedule.Description), ("defined", schedule.DefinedAt), ("by", schedule.DefinedBy));
}
