using System.Runtime.InteropServices;

namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>
/// Buckets of one metric along one axis, each 2^shift wide: the bucket of a point is its place shifted right, which floors negative ones too.
/// The width doubles whenever there are more than <see cref="Most"/>, so their number stays bounded while the metric grows, wherever its points lie.
/// </summary>
internal sealed class BucketSet(Axis axis, int shift = 0)
{
    /// <summary>With more buckets than this, neighbours are joined.</summary>
    public const int Most = 4096;

    /// <summary>Neighbours are joined until at most this many are left, so that it is seldom done.</summary>
    public const int Left = 2048;

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

    /// <summary>Joins neighbours if there are too many.</summary>
    /// <returns>Whether there were.</returns>
    public bool Coarsen()
    {
        if (Count <= Most) return false;
        while (Count > Left)
        {
            var finer = _buckets;
            _buckets = new Dictionary<long, Bucket>(finer.Count);
            Shift++;
            foreach (var (index, bucket) in finer) Add(index >> 1, bucket);
        }

        return true;
    }
}
