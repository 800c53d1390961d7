using System.CommandLine;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary><c>mesh lineage target</c>: where run events of the project are sent as OpenLineage.</summary>
internal static class LineageTargetCommand
{
    private static readonly Option<string?> Url = new("--url") { Description = "Send run events to this address from now on." };
    private static readonly Option<string?> Secret = new("--secret") { Description = "A secret of the project that is sent as bearer token." };
    private static readonly Option<bool> Remove = new("--remove") { Description = "Send them nowhere any more." };

    public static Command Create() => Verb.Of("target", "Show where run events are sent as OpenLineage, or say where. For admins.", [Url, Secret, Remove], RunAsync);

    private static async Task RunAsync(Context context)
    {
        var lineage = context.Project.Lineage;
        if (context.Get(Url) is null && context.Get(Secret) is not null) throw new UsageException("--secret goes with --url.");
        if (context.Get(Remove))
        {
            if (context.Get(Url) is not null) throw new UsageException("--url and --remove exclude each other.");
            await lineage.RemoveTargetAsync(context.Ct);
            context.Output.Done(new { target = (string?)null }, "Run events are sent nowhere any more.");
            return;
        }

        var target = context.Get(Url) is { } url ? await lineage.SetTargetAsync(new SetOpenLineageTarget(url, context.Get(Secret)), context.Ct) : await lineage.FindTargetAsync(context.Ct);
        if (target is null)
        {
            context.Output.Done(new { target = (string?)null }, "Run events are sent nowhere.");
            return;
        }

        context.Output.Object(
            target, ("url", target.Url), ("secret", target.Secret), ("set by", target.SetBy), ("set", target.SetAt), ("waiting", target.Waiting), ("sent", target.Sent),
            ("refused", target.Refused == 0 ? null : target.Refused), ("last sent", target.LastSentAt), ("failures", target.Failures == 0 ? null : target.Failures), ("next try", target.NextTryAt),
            ("problem", target.Problem));
    }
}
