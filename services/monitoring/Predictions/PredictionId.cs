namespace Mesh.Monitoring.Predictions;

/// <summary>Numbers of stored predictions: that of the segment, and the place in it.</summary>
internal static class PredictionId
{
    // 16,384 places; a batch has at most 10,000 rows.
    private const int PlaceBits = 14;

    public static long Of(long segment, int place) => (segment << PlaceBits) | (uint)place;

    public static long SegmentOf(long id) => id >> PlaceBits;

    public static int PlaceOf(long id) => (int)(id & ((1 << PlaceBits) - 1));
}
