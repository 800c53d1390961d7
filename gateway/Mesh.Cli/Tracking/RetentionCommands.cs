using System.CommandLine;
using System.Globalization;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh retention …</c></summary>
internal static class RetentionCommands
{
    private const string Never = "never";
    private static readonly Option<string?> After = new("--purge-deleted-after")
    {
        Description = "Days after which a deleted run is purged, or 'never'.",
        HelpName = "days|never",
    };


    public static Command Create() => Verb.Noun(
        "retention", "How long a project keeps its deleted runs.",
        Verb.Of("show", "Show how long deleted runs are kept.", [], async context => Show(context, await context.Project.Runs.RetentionAsync(context.Ct))),
        Verb.Of("set", "Set how long deleted runs are kept.", [After], async context =>
            Show(context, await context.Project.Runs.SetRetentionAsync(new SetRetention(Days(context.Get(After))), context.Ct))));

    private static int? Days(string? text) => text switch
    {
        Never => null,
        not null when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) => days,
        _ => throw new UsageException($"--purge-deleted-after takes a number of days, or '{Never}'."),
    };

    private static void Show(Context context, RetentionInfo retention) => context.Output.Object(
        retention, ("deleted runs", retention.PurgeDeletedAfterDays is { } days ? $"purged after {days} days" : "kept until they are purged by hand"),
        ("set by", retention.SetBy), ("set", retention.SetAt));
}
