using Mesh.Functions.Profiles;

namespace Mesh.Functions.Queue;

/// <summary>What an attempt takes of its worker: a slot of its profile and the room that it needs. It has it at once, or waits for it.</summary>
internal sealed class WorkerSlot(Profile profile, Room needs)
{
    private readonly TaskCompletionSource _had = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Profile Profile { get; } = profile;

    public Room Needs { get; } = needs;

    /// <summary>The graphics processors that are its own, by number.</summary>
    public IReadOnlyList<int> Gpus { get; private set; } = [];

    /// <summary>Ends when it has its slot.</summary>
    public Task Had => _had.Task;

    /// <summary>It has its slot.</summary>
    public void Grant(IReadOnlyList<int> gpus)
    {
        Gpus = gpus;
        _had.SetResult();
    }
}
