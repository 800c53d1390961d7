using System.CommandLine;
using Mesh.Cli.Terminal;
using Mesh.Contracts.Monitoring;

namespace Mesh.Cli.Monitoring;

/// <summary><c>mesh monitors …</c></summary>
internal static class MonitorCommands
{
    private static readonly Argument<string> Endpoint = Options.Name("endpoint", "Name of the endpoint.");
    private static readonly Option<int?> Window = new("--window") { Description = "Length of a window in event time, in seconds." };
    private static readonly Option<int?> MinRows = new("--min-rows") { Description = "Windows with fewer rows say nothing." };
    private static readonly Option<double?> Psi = new("--psi") { Description = "Population stability index from which a feature counts as drifted." };
    private static readonly Option<double?> Js = new("--js") { Description = "Jensen-Shannon distance from which a feature counts as drifted." };
    private static readonly Option<int?> MinFeatures = new("--min-features") { Description = "Drifted features that make a window drifted." };
    private static readonly Option<int?> Detect = new("--detect-after") { Description = "Drifted windows in a row before drift is declared." };
    private static readonly Option<int?> Clear = new("--clear-after") { Description = "Clean windows in a row before it is withdrawn." };
    private static readonly Option<int> Limit = Options.Limit(20);

    public static Command Create() => Verb.Noun(
        "monitors", "Drift of what endpoints see, against what their models were trained on.",
        Verb.Of("list", "List monitors.", [], context => context.Output.TableAsync(
            context.Project.Monitors.ListAsync(context.Ct), "There is no monitor: each endpoint gets one when it is deployed.", ["endpoint", "model", "drift", "#predictions", "last window", "since"],
            m => [m.Endpoint, m.Model, m.Status, m.Predictions, m.LastWindow?.To, m.Since], ct: context.Ct)),
        Verb.Of("show", "Show a monitor with the features of its last window.", [Endpoint], async context =>
            await ShowAsync(context, await context.Project.Monitors.GetAsync(context.Get(Endpoint), context.Ct))),
        Verb.Of("configure", "Change windows and thresholds; what is not given stays.", [Endpoint, Window, MinRows, Psi, Js, MinFeatures, Detect, Clear], async context =>
        {
            var now = (await context.Project.Monitors.GetAsync(context.Get(Endpoint), context.Ct)).Settings;
            await ShowAsync(context, await context.Project.Monitors.ConfigureAsync(context.Get(Endpoint), new ConfigureMonitor(
                context.Get(Window) ?? now.WindowSeconds, context.Get(MinRows) ?? now.MinRows, context.Get(Psi) ?? now.PsiThreshold, context.Get(Js) ?? now.JsThreshold,
                context.Get(MinFeatures) ?? now.MinFeatures, context.Get(Detect) ?? now.WindowsToDetect, context.Get(Clear) ?? now.WindowsToClear), context.Ct));
        }),
        Verb.Of("windows", "List the windows of an endpoint, newest first.", [Endpoint, Limit], context => context.Output.TableAsync(
            context.Project.Monitors.WindowsAsync(context.Get(Endpoint), context.Ct), "No window has closed yet.", ["from", "to", "#rows", "#version", "drifted", "worst feature"],
            w => [w.From, w.To, w.Rows, w.ModelVersion, w.Drifted, Worst(w)], context.Get(Limit), context.Ct)),
        DistributionsCommand.Create(Endpoint),
        Verb.Of("predictions", "List captured predictions, newest first.", [Endpoint, Limit], context => context.Output.TableAsync(
            context.Project.Monitors.PredictionsAsync(context.Get(Endpoint), Math.Clamp(context.Get(Limit), 1, 1000), context.Ct), "No prediction was captured.", ["#id", "event time", "#version", "#latency", "outputs"],
            p => [p.Id, p.EventTime, p.ModelVersion, $"{Figures.Number(p.LatencyMs)} ms", p.Outputs.GetRawText()], context.Get(Limit), context.Ct)));

    private static string? Worst(DriftWindow window) => window.Features.MaxBy(f => f.Psi) is { } worst ? $"{worst.Feature} (PSI {Figures.Number(worst.Psi)})" : null;

    private static async Task ShowAsync(Context context, MonitorInfo monitor)
    {
        var settings = monitor.Settings;
        context.Output.Object(
            monitor, ("endpoint", monitor.Endpoint), ("model", monitor.Model), ("drift", monitor.Status), ("since", monitor.Since), ("predictions", monitor.Predictions),
            ("windows", $"{Figures.Duration(TimeSpan.FromSeconds(settings.WindowSeconds))}, at least {settings.MinRows} rows"),
            ("thresholds", $"PSI {Figures.Number(settings.PsiThreshold)}, Jensen-Shannon {Figures.Number(settings.JsThreshold)}, {settings.MinFeatures} features"),
            ("drift after", $"{settings.WindowsToDetect} windows in a row; clear after {settings.WindowsToClear}"));
        if (context.Output.Json || monitor.LastWindow is not { } window) return;
        await context.Output.TableAsync(
            window.Features.OrderByDescending(f => f.Psi).Take(10).ToAsyncEnumerable(), "", ["feature", "#PSI", "#Jensen-Shannon", "drifted"],
            f => [f.Feature, f.Psi, f.JensenShannon, f.Drifted], ct: context.Ct);
    }
}
