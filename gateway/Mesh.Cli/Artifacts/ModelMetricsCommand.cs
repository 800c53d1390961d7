using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary><c>mesh models metrics</c>: what was measured of a version, and more of it.</summary>
internal static class ModelMetricsCommand
{
    private static readonly Argument<string> Reference = Options.Name("model", "MODEL, MODEL@VERSION or MODEL@ALIAS.");
    private static readonly Option<string[]> Set = Options.Pairs("--log", "A metric that was measured, and its value.");
    private static readonly Option<string?> Dataset = new("--dataset") { Description = "Address of the data that it was measured on." };
    private static readonly Option<DateTimeOffset?> At = new("--at") { Description = "When it was measured; now when absent." };
    private static readonly Option<int> Limit = Options.Limit();

    public static Command Create() => Verb.Of("metrics", "Show all metrics that were logged of a version, last first; with --log, log more.", [Reference, Set, Dataset, At, Limit], RunAsync);

    private static async Task RunAsync(Context context)
    {
        var pairs = Options.ToPairs(context.Get(Set), "--log");
        if (pairs is null && (context.Get(Dataset) ?? context.Get(At)?.ToString(CultureInfo.InvariantCulture)) is not null)
            throw new UsageException("--dataset and --at say more of what --log logs.");
        var metrics = pairs?.Select(pair => new NewModelMetric(pair.Key, Number(pair.Value), context.Get(Dataset), context.Get(At))).ToList();
        var version = await context.Project.Models.ResolveAsync(context.Get(Reference), context.Ct);
        if (metrics is not null)
        {
            var logged = await context.Project.Models.LogMetricsAsync(version.Model, version.Version, new LogModelMetrics(metrics), context.Ct);
            context.Output.Done(logged, $"Version {version.Version} of {version.Model}: {string.Join(", ", metrics.Select(metric => $"{metric.Name} {Figures.Number(metric.Value)}"))}.");
            return;
        }

        await context.Output.TableAsync(
            context.Project.Models.MetricsAsync(version.Model, version.Version, context.Ct), "No metrics.", ["metric", "#value", "data", "measured", "by"],
            metric => [metric.Name, Figures.Number(metric.Value), metric.Dataset ?? (metric.Registered ? "(registered with it)" : null), metric.At, metric.By], context.Get(Limit), context.Ct);
    }

    private static double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
        ? number
        : throw new UsageException($"--log takes METRIC=NUMBER, not '{text}'.");
}
