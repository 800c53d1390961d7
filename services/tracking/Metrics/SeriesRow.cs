using Mesh.Tracking.Metrics.Buckets;

namespace Mesh.Tracking.Metrics;

/// <summary>A metric by its names.</summary>
internal readonly record struct SeriesKey(string Project, Guid Run, string Name) : IComparable<SeriesKey>
{
    public int CompareTo(SeriesKey other) =>
        string.CompareOrdinal(Project, other.Project) is not 0 and var byProject ? byProject
        : Run.CompareTo(other.Run) is not 0 and var byRun ? byRun
        : string.CompareOrdinal(Name, other.Name);
}

/// <summary>A metric that a commit adds to, its row locked.</summary>
/// <param name="Series">The number that stands for it in the points.</param>
/// <param name="FirstSeq">How many points it had before: the place of the first new one. 0 when the metric is new.</param>
/// <param name="Levels">The state of its buckets before the commit.</param>
internal sealed record SeriesRow(SeriesKey Key, long Series, long FirstSeq, SeriesDelta Delta, BucketLevels Levels);
