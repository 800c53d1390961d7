using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary>What of <c>mesh models …</c> decides about versions: comparison, cards, approvals, gates.</summary>
internal static class ModelGovernanceCommands
{
    private static readonly Argument<string> Model = Options.Name("model", "Name of the model.");
    private static readonly Argument<string> Reference = Options.Name("model", "MODEL, MODEL@VERSION or MODEL@ALIAS.");
    private static readonly Argument<string[]> Versions = new("versions") { Description = "Versions or @aliases, 2 to 20.", Arity = ArgumentArity.OneOrMore };
    private static readonly Argument<ApprovalAction> Action = new("action") { Description = "request, approve or reject; the latter two for admins." };
    private static readonly Argument<string> Alias = Options.Name("alias", "Name of the alias.");
    private static readonly Option<string?> Comment = new("--comment", "-m") { Description = "Why." };
    private static readonly Option<bool> Approved = new("--approved") { Description = "The version must have been approved." };
    private static readonly Option<bool> FourEyes = new("--four-eyes") { Description = "Approved by somebody else than who asked for it." };
    private static readonly Option<string[]> AtLeast = Options.Pairs("--at-least", "A metric and the least it may be.");
    private static readonly Option<string[]> AtMost = Options.Pairs("--at-most", "A metric and the most it may be.");
    private static readonly Option<string[]> Beats = new("--beats") { Description = "A metric that must be higher than that of the version which has the alias." };
    private static readonly Option<string[]> BeatsLower = new("--beats-lower") { Description = "A metric that must be lower than that of the version which has the alias." };
    private static readonly Option<bool> Remove = new("--remove") { Description = "Let any version take the alias." };
    private static readonly Option<int?> Check = new("--check") { Description = "Only say whether this version may take the alias." };

    public static Command Compare() => Verb.Of("compare", "Show versions side by side; what differs is marked with ≠.", [Model, Versions], async context =>
    {
        var found = await context.Project.Models.CompareAsync(context.Get(Model), context.Get(Versions), context.Ct);
        if (context.Output.Json)
        {
            context.Output.Object(found);
            return;
        }

        await context.Output.TableAsync(
            Lines(found).ToAsyncEnumerable(), "", ["", "", .. found.Versions.Select(version => version.Version.ToString(CultureInfo.InvariantCulture))], row => row, ct: context.Ct);
    });

    public static Command Card() => Verb.Of("card", "Print the model card of a version, in markdown.", [Reference], async context =>
    {
        var version = await context.Project.Models.ResolveAsync(context.Get(Reference), context.Ct);
        var card = await context.Project.Models.GetCardAsync(version.Model, version.Version, context.Ct);
        if (context.Output.Json) context.Output.Object(new { model = version.Model, version = version.Version, card });
        else context.Output.Raw(card);
    });

    public static Command Approval() => Verb.Of("approval", "Ask for the approval of a version, give it or refuse it.", [Reference, Action, Comment], async context =>
    {
        var known = await context.Project.Models.ResolveAsync(context.Get(Reference), context.Ct);
        var version = await context.Project.Models.DecideApprovalAsync(known.Model, known.Version, new DecideApproval(context.Get(Action), context.Get(Comment)), context.Ct);
        context.Output.Done(version, $"Version {version.Version} of {version.Model}: {Text(version.Approval)}.");
    });

    public static Command Gate() => Verb.Of(
        "gate", "Say what a version must fulfil before it takes an alias, or check one.", [Model, Alias, Approved, FourEyes, AtLeast, AtMost, Beats, BeatsLower, Remove, Check], async context =>
        {
            var (model, alias) = (context.Get(Model), context.Get(Alias));
            if (context.Get(Check) is { } version)
            {
                var report = await context.Project.Models.CheckGateAsync(model, alias, version, context.Ct);
                if (context.Output.Json) context.Output.Object(report);
                else
                {
                    await context.Output.TableAsync(
                        report.Results.ToAsyncEnumerable(), $"{model}@{alias} has no gate: any version may take it.", ["", "check", ""], result => [result.Passes ? "✓" : "✗", result.Name, result.Detail], ct: context.Ct);
                }

                return;
            }

            if (context.Get(Remove))
            {
                await context.Project.Models.RemoveGateAsync(model, alias, context.Ct);
                context.Output.Done(new { model, alias, gate = (object?)null }, $"Any version may take {model}@{alias} now.");
                return;
            }

            var checks = Checks(context);
            if (checks.Count == 0 && !context.Get(Approved)) throw new UsageException("Say what is asked for: --approved, --at-least METRIC=VALUE, --at-most, --beats; or --remove, or --check VERSION.");
            var info = await context.Project.Models.SetGateAsync(model, alias, new SetGate(context.Get(Approved), context.Get(FourEyes), checks), context.Ct);
            context.Output.Done(info, $"{model}@{alias} is taken only by versions that pass its gate now.");
        });

    /// <summary>An approval in a few words.</summary>
    internal static string? Text(ModelApproval? approval) => approval is null ? null
        : $"{Output.Text(approval.Status)} by {approval.DecidedBy ?? approval.RequestedBy}{(approval.Comment is { Length: > 0 } comment ? $": {comment}" : "")}";

    // The bounds of one metric are one check.
    private static List<GateCheck> Checks(Context context)
    {
        var checks = new Dictionary<string, GateCheck>(StringComparer.Ordinal);
        void Add(string metric, Func<GateCheck, GateCheck> change) => checks[metric] = change(checks.GetValueOrDefault(metric) ?? new GateCheck(metric));
        foreach (var (metric, value) in Options.ToPairs(context.Get(AtLeast), "--at-least") ?? []) Add(metric, check => check with { AtLeast = Number(value, "--at-least") });
        foreach (var (metric, value) in Options.ToPairs(context.Get(AtMost), "--at-most") ?? []) Add(metric, check => check with { AtMost = Number(value, "--at-most") });
        foreach (var metric in context.Get(Beats) ?? []) Add(metric, check => check with { BeatsCurrent = true });
        foreach (var metric in context.Get(BeatsLower) ?? []) Add(metric, check => check with { BeatsCurrent = true, LowerIsBetter = true });
        return [.. checks.Values];
    }

    private static double Number(string text, string option) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
        ? number
        : throw new UsageException($"{option} takes METRIC=NUMBER, not '{text}'.");

    private static IEnumerable<object?[]> Lines(ModelComparison found)
    {
        yield return ["", "aliases", .. found.Versions.Select(version => string.Join(", ", version.Aliases.Select(alias => $"@{alias}")))];
        yield return ["", "framework", .. found.Versions.Select(version => version.Framework)];
        yield return ["", "run", .. found.Versions.Select(version => version.RunId?.ToString() ?? "–")];
        foreach (var line in found.Metrics) yield return [line.Differs ? "≠" : "", $"metrics.{line.Name}", .. line.Values.Select(value => value is { } number ? Figures.Number(number) : "–")];
        foreach (var line in found.Tags) yield return [line.Differs ? "≠" : "", $"tags.{line.Name}", .. line.Values.Select(value => value ?? "–")];
        foreach (var line in found.Inputs.Where(line => line.Differs)) yield return ["≠", $"input {line.Name}", .. line.Values.Select(value => value ?? "–")];
        foreach (var line in found.Outputs.Where(line => line.Differs)) yield return ["≠", $"output {line.Name}", .. line.Values.Select(value => value ?? "–")];
    }
}
