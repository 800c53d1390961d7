using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking;

/// <summary><c>mesh runs compare</c></summary>
internal static class CompareCommand
{
    private const int Longest = 60;
    private static readonly Argument<string[]> Ids = new("ids") { Description = "Ids of the runs, 2 to 500.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> OnlyDifferences = new("--only-differences") { Description = "Leave out what is the same in all of them." };

    public static Command Create() => Verb.Of("compare", "Show runs side by side; what differs is marked with ≠.", [Ids, OnlyDifferences], CompareAsync);

    private static async Task CompareAsync(Context context)
    {
        Guid[] ids = [.. context.Get(Ids).Select(text => Guid.TryParse(text, out var id) ? id : throw new UsageException($"'{text}' is no id of a run."))];
        if (ids.Length < 2) throw new UsageException("A comparison takes at least two runs: mesh runs compare ID ID.");
        var found = await context.Project.Runs.CompareAsync(new CompareRuns(ids), context.Ct);
        if (context.Get(OnlyDifferences)) found = found with { Rows = [.. found.Rows.Where(row => row.Differs)] };
        if (context.Output.Json)
        {
            context.Output.Object(found);
            return;
        }

        // A header that begins with # would be taken for one of numbers.
        var names = found.Runs.Select(run => run.Name.StartsWith('#') ? $" {run.Name}" : run.Name);
        await context.Output.TableAsync(Rows(found).ToAsyncEnumerable(), "", ["", "", .. names], row => row, ct: context.Ct);
    }

    private static IEnumerable<object?[]> Rows(RunComparison found)
    {
        yield return ["", "id", .. found.Runs.Select(run => run.Id.ToString())];
        yield return ["", "experiment", .. found.Runs.Select(run => run.Experiment)];
        yield return ["", "status", .. found.Runs.Select(run => Output.Text(run.Status))];
        yield return ["", "started", .. found.Runs.Select(run => Output.Text(run.Started))];
        foreach (var row in found.Rows) yield return [row.Differs ? "≠" : "", Label(row), .. row.Values.Select(Text)];
    }

    private static string Label(ComparedRow row) => row.Kind switch
    {
        ComparedKind.Param => $"params.{row.Key}",
        ComparedKind.Metric => $"metrics.{row.Key}",
        _ => row.Key,
    };

    private static string Text(ComparedValue? value) => value switch
    {
        null => "–",
        { Text: { } text } => text.Length <= Longest ? text : $"{text[..(Longest - 1)]}…",
        _ => Output.Text(value.Last),
    };
}
