using System.CommandLine;
using Mesh.Contracts.Monitoring;

namespace Mesh.Cli.Monitoring;

/// <summary><c>mesh events</c>: the journal of everything that happened.</summary>
internal static class EventCommands
{
    private static readonly Option<string?> Types = new("--types", "-t") { Description = "Types, with patterns: run.*,model.promoted" };
    private static readonly Option<string?> Subject = new("--subject") { Description = "Only about this." };
    private static readonly Option<long?> After = new("--after") { Description = "Only after this position; 0 replays everything." };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on as things happen." };
    private static readonly Option<int> Limit = Options.Limit(50);

    public static Command Create() => Verb.Of("events", "List, replay and follow what happened, over all services.", [Types, Subject, After, Follow, Limit], async context =>
    {
        var events = context.Mesh.Options.Project is { } project ? context.Mesh.Project(project).Events : context.Mesh.Events;
        if (!context.Get(Follow))
        {
            await context.Output.TableAsync(
                events.ListAsync(context.Get(Types), context.Get(Subject), context.Get(After), context.Ct), "Nothing has happened.",
                ["#position", "when", "type", "subject", "project", "who"], e => [e.Position, e.Event.Time, e.Event.Type, e.Event.Subject, e.Event.Project, e.Event.Actor],
                context.Get(Limit), context.Ct);
            return;
        }

        await foreach (var entry in events.SubscribeAsync(context.Get(Types), context.Get(Subject), context.Get(After), context.Ct)) Print(context, entry);
    });

    private static void Print(Context context, JournalEntry entry) => context.Output.Piece(
        entry, $"{entry.Position,8}  {Terminal.Output.Text(entry.Event.Time)}  {entry.Event.Type,-24} {entry.Event.Project}/{entry.Event.Subject}  {entry.Event.Actor}");
}
