using System.Globalization;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models;

/// <summary>Whether a version may take an alias: its approval, and checks on its metrics.</summary>
internal static class GateRules
{
    /// <summary>The refusal of a version that the gate of an alias does not let through; says what failed. Null where there is no gate.</summary>
    public static Rejection? Refusal(Model model, string alias, int version, VersionMetrics? metrics)
    {
        if (!model.Gates.ContainsKey(alias)) return null;
        // The gate was set, or its alias moved, since the metrics were looked up.
        if (Report(model, alias, version, metrics) is not { } report)
            return Rejection.Conflict("write.contended", "Others write the same object at the same time. Try again.");
        if (report.Passes) return null;
        var failed = string.Join(" ", report.Results.Where(result => !result.Passes).Select(result => result.Detail));
        return Rejection.Conflict("alias.gated", $"Version {version} of '{model.Name}' may not take the alias '{alias}': {failed}", "version");
    }

    /// <summary>Check by check; null when metrics that are asked for were not looked up. Passes where there is no gate.</summary>
    public static GateReport? Report(Model model, string alias, int version, VersionMetrics? metrics)
    {
        var current = model.Aliases.GetValueOrDefault(alias);
        if (!model.Gates.TryGetValue(alias, out var gate)) return new GateReport(alias, version, current, true, []);
        var results = new List<GateResult>();
        if (gate.RequireApproval) results.Add(Approval(gate, model.Approvals.GetValueOrDefault(version), version));
        if (gate.Checks.Count > 0)
        {
            if (metrics is null || !metrics.OfVersion.TryGetValue(version, out var own) || IsOutdated(model, version, metrics)) return null;
            var theirs = current == 0 ? null : metrics.OfVersion.GetValueOrDefault(current);
            if (current != 0 && (theirs is null || IsOutdated(model, current, metrics)) && gate.Checks.Any(check => check.BeatsCurrent)) return null;
            results.AddRange(gate.Checks.Select(check => Check(check, own, current, theirs)));
        }

        return new GateReport(alias, version, current, results.TrueForAll(result => result.Passes), results);
    }

    // Metrics were logged since they were looked up.
    private static bool IsOutdated(Model model, int version, VersionMetrics metrics) =>
        model.MetricLogs.GetValueOrDefault(version) != (metrics.Logs?.GetValueOrDefault(version) ?? 0);

    private static GateResult Approval(AliasGate gate, ModelApproval? approval, int version)
    {
        const string Name = "approval";
        if (approval is not { Status: ApprovalStatus.Approved })
            return new(Name, false, approval is { Status: ApprovalStatus.Rejected } ? $"Its approval was refused by {approval.DecidedBy}." : $"Version {version} is not approved.");
        if (gate.FourEyes && (approval.RequestedBy is null || approval.RequestedBy == approval.DecidedBy))
            return new(Name, false, "It must be approved by somebody else than who asked for it.");
        return new(Name, true, $"Approved by {approval.DecidedBy}.");
    }

    private static GateResult Check(GateCheck check, IReadOnlyDictionary<string, double> own, int current, IReadOnlyDictionary<string, double>? theirs)
    {
        var name = check.Name ?? check.Metric;
        if (!own.TryGetValue(check.Metric, out var value)) return new(name, false, $"It has no metric '{check.Metric}'.");
        if (value < check.AtLeast) return new(name, false, Text($"'{check.Metric}' is {value:G6}, at least {check.AtLeast:G6} is asked for."));
        if (value > check.AtMost) return new(name, false, Text($"'{check.Metric}' is {value:G6}, at most {check.AtMost:G6} is allowed."));
        if (check.BeatsCurrent && theirs is not null && theirs.TryGetValue(check.Metric, out var other) && !(check.LowerIsBetter ? value < other : value > other))
            return new(name, false, Text($"'{check.Metric}' is {value:G6}, and version {current} has {other:G6}."));
        return new(name, true, Text($"'{check.Metric}' is {value:G6}."));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
