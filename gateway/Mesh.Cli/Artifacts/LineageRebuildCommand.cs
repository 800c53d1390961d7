using System.CommandLine;

namespace Mesh.Cli.Artifacts;

/// <summary><c>mesh lineage rebuild</c>, for platform administrators.</summary>
internal static class LineageRebuildCommand
{
    private static readonly Option<bool> Status = new("--status") { Description = "Only say how far it is, or how the last one ended." };
    private static readonly Option<bool> Cancel = new("--cancel") { Description = "Give up the one that runs; the lineage stays what it is." };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Return when it has ended." };

    public static Command Create() => Verb.Of("rebuild", "Make the lineage of all projects again from the journal of events. For platform administrators.", [Status, Cancel, Wait], RunAsync);

    private static async Task RunAsync(Context context)
    {
        if (new[] { context.Get(Status), context.Get(Cancel), context.Get(Wait) }.Count(set => set) > 1) throw new UsageException("--status, --cancel and --wait exclude each other.");
        var client = context.Mesh.LineageRebuild;
        if (context.Get(Cancel))
        {
            await client.CancelAsync(context.Ct);
            context.Output.Done(new { cancelled = true }, "The rebuild is given up. The lineage is what it was.");
            return;
        }

        var rebuild = context.Get(Status) ? await client.FindAsync(context.Ct) : await client.StartAsync(context.Ct);
        while (context.Get(Wait) && rebuild is { FinishedAt: null })
        {
            await Task.Delay(TimeSpan.FromSeconds(1), context.Ct);
            rebuild = await client.FindAsync(context.Ct);
        }

        if (rebuild is null)
        {
            context.Output.Done(new { state = (string?)null }, "The lineage was never rebuilt.");
            return;
        }

        context.Output.Object(
            rebuild, ("state", rebuild.State), ("started", rebuild.StartedAt), ("by", rebuild.StartedBy), ("position", rebuild.Position), ("reached", rebuild.Reached),
            ("events", rebuild.Events), ("left out", rebuild.Skipped == 0 ? null : rebuild.Skipped), ("finished", rebuild.FinishedAt), ("hindered by", rebuild.Problem));
    }
}
