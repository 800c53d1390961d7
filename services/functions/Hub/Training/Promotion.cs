using System.Globalization;

namespace Mesh.Hub.Training;

/// <summary>Whether a new version takes the place of the one before, and why, in a sentence.</summary>
internal sealed record Promotion(bool Promote, string Reason)
{
    /// <param name="challenger">The metric of the new version on the held-back rows.</param>
    /// <param name="champion">The same of the version before, measured on the same rows; null when it cannot be measured.</param>
    /// <param name="margin">How much better the new one must be.</param>
    public static Promotion Decide(Metric metric, double challenger, double? champion, double margin, string against)
    {
        if (champion is not { } old) return new Promotion(false, $"{against} could not be measured on the held-back rows, so nothing says that the new version is better.");
        var (now, before, needed) = (Text(challenger), Text(old), margin > 0 ? $" by more than {Text(margin)}" : "");
        return metric.IsBetter(challenger, old, margin)
            ? new Promotion(true, $"{metric.Name} {now} on the held-back rows beats {before} of {against}{needed}.")
            : new Promotion(false, $"{metric.Name} {now} on the held-back rows does not beat {before} of {against}{needed}.");
    }

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
