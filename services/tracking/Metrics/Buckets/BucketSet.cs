using System.Runtime.InteropServices;

namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>
/// Buckets of one metric along one axis, each 2^shift wide: the bucket of a point is its place shifted right, which floors negative ones too.
/// The width doubles whenever there are too many, so their number stays bounded while the metric grows, wherever its points lie.
/// </summary>
internal sealed class BucketSet(Axis axis, int shift = 0)
{
    private const int PointsOfBucket = 64;
    private const int Least = 512;
    private const int Greatest = 4096;

    private Dictionary<long, Bucket> _buckets = [];

    public Axis Axis { get; } = axis;

    /// <summary>Binary logarithm of the width, 0 to 63.</summary>
    public int Shift { get; private set; } = shift;

    public int Count => _buckets.Count;

    public IReadOnlyDictionary<long, Bucket> Items => _buckets;

    public void Add(Sample point) => Add(Axis.Place(point) >> Shift, Bucket.Of(point));

    /// <summary>Adds a bucket of the same width; it is joined with the one that is there.</summary>
    public void Add(long index, Bucket bucket)
    {
        ref var mine = ref CollectionsMarshal.GetValueRefOrAddDefault(_buckets, index, out var known);
        mine = known ? mine.Join(bucket, Axis) : bucket;
    }

    /// <summary>Takes a bucket in place of the one that is there.</summary>
    public void Put(long index, Bucket bucket) => _buckets[index] = bucket;

    /// <summary>
    /// With more buckets than this, neighbours are joined until half of it is left, so that it is seldom done. A bucket stands for 64 points and more on
    /// average: points that come in order change few of them.
    /// </summary>
    public static int Most(long points) => (int)Math.Clamp(points / PointsOfBucket, Least, Greatest);

    /// <summary>Joins neighbours if there are too many for a metric of so many points.</summary>
    public void Coarsen(long points)
    {
        var most = Most(points);
        if (Count <= most) return;
        while (Count > most / 2)
        {
            var finer = _buckets;
            _buckets = new Dictionary<long, Bucket>(finer.Count);
            Shift++;
            foreach (var (index, bucket) in finer) Add(index >> 1, bucket);
        }
    }
}
