namespace Mesh.Functions.Queue;

/// <summary>How fast a worker is: attempts that end within moments make it take some more before their turn, so that many are taken, and made ready, at once. Thread-safe.</summary>
internal sealed class WorkerPace(TimeProvider clock)
{
    private const int Most = 32;
    private const int LooksAheadPerSecond = 8;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<long> _ends = new();

    /// <summary>An attempt has left its slot.</summary>
    public void Count()
    {
        lock (_gate)
        {
            _ends.Enqueue(clock.GetTimestamp());
            if (_ends.Count > Most * LooksAheadPerSecond) _ends.Dequeue();
        }
    }

    /// <summary>How many attempts will begin within about an eighth of a second, going by the last second.</summary>
    public int Ahead()
    {
        lock (_gate)
        {
            while (_ends.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) > Window) _ends.Dequeue();
            return _ends.Count / LooksAheadPerSecond;
        }
    }
}
