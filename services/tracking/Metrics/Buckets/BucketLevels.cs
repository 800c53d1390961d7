using Npgsql;

namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>How wide the buckets of one axis are (null: there are none yet), and how many there are.</summary>
internal readonly record struct BucketLevel(short? Shift, int Count);

/// <summary>The state of a metric's buckets, kept in its row.</summary>
internal readonly record struct BucketLevels(BucketLevel Step, BucketLevel Time)
{
    public BucketLevel this[Axis axis] => axis == Axis.Step ? Step : Time;

    /// <summary>Reads <c>step_shift, step_buckets, time_shift, time_buckets</c>.</summary>
    public static BucketLevels Read(NpgsqlDataReader row, int first) => new(Level(row, first), Level(row, first + 2));

    private static BucketLevel Level(NpgsqlDataReader row, int first) => new(row.IsDBNull(first) ? null : row.GetInt16(first), row.GetInt32(first + 1));
}
