using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Monitoring;

namespace Mesh.Cli.Monitoring;

/// <summary><c>mesh monitors distributions</c>: what an endpoint sees beside what its model was trained on, feature by feature or bin by bin.</summary>
internal static class DistributionsCommand
{
    private static readonly Option<string?> Feature = new("--feature") { Description = "Show this feature bin by bin." };
    private static readonly Option<DateTimeOffset?> From = new("--from") { Description = "Begin of the event time; that of the last window when absent.", HelpName = "time" };
    private static readonly Option<DateTimeOffset?> To = new("--to") { Description = "End of the event time; given where --from is.", HelpName = "time" };
    private static readonly Option<int?> Version = new("--version") { Description = "Version of the model; the served one when absent." };

    public static Command Create(Argument<string> endpoint) => Verb.Of(
        "distributions", "Show how the features of predictions are distributed beside the training data, the most drifted first.", [endpoint, Feature, From, To, Version], async context =>
        {
            var found = await context.Project.Monitors.DistributionsAsync(context.Get(endpoint), context.Get(From), context.Get(To), context.Get(Version), context.Ct);
            if (context.Get(Feature) is not { } name)
            {
                await ShowAsync(context, found);
                return;
            }

            await ShowAsync(
                context, found.Features.FirstOrDefault(feature => feature.Feature == name)
                    ?? throw new UsageException($"There is no feature '{name}'. There are: {string.Join(", ", found.Features.Select(feature => feature.Feature))}."));
        });

    private static async Task ShowAsync(Context context, FeatureDistributions found)
    {
        context.Output.Object(
            found, ("model", $"{found.Model}@{found.ModelVersion}"), ("from", found.From), ("to", found.To), ("predictions", found.Rows),
            ("counted", found.Counted < found.Rows ? $"{Figures.Number(found.Counted)}, a sample" : null));
        if (context.Output.Json) return;
        await context.Output.TableAsync(
            found.Features.OrderByDescending(feature => feature.Psi).ToAsyncEnumerable(), "",
            ["feature", "#PSI", "#Jensen-Shannon", "drifted", "training", "predictions", "#missing in training", "#missing"],
            f => [f.Feature, f.Psi, f.JensenShannon, f.Drifted, Line(f.Reference, f), Line(f.Current, f), Missing(f.Reference), Missing(f.Current)], ct: context.Ct);
    }

    private static async Task ShowAsync(Context context, FeatureDistribution feature)
    {
        context.Output.Object(
            feature, ("feature", feature.Feature), ("PSI", feature.Psi), ("Jensen-Shannon", feature.JensenShannon), ("drifted", feature.Drifted));
        if (context.Output.Json) return;
        var (training, predictions) = (Total(feature.Reference), Total(feature.Current));
        await context.Output.TableAsync(
            Bins(feature).ToAsyncEnumerable(), "", ["values", "#training", "#share", "#predictions", "#share"],
            bin => [bin.Name, bin.Training, Share(bin.Training, training), bin.Predictions, Share(bin.Predictions, predictions)], ct: context.Ct);
    }

    private static IEnumerable<(string Name, long Training, long Predictions)> Bins(FeatureDistribution feature)
    {
        for (var bin = 0; bin < feature.Reference.Bins.Count; bin++) yield return (NameOf(feature, bin), feature.Reference.Bins[bin], feature.Current.Bins[bin]);
        if (feature.Current.Other is { } other) yield return ("(other)", feature.Reference.Other ?? 0, other);
        yield return ("(missing)", feature.Reference.Missing, feature.Current.Missing);
    }

    // A value on an edge belongs to the bin on its right.
    private static string NameOf(FeatureDistribution feature, int bin)
    {
        if (feature.Categories is { } names) return names[bin];
        var edges = feature.Edges ?? [];
        if (edges.Count == 0) return "all";
        if (bin == 0) return $"< {Edge(edges[0])}";
        return bin == edges.Count ? $"≥ {Edge(edges[^1])}" : $"{Edge(edges[bin - 1])} to {Edge(edges[bin])}";
    }

    private static string Edge(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    // Both lines of a feature have one scale.
    private static string Line(FeatureCounts counts, FeatureDistribution of) => SparkLine.FromZero(Shares(counts), Shares(of.Reference).Concat(Shares(of.Current)).DefaultIfEmpty().Max());

    private static IEnumerable<double> Shares(FeatureCounts counts) => counts.Bins.Select(count => (double)count / Math.Max(1, Total(counts)));

    private static string Missing(FeatureCounts counts) => Share(counts.Missing, Total(counts));

    private static long Total(FeatureCounts counts) => counts.Bins.Sum() + counts.Missing + (counts.Other ?? 0);

    private static string Share(long part, long of) => of == 0 ? "" : Figures.Percent((double)part / of);
}
