using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary><c>mesh jobs …</c></summary>
internal static class JobCommands
{
    private static readonly Argument<Guid> Id = Options.Id("id", "Id of the job; its run has the same.");
    private static readonly Option<string?> Function = new("--function") { Description = "A function of the project." };
    private static readonly Option<int?> Version = new("--function-version") { Description = "Its version; the newest when absent." };
    private static readonly Option<string?> Item = new("--item") { Description = "An item of the hub." };
    private static readonly Option<string?> Named = new("--name") { Description = "Name of the run." };
    private static readonly Option<string?> Experiment = new("--experiment", "-e") { Description = "Experiment of the run." };
    private static readonly Option<string[]> Params = Options.Pairs("--param", "A param.", "-p");
    internal static readonly Option<string[]> SecretFiles = new("--secret-file")
    {
        Description = "A secret that jobs get as a file; the variable NAME_FILE is its path.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "name",
    };

    private static readonly Option<string[]> Secrets = new("--secret") { Description = "A secret that the job gets.", Arity = ArgumentArity.ZeroOrMore, HelpName = "name" };
    private static readonly Option<string?> TagName = new("--function-tag") { Description = "A tag of the function, instead of a version." };
    private static readonly Option<string[]> Inputs = new("--input", "-i") { Description = "What it reads; the path is in MESH_INPUT_NAME.", HelpName = "name=mesh://…", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int?> Attempts = new("--attempts") { Description = "Attempts before the job is failed." };
    private static readonly Option<int?> Timeout = new("--timeout") { Description = "Longest run of an attempt, in seconds." };
    private static readonly Option<int?> Deadline = new("--deadline") { Description = "Time for the whole job with its waits, in seconds." };
    private static readonly Option<int?> MaxRunning = new("--max-running") { Description = "Jobs of the project that run at once. For admins." };
    private static readonly Option<bool> Unlimited = new("--unlimited") { Description = "As many as there is room for. For admins." };
    private static readonly Option<bool> Wait = new("--wait", "-w") { Description = "Show its log, and return when it has ended: 4 if it ended badly." };
    private static readonly Argument<string[]> Command = new("command") { Description = "After --: program and arguments.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<JobStatus?> Status = new("--status", "-s") { Description = "Only in this status." };
    private static readonly Option<int> Limit = Options.Limit(20);
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why." };

    public static Command Create() => Verb.Noun(
        "jobs", "Jobs: a function, a hub item or a command, run as tracked work.",
        Verb.Of("submit", "Submit a job: --function, --item, or a command after --.", [Function, Version, TagName, Item, Named, Experiment, Params, Inputs, Secrets, SecretFiles, Attempts, Timeout, Deadline, .. PolicyOptions.All, ProfileCommands.Profile, ProfileCommands.Image, DistributedOptions.OfJob, Wait, Command], SubmitAsync),
        Verb.Of("list", "List jobs, newest first.", [Status, Limit], context => context.Output.TableAsync(
            context.Project.Jobs.ListAsync(context.Get(Status), Math.Clamp(context.Get(Limit), 1, 1000), context.Ct), "There is no job like that.",
            ["id", "name", "status", "#attempts", "submitted", "by", "cause"], j => [j.Id, j.Name, j.Status, j.Attempts.Count, j.SubmittedAt, j.SubmittedBy, j.Cause], context.Get(Limit), context.Ct)),
        Verb.Of("show", "Show a job with its attempts.", [Id], async context => await ShowAsync(context, await context.Project.Jobs.GetAsync(context.Get(Id), context.Ct))),
        Verb.Of("wait", "Wait until a job has ended: 4 if it ended badly.", [Id], async context =>
        {
            var job = await context.Output.WorkingAsync("Waiting", progress => context.Project.Jobs.WaitAsync(
                context.Get(Id), j => progress(Terminal.Output.Text(j.Status)), context.Ct));
            await ShowAsync(context, job);
            return Code(job);
        }),
        Verb.Of("abort", "End a job with its whole process tree.", [Id, Reason], async context =>
        {
            var job = await context.Project.Jobs.AbortAsync(context.Get(Id), context.Get(Reason), context.Ct);
            context.Output.Done(job, "The abort is asked for.");
        }),
        Verb.Of("limits", "Show, or set, how many jobs of the project run at once.", [MaxRunning, Unlimited], LimitsAsync),
        Verb.Of("history", "Show what happened to a job.", [Id], context => History.PrintAsync(context, context.Project.Jobs.HistoryAsync(context.Get(Id), context.Ct))));

    private static async Task<int> SubmitAsync(Context context)
    {
        var command = context.Get(Command);
        var job = await context.Project.Jobs.SubmitAsync(new SubmitJob(
            context.Get(Function), context.Get(Version), context.Get(Item), command is { Length: > 0 } ? command : null, context.Get(Named), context.Get(Experiment),
            Options.ToPairs(context.Get(Params), "--param"), null, context.Get(Secrets) is { Length: > 0 } secrets ? secrets : null,
            context.Get(Attempts), context.Get(Timeout), Retry: PolicyOptions.Retry(context), Timeouts: PolicyOptions.Timeouts(context), DeadlineSeconds: context.Get(Deadline), Priority: PolicyOptions.Priority(context), Resources: PolicyOptions.Resources(context))
        {
            Inputs = Options.ToPairs(context.Get(Inputs), "--input"),
            FunctionTag = context.Get(TagName),
            SecretFiles = context.Get(SecretFiles) is { Length: > 0 } files ? files : null,
            Profile = context.Get(ProfileCommands.Profile),
            Image = context.Get(ProfileCommands.Image),
            Replicas = DistributedOptions.ReadReplicas(context),
        }, context.Ct);
        return await FinishAsync(context, job, context.Get(Wait));
    }

    /// <summary>Shows a job that was submitted; where it is waited for, its log first.</summary>
    /// <returns>The exit code that its end stands for.</returns>
    internal static async Task<int> FinishAsync(Context context, JobInfo job, bool wait)
    {
        if (!wait)
        {
            await ShowAsync(context, job);
            return ExitCode.Success;
        }

        if (!context.Output.Json) await FollowAsync(context, job.Id);
        job = await context.Project.Jobs.WaitAsync(job.Id, ct: context.Ct);
        await ShowAsync(context, job);
        return Code(job);
    }

    private static async Task LimitsAsync(Context context)
    {
        var (most, unlimited) = (context.Get(MaxRunning), context.Get(Unlimited));
        if (most is not null && unlimited) throw new UsageException("Give --max-running or --unlimited, not both.");
        var limits = most is null && !unlimited
            ? await context.Project.Jobs.LimitsAsync(context.Ct)
            : await context.Project.Jobs.SetLimitsAsync(most, context.Ct);
        context.Output.Object(
            limits, ("max running", limits.MaxRunning is { } set ? set : "no limit"), ("running", limits.Running), ("queued", limits.Queued), ("set", limits.SetAt), ("by", limits.SetBy));
    }

    private static async Task FollowAsync(Context context, Guid id)
    {
        await foreach (var chunk in context.Project.Jobs.FollowLogAsync(id, context.Ct)) context.Output.Raw(chunk.Text, newLine: false);
    }

    private static int Code(JobInfo job) => job.Status == JobStatus.Succeeded ? ExitCode.Success : ExitCode.EndedBadly;

    private static async Task ShowAsync(Context context, JobInfo job)
    {
        context.Output.Object(
            job, ("id", job.Id), ("name", job.Name), ("status", job.Status), ("cause", job.Cause), ("runs", job.Item ?? job.Function ?? string.Join(' ', job.Command)),
            ("params", job.Params), ("inputs", job.Inputs), ("distributed", DistributedOptions.Describe(job.Distributed)), ("submitted", job.SubmittedAt), ("by", job.SubmittedBy), ("next try", job.NextAttemptAt), ("profile", job.Profile), ("image", job.Image), ("retry", PolicyOptions.Describe(job.Policy?.Retry)), ("needs", PolicyOptions.Describe(job.Policy?.Resources)), ("priority", job.Policy?.Priority is 0 ? null : job.Policy?.Priority), ("deadline", job.Policy?.DeadlineAt),
            ("unschedulable", job.Unschedulable));
        if (context.Output.Json || job.Attempts.Count == 0) return;
        await context.Output.TableAsync(
            context.Project.Jobs.AttemptsAsync(job.Id, context.Ct), "",
            ["#attempt", "state", "worker", "started", "#took", "#exit code", "#signal", "#cpu s", "#peak MiB", "log", "cause"],
            a => [
                a.Number, a.State, a.Worker, a.Steps.FirstOrDefault(s => s.State == AttemptState.Scheduled)?.At, Took(a), a.ExitCode, a.Signal,
                a.Usage is { } used ? Math.Round(used.CpuSeconds, 2) : null, a.Usage is { } peak ? Math.Round(peak.PeakMemoryBytes / 1048576.0, 1) : null,
                a.Log is { } log ? $"{log.From}–{log.To}" : null, a.Cause,
            ],
            ct: context.Ct);
    }

    private static string? Took(AttemptInfo attempt) =>
        attempt.Steps.FirstOrDefault(s => s.State == AttemptState.Scheduled) is { } begun && attempt.Steps[^1] is { State: > AttemptState.Running } end
            ? Figures.Duration(end.At - begun.At)
            : null;
}
