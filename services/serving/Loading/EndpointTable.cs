using System.Collections.Concurrent;

namespace Mesh.Serving.Loading;

/// <summary>The endpoints that this replica serves.</summary>
internal sealed class EndpointTable
{
    private readonly ConcurrentDictionary<EndpointKey, EndpointSlot> _slots = new();
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the endpoints were listed for the first time.</summary>
    public Task Listed => _listed.Task;

    public ICollection<EndpointSlot> Slots => _slots.Values;

    /// <summary>The endpoints of the first listing, which a starting replica loads before it takes requests.</summary>
    public IReadOnlyCollection<EndpointSlot> FirstSlots { get; private set; } = [];

    public EndpointSlot? Find(EndpointKey key) => _slots.GetValueOrDefault(key);

    public EndpointSlot FindOrAdd(EndpointKey key) => _slots.GetOrAdd(key, static k => new EndpointSlot(k));

    public IEnumerable<EndpointSlot> OfProject(string project) => _slots.Values.Where(slot => slot.Key.Project == project);

    /// <summary>Takes an endpoint out; requests in flight end in peace.</summary>
    public void Remove(EndpointSlot slot)
    {
        slot.IsRemoved = true;
        _slots.TryRemove(new KeyValuePair<EndpointKey, EndpointSlot>(slot.Key, slot));
        slot.Swap(null);
        slot.Settle();
    }

    public void MarkListed()
    {
        if (_listed.Task.IsCompleted) return;
        FirstSlots = [.. _slots.Values];
        _listed.TrySetResult();
    }
}
