using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary>What is said of attempts: when another one follows, how long each state may take, what they need. The same for a job and for a function, whose jobs have it unless they say otherwise.</summary>
internal static class PolicyOptions
{
    private static readonly Option<RetryClass[]> On = new("--retry-on") { Description = "Another attempt follows only after such ends; after every one when absent.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<double?> Wait = new("--retry-wait") { Description = "Seconds before the second attempt." };
    private static readonly Option<double?> MostWait = new("--retry-most-wait") { Description = "Most seconds before an attempt." };
    private static readonly Option<double?> Factor = new("--retry-factor") { Description = "What each further wait is multiplied by, 1 to 10." };
    private static readonly Option<double?> Jitter = new("--retry-jitter") { Description = "The part of each wait that is drawn by lot, 0 to 1." };
    private static readonly Option<int[]> Never = new("--no-retry-code") { Description = "Never again after this exit code; may be given several times.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int[]> Only = new("--retry-code") { Description = "Again only after this exit code; may be given several times.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int?> Queued = new("--queued-timeout") { Description = "Most seconds that it waits for a worker." };
    private static readonly Option<int?> Preparing = new("--preparing-timeout") { Description = "Most seconds from its claim to the start of its program." };
    private static readonly Option<int?> Urgency = new("--priority") { Description = "Higher goes first, -100 to 100." };
    private static readonly Option<double?> Cpus = new("--cpus") { Description = "Cores that it needs." };
    private static readonly Option<double?> Memory = new("--memory") { Description = "Memory that it needs and may not exceed, in MiB." };
    private static readonly Option<int?> Gpus = new("--gpus") { Description = "Graphics processors that it needs." };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Symbol> All { get; } = [On, Wait, MostWait, Factor, Jitter, Never, Only, Queued, Preparing, Urgency, Cpus, Memory, Gpus];

    /// <summary>When another attempt follows; null when nothing is said of that.</summary>
    public static RetryPolicy? Retry(Context context)
    {
        var wait = new RetryWait(context.Get(Wait), context.Get(MostWait), context.Get(Factor), context.Get(Jitter));
        var policy = new RetryPolicy(null, wait == new RetryWait() ? null : wait, Given(context.Get(On)), Given(context.Get(Never)), Given(context.Get(Only)));
        return policy == new RetryPolicy() ? null : policy;
    }

    /// <summary>How long states may take; null when nothing is said of that.</summary>
    public static StateTimeouts? Timeouts(Context context)
    {
        var timeouts = new StateTimeouts(context.Get(Queued), context.Get(Preparing));
        return timeouts == new StateTimeouts() ? null : timeouts;
    }

    /// <summary>What goes first; null when nothing is said of that.</summary>
    public static int? Priority(Context context) => context.Get(Urgency);

    /// <summary>What attempts need; null when nothing is said of that.</summary>
    public static JobResources? Resources(Context context)
    {
        var resources = new JobResources(context.Get(Cpus), context.Get(Memory) is { } mebibytes ? (long)(mebibytes * 1048576) : null, context.Get(Gpus));
        return resources == new JobResources() ? null : resources;
    }

    /// <summary>When another attempt follows, in words.</summary>
    public static string? Describe(RetryPolicy? retry)
    {
        if (retry is null) return null;
        var said = new List<string>();
        if (retry.On is { } on) said.Add($"after {string.Join(", ", on.Select(end => Output.Text(end)))}");
        if (retry.OnlyExitCodes is { } only) said.Add($"only after exit codes {string.Join(", ", only)}");
        if (retry.NotExitCodes is { } never) said.Add($"never after exit codes {string.Join(", ", never)}");
        if (retry.BackOff is { } wait) said.Add(string.Create(CultureInfo.InvariantCulture, $"waits {wait.FirstSeconds:0.##}{(wait.MostSeconds is { } most ? $" to {most:0.##}" : "")} s, times {wait.Factor ?? 2:0.##}"));
        return string.Join("; ", said);
    }

    /// <summary>What attempts need, in words.</summary>
    public static string? Describe(JobResources? resources)
    {
        if (resources is null) return null;
        var said = new List<string>();
        if (resources.Cpus is { } cpus) said.Add(string.Create(CultureInfo.InvariantCulture, $"{cpus:0.##} cores"));
        if (resources.MemoryBytes is { } bytes) said.Add(Figures.Size(bytes));
        if (resources.Gpus is { } gpus) said.Add($"{gpus} GPUs");
        return string.Join(", ", said);
    }

    private static T[]? Given<T>(T[]? values) => values is { Length: > 0 } ? values : null;
}
