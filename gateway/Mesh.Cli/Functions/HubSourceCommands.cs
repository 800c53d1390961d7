using System.CommandLine;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary><c>mesh hub sources</c>, <c>add</c>, <c>remove</c>, <c>refresh</c> and <c>publish</c>: where the items of a project's hubs come from.</summary>
internal static class HubSourceCommands
{
    private static readonly Argument<string> Hub = Options.Name("hub", "Name of the hub.");
    private static readonly Option<string?> Git = new("--git") { Description = "Its items come from this repository.", HelpName = "address" };
    private static readonly Option<string?> Ref = new("--ref") { Description = "Git: a branch, a tag or a commit." };
    private static readonly Option<string?> Folder = new("--folder") { Description = "Git: a folder of the repository. Else: its items come from this folder of the service's machine." };
    private static readonly Option<string?> Artifact = new("--artifact") { Description = "Its items come from this directory of the project.", HelpName = "key[@version]" };
    private static readonly Option<string?> Description = new("--description") { Description = "What it is for." };
    private static readonly Argument<string> Function = Options.Name("function", "Name of the function.");
    private static readonly Option<string> To = new("--hub") { Description = "The hub, one without a source.", Required = true };
    private static readonly Option<string> Version = new("--version") { Description = "Semantic version of the item, such as 1.0.0.", Required = true };
    private static readonly Option<string?> OfFunction = new("--of") { Description = "Number or tag of the function's version; the current one when absent." };
    private static readonly Option<string?> Item = new("--item") { Description = "Name of the item; the function's when absent." };
    private static readonly Option<string[]> Categories = new("--category") { Description = "What it is for, in a word; several times for several.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Example = Options.Pairs("--example", "A value of a param of its example.");

    public static IEnumerable<Command> Create() =>
    [
        Verb.Of("sources", "List the hubs of the project.", [], context => context.Output.TableAsync(
            context.Project.Hubs.ListAsync(context.Ct), "The project has no hub. Add one: mesh hub add NAME --git https://host/team/hub.git",
            ["hub", "source", "revision", "#faults", "refreshed"], h => [h.Name, Words(h.Source), h.Revision is { Length: 40 or 64 } hash ? hash[..12] : h.Revision, h.Faults.Count, h.RefreshedAt], ct: context.Ct)),
        Verb.Of("add", "Add a hub: of a repository, a folder, an artifact, or, without any, for what the project publishes.", [Hub, Git, Ref, Folder, GitOptions.Secret, GitOptions.KnownHosts, Artifact, Description], async context =>
        {
            var hub = await context.Project.Hubs.RegisterAsync(context.Get(Hub), new PutHub(Source(context), context.Get(Description)), context.Ct);
            context.Output.Done(hub, hub.Source is null ? $"Hub {hub.Name} is there; publish to it: mesh hub publish FUNCTION --hub {hub.Name} --version 1.0.0" : $"Hub {hub.Name} is at {hub.Revision}.");
            Tell(context, hub.Faults);
        }),
        Verb.Of("remove", "Remove a hub; functions that were imported stay.", [Hub], async context =>
        {
            await context.Project.Hubs.RemoveAsync(context.Get(Hub), context.Ct);
            context.Output.Done(new { hub = context.Get(Hub) }, $"Hub {context.Get(Hub)} is gone.");
        }),
        Verb.Of("refresh", "Read the source of a hub again.", [Hub], async context =>
        {
            var found = await context.Output.WorkingAsync("Reading", _ => context.Project.Hubs.RefreshAsync(context.Get(Hub), context.Ct));
            context.Output.Done(found, $"Hub {found.Hub} is at {found.Revision}: {found.Found} versions of items, {(found.Added.Count == 0 ? "none new" : $"new {string.Join(", ", found.Added)}")}.");
            Tell(context, found.Faults);
        }),
        Verb.Of("publish", "Make a version of an item of a function; versions never change.", [Function, To, Version, OfFunction, Item, Description, Categories, Example], async context =>
        {
            var example = Options.ToPairs(context.Get(Example), "--example");
            var item = await context.Project.Hubs.PublishAsync(
                context.Get(To), new PublishHubItem(
                    context.Get(Function), context.Get(Version), context.Get(OfFunction), context.Get(Item), context.Get(Description),
                    context.Get(Categories) is { Length: > 0 } categories ? categories : null, example is null ? null : new HubExample(example)), context.Ct);
            context.Output.Done(item, $"{item.Hub}/{item.Name}@{item.Version} is published.");
        }),
    ];

    private static HubSource? Source(Context context)
    {
        var (git, folder, artifact) = (context.Get(Git), context.Get(Folder), context.Get(Artifact));
        if (git is null && (context.Get(Ref) is not null || GitOptions.AreGiven(context))) throw new UsageException("--ref, --git-secret and --known-hosts go with --git.");
        if (git is not null && artifact is not null || artifact is not null && folder is not null) throw new UsageException("Give one of --git, --folder and --artifact.");
        if (git is not null) return new HubSource(Git: GitOptions.Open(context, new GitSource(git, context.Get(Ref), folder)));
        return folder is null && artifact is null ? null : new HubSource(Folder: folder is null ? null : Path.GetFullPath(folder), Artifact: artifact);
    }

    private static string Words(HubSource? source) => source switch
    {
        { Git: { } git } => $"{git.Url}{(git.Ref is null ? "" : $" at {git.Ref}")}{(git.Folder is null ? "" : $" in {git.Folder}")}",
        { Folder: { } folder } => folder,
        { Artifact: { } artifact } => $"artifact {artifact}",
        _ => "what is published",
    };

    /// <summary>What is wrong with a source, on standard error.</summary>
    private static void Tell(Context context, IReadOnlyList<HubFault> faults)
    {
        if (context.Output.Json) return;
        foreach (var fault in faults)
        {
            var place = fault.Line is null ? fault.Path : $"{fault.Path}:{fault.Line}:{fault.Column}";
            context.Output.Note(DiffText.Plain($"{place}: {(fault.Field is null ? "" : $"{fault.Field} ")}{fault.Message}"));
        }
    }
}
