namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>What is said of points out of form, behind the place where they are.</summary>
internal static class PointFaults
{
    public const string Name =
        "must have a name of 1 to 250 letters, digits, '_', '-', '.', '/', ' ' and ':', that does not begin with '/' or hold '..'.";

    public const string Step = "must have a step that is a whole number from -9223372036854775808 to 9223372036854775807.";
}
