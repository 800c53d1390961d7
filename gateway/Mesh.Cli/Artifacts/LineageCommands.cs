using System.CommandLine;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary><c>mesh lineage …</c></summary>
internal static class LineageCommands
{
    private static readonly Argument<string> Thing = Options.Name("uri", "A mesh:// address, or short: dataset:key@3, model:name@2, run:ID, function:name@4, endpoint:name.");
    private static readonly Option<bool> Up = new("--up") { Description = "Only what it was made from." };
    private static readonly Option<bool> Down = new("--down") { Description = "Only what was made from it." };
    private static readonly Option<int?> Depth = new("--depth") { Description = "How many steps, at most 20; 5 when absent." };

    public static Command Create()
    {
        var lineage = Verb.Of("lineage", "What a thing was made from, and what was made from it, as a tree.", [Thing, Up, Down, Depth], ShowAsync);
        lineage.Subcommands.Add(Verb.Of("affected", "What would be affected if a thing were withdrawn.", [Thing], AffectedAsync));
        lineage.Subcommands.Add(LineageTargetCommand.Create());
        lineage.Subcommands.Add(LineageRebuildCommand.Create());
        return lineage;
    }

    private static async Task ShowAsync(Context context)
    {
        var direction = (context.Get(Up), context.Get(Down)) switch
        {
            (true, false) => LineageDirection.Up,
            (false, true) => LineageDirection.Down,
            _ => LineageDirection.Both,
        };
        var uri = LineageAddress.Read(context.Get(Thing), context.ProjectName);
        var graph = await context.Mesh.Project(uri.Project).Lineage.GetAsync(uri, direction, context.Get(Depth), ct: context.Ct);
        context.Output.Piece(graph, string.Join('\n', LineageTree.Lines(graph, direction)));
        if (graph.Truncated) context.Output.Note("There is more than this answer holds. Ask with a smaller --depth, or for something nearer.");
    }

    private static async Task AffectedAsync(Context context)
    {
        var uri = LineageAddress.Read(context.Get(Thing), context.ProjectName);
        var affected = await context.Mesh.Project(uri.Project).Lineage.AffectedAsync(uri, context.Ct);
        context.Output.Object(
            affected, ("thing", affected.Root),
            ("serves from it now", affected.Endpoints.Where(endpoint => endpoint.ServesNow).Select(endpoint => $"{endpoint.Endpoint} ({endpoint.Version})")),
            ("served from it", affected.Endpoints.Where(endpoint => !endpoint.ServesNow).Select(endpoint => endpoint.Endpoint)),
            ("aliases", affected.Aliases.Select(alias => $"{alias.Model}@{alias.Alias}")), ("models", affected.ModelVersions), ("artifacts", affected.Artifacts), ("runs", affected.Runs));
        if (affected.Truncated) context.Output.Note("There is more than this answer holds.");
    }
}
