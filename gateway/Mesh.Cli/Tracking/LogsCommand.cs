using System.CommandLine;
using System.Text;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh runs logs</c>: the log of a run, as it grows, or the lines of it that hold a text.</summary>
internal static class LogsCommand
{
    private static readonly Argument<Guid> Id = Options.Id("id", "Id of the run.");
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on until the run has ended." };
    private static readonly Option<string?> Search = new("--search") { Description = "Only the lines with this text, by their numbers.", HelpName = "text" };
    private static readonly Option<bool> Regex = new("--regex") { Description = "The text is a regular expression." };
    private static readonly Option<bool> IgnoreCase = new("--ignore-case", "-i") { Description = "Upper and lower case are the same." };
    private static readonly Option<int> Limit = new("--limit", "-n") { Description = "Most matches to show.", DefaultValueFactory = _ => 1000 };

    public static Command Create() => Verb.Of("logs", "Show the log of a run, or search in it.", [Id, Follow, Search, Regex, IgnoreCase, Limit], context =>
    {
        var isSearch = context.Get(Search) is not null;
        if (context.Get(Follow) && isSearch) throw new UsageException("A log is followed or searched: give --follow or --search, not both.");
        if (!isSearch && (context.Get(Regex) || context.Get(IgnoreCase))) throw new UsageException("--regex and --ignore-case say how --search TEXT is meant.");
        return isSearch ? SearchAsync(context) : context.Get(Follow) ? FollowAsync(context) : ShowAsync(context);
    });

    private static async Task SearchAsync(Context context)
    {
        LogMatch? last = null;
        var left = context.Get(Limit);
        await foreach (var match in context.Project.Runs.SearchLogAsync(context.Get(Id), context.Get(Search)!, context.Get(Regex), context.Get(IgnoreCase), context.Ct))
        {
            if (left-- <= 0) break;
            // A line with several matches is shown once; a script gets each.
            if (context.Output.Json || (match.Line, match.Text) != (last?.Line, last?.Text)) context.Output.Piece(match, $"{match.Line}: {match.Text}");
            last = match;
        }

        if (last is null) context.Output.Note("Nothing like that is in the log.");
    }

    private static async Task FollowAsync(Context context)
    {
        await foreach (var chunk in context.Project.Runs.FollowLogAsync(context.Get(Id), ct: context.Ct)) context.Output.Piece(chunk, chunk.Text, newLine: false);
    }

    private static async Task ShowAsync(Context context)
    {
        var whole = new StringBuilder();
        await foreach (var text in ReadAsync(context))
        {
            if (context.Output.Json) whole.Append(text);
            else context.Output.Raw(text, newLine: false);
        }

        if (context.Output.Json) context.Output.Object(new { id = context.Get(Id), text = whole.ToString() });
    }

    private static async IAsyncEnumerable<string> ReadAsync(Context context)
    {
        for (long offset = 0; ;)
        {
            var chunk = await context.Project.Runs.LogAsync(context.Get(Id), offset, context.Ct);
            yield return chunk.Text;
            if (chunk.NextOffset == offset) yield break;
            offset = chunk.NextOffset;
        }
    }
}
