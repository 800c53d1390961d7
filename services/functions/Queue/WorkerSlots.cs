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
        lock (_gate) return profile.IsLocal ? (Math.Min(_free[profile.Name], _freeHere), _room) : (_free[profile.Name], Room.Boundless);
    }

    /// <summary>Takes what an attempt needs.</summary>
    /// <param name="has">The graphics processors that it has already, from another worker.</param>
    /// <returns>The graphics processors that are its own.</returns>
    public IReadOnlyList<int> Take(Profile profile, Room needs, IReadOnlyList<int>? has = null)
    {
        lock (_gate)
        {
            _free[profile.Name]--;
            if (!profile.IsLocal) return [];
            _freeHere--;
            _room -= needs;
            int[] gpus = [.. has ?? _gpus.Take(needs.Gpus)];
            _gpus.ExceptWith(gpus);
            return gpus;
        }
    }

    /// <summary>Gives it back.</summary>
    public void Return(Profile profile, Room needs, IReadOnlyList<int> gpus)
    {
        lock (_gate)
        {
            _free[profile.Name]++;
            if (!profile.IsLocal) return;
            _freeHere++;
            _room += needs;
            _gpus.UnionWith(gpus);
        }
    }
}
