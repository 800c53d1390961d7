using System.CommandLine;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh runs purge</c>: ends deleted runs for good.</summary>
internal static class PurgeCommand
{
    private static readonly Argument<Guid[]> Ids = new("id") { Description = "Ids of deleted runs.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<DateTimeOffset?> Before = new("--deleted-before") { Description = "All runs that were deleted before this time.", HelpName = "time" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say how many runs there would be." };

    public static Command Create() => Verb.Of("purge", "Remove deleted runs for good, with their metrics, logs and files.", [Ids, Before, DryRun], async context =>
    {
        var ids = context.Get(Ids) ?? [];
        if (ids.Length == 0 == (context.Get(Before) is null)) throw new UsageException("Name the runs by their ids, or all by --deleted-before TIME, not both.");
        var asked = ids.Length > 0 ? new PurgeRuns(ids) : new PurgeRuns(DeletedBefore: context.Get(Before));
        var purged = await context.Project.Runs.PurgeAsync(asked, context.Get(DryRun), context.Ct);
        var count = purged.Runs == 1 ? "1 run" : $"{purged.Runs} runs";
        context.Output.Done(purged, purged.DryRun ? $"{count} would be purged." : $"{count} purged.");
        foreach (var id in purged.Unknown) context.Output.Note($"There is no run {id}.");
    });
}
