using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>The last profiles of files that are no blobs, in memory: found out again when they are forgotten.</summary>
internal sealed class RecentProfiles
{
    private const int Most = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Digest, DatasetFormat Format), Known> _known = [];
    private readonly Queue<(string Digest, DatasetFormat Format)> _order = [];

    public Known? Find(string digest, DatasetFormat format)
    {
        lock (_lock) return _known.GetValueOrDefault((digest, format));
    }

    /// <summary>Remembers a profile; not a fault, which may go better another time.</summary>
    public void Keep(string digest, DatasetFormat format, Known known)
    {
        if (known.Fault is not null) return;
        lock (_lock)
        {
            if (!_known.TryAdd((digest, format), known)) return;
            _order.Enqueue((digest, format));
            if (_order.Count > Most) _known.Remove(_order.Dequeue());
        }
    }
}
