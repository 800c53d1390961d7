using System.CommandLine;
using System.Runtime.CompilerServices;
using Mesh.Contracts.Bus;

namespace Mesh.Cli.Bus;

/// <summary><c>mesh bus errors …</c></summary>
internal static class BusCommands
{
    private static readonly Option<string?> Only = new("--service") { Description = "Only of this service.", HelpName = "name" };
    private static readonly Option<int> Limit = Options.Limit(50);
    private static readonly Argument<string> Service = Options.Name("service", "The service that the consumer belongs to.");
    private static readonly Argument<string> Id = Options.Name("id", "Id of the error.");

    public static Command Create() => Verb.Noun(
        "bus", "The events between services.",
        Verb.Noun(
            "errors", "Events that a consumer gave up after every retry.",
            Verb.Of("list", "List them, service by service, those given up last first.", [Only, Limit], context => context.Output.TableAsync(
                ListAsync(context, context.Ct), "No consumer has given anything up.", ["service", "id", "given up", "consumer", "event", "subject", "project", "cause"],
                e => [e.Service, e.Id, e.At, e.Consumer, e.Event.Type, e.Event.Subject, e.Event.Project, e.Cause], context.Get(Limit), context.Ct)),
            Verb.Of("replay", "Hand one to its consumer again.", [Service, Id], async context =>
            {
                await context.Mesh.Bus.ReplayAsync(context.Get(Service), context.Get(Id), context.Ct);
                context.Output.Done(new { service = context.Get(Service), id = context.Get(Id), replayed = true }, "The consumer has handled it.");
            }),
            Verb.Of("drop", "Forget one for good.", [Service, Id], async context =>
            {
                await context.Mesh.Bus.DropAsync(context.Get(Service), context.Get(Id), context.Ct);
                context.Output.Done(new { service = context.Get(Service), id = context.Get(Id), dropped = true }, "It is forgotten.");
            })));

    private static async IAsyncEnumerable<BusError> ListAsync(Context context, [EnumeratorCancellation] CancellationToken ct)
    {
        var services = context.Get(Only) is { } only ? [only] : (await context.Mesh.Bus.GetAsync(ct)).Services;
        foreach (var service in services)
            await foreach (var error in context.Mesh.Bus.ErrorsAsync(service, ct)) yield return error;
    }
}
