using System.CommandLine;
using Mesh.Client.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh runs recover</c>: sends the metrics that processes left on this machine when they ended.</summary>
internal static class RecoverCommand
{
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what is there." };
    private static readonly Option<bool> Old = new("--old") { Description = "Also what is older than 13 days: the mesh may count one batch of a file twice." };

    public static Command Create() => Verb.Of(
        "recover", "Send the metrics that processes of this machine could not send before they ended; of one project with --project.", [DryRun, Old], RecoverAsync);

    private static async Task<int> RecoverAsync(Context context)
    {
        var found = new List<RecoveredSpool>();
        await foreach (var spool in context.Mesh.RecoverAsync(new RecoverSpools(context.Mesh.Options.Project, context.Get(DryRun), context.Get(Old)), context.Ct)) found.Add(spool);
        await context.Output.TableAsync(
            found.ToAsyncEnumerable(), "Nothing was left behind for this mesh.", ["project", "run", "outcome", "#values", "#refused", "file", "why"],
            spool => [spool.Project, spool.Run, spool.Outcome, spool.Points, spool.Refused, spool.File, spool.Reason], ct: context.Ct);
        return found.All(spool => spool.Outcome is SpoolOutcome.Sent or SpoolOutcome.Waiting) ? ExitCode.Success : ExitCode.Failed;
    }
}
