using Mesh.Functions.Profiles;

namespace Mesh.Functions.Queue;

/// <summary>How fast a worker is with the attempts of each profile: where they end within moments it takes some more before their turn, so that many are taken, and made ready, at once. Thread-safe.</summary>
internal sealed class WorkerPace(TimeProvider clock)
{
    private const int Most = 32;
    private const int LooksAheadPerSecond = 8;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<long>> _ends = new(StringComparer.Ordinal);

    /// <summary>An attempt has left its slot.</summary>
    public void Count(Profile profile)
    {
        lock (_gate)
        {
            if (!_ends.TryGetValue(profile.Name, out var ends)) _ends[profile.Name] = ends = new Queue<long>();
            ends.Enqueue(clock.GetTimestamp());
            if (ends.Count > Most * LooksAheadPerSecond) ends.Dequeue();
        }
    }

    /// <summary>How many attempts will begin within about an eighth of a second, going by the last second.</summary>
    public int Ahead(Profile profile)
    {
        lock (_gate)
        {
            if (!_ends.TryGetValue(profile.Name, out var ends)) return 0;
            while (ends.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) > Window) ends.Dequeue();
            return ends.Count / LooksAheadPerSecond;
        }
    }
}
