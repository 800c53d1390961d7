using Mesh.Functions.Profiles;

namespace Mesh.Functions.Queue;

/// <summary>
/// What a worker has left: slots of each profile and, for its own machine, slots, cores, memory and graphics processors of all profiles of processes
/// together. What runs on a cluster takes a slot of its profile and nothing else. Thread-safe.
/// </summary>
internal sealed class WorkerSlots
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _free;
    private readonly SortedSet<int> _gpus;
    private readonly List<WorkerSlot> _waiting = [];
    private readonly HashSet<WorkerSlot> _had = [];
    private int _freeHere;
    private Room _room;

    public WorkerSlots(ProfileRegistry profiles, WorkerCapacity capacity)
    {
        Profiles = [.. profiles.All];
        _free = Profiles.ToDictionary(p => p.Name, p => p.Concurrency, StringComparer.Ordinal);
        _freeHere = _free[Profile.BuiltIn];
        _room = capacity.Has;
        _gpus = [.. Enumerable.Range(0, capacity.Has.Gpus)];
    }

    /// <summary>The profiles whose jobs this worker runs.</summary>
    public IReadOnlyList<Profile> Profiles { get; }

    /// <summary>How many more attempts of a profile it can run, and how large they may be.</summary>
    public (int Slots, Room Room) FreeOf(Profile profile)
    {
        lock (_gate) return (SlotsOf(profile), profile.IsLocal ? _room : Room.Boundless);
    }

    /// <summary>How many attempts of a profile wait for a slot.</summary>
    public int CountWaiting(Profile profile)
    {
        lock (_gate) return _waiting.Count(slot => slot.Profile.Name == profile.Name);
    }

    /// <summary>Takes what an attempt needs.</summary>
    /// <param name="has">The graphics processors that it has already, from another worker.</param>
    public WorkerSlot Take(Profile profile, Room needs, IReadOnlyList<int>? has = null)
    {
        var slot = new WorkerSlot(profile, needs);
        lock (_gate) Grant(slot, has);
        return slot;
    }

    /// <summary>Takes a slot on this machine for an attempt that needs no room, or waits for the next in line.</summary>
    public WorkerSlot TakeOrWait(Profile profile)
    {
        var slot = new WorkerSlot(profile, default);
        lock (_gate)
        {
            if (SlotsOf(profile) > 0) Grant(slot, null);
            else _waiting.Add(slot);
        }

        return slot;
    }

    /// <summary>Gives it back, or waits for it no longer. Safe to call again.</summary>
    public void Return(WorkerSlot slot)
    {
        lock (_gate)
        {
            if (!_had.Remove(slot))
            {
                _waiting.Remove(slot);
                return;
            }

            _free[slot.Profile.Name]++;
            if (!slot.Profile.IsLocal) return;
            _freeHere++;
            _room += slot.Needs;
            _gpus.UnionWith(slot.Gpus);
            while (_waiting.Find(waiting => SlotsOf(waiting.Profile) > 0) is { } next)
            {
                _waiting.Remove(next);
                Grant(next, null);
            }
        }
    }

    private int SlotsOf(Profile profile) => profile.IsLocal ? Math.Min(_free[profile.Name], _freeHere) : _free[profile.Name];

    private void Grant(WorkerSlot slot, IReadOnlyList<int>? has)
    {
        _had.Add(slot);
        _free[slot.Profile.Name]--;
        int[] gpus = [];
        if (slot.Profile.IsLocal)
        {
            _freeHere--;
            _room -= slot.Needs;
            gpus = [.. has ?? _gpus.Take(slot.Needs.Gpus)];
            _gpus.ExceptWith(gpus);
        }

        slot.Grant(gpus);
    }
}
