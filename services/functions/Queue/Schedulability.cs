using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Queue;

/// <summary>Says why a job that waits could wait for ever: no worker that is alive has what it asks for.</summary>
internal sealed class Schedulability(JobQueue queue, ProfileRegistry profiles)
{
    /// <summary>The reason, or null if a worker could take it, or it does not wait.</summary>
    public async Task<string?> ReasonAsync(Job job, CancellationToken ct)
    {
        if (job.Status != JobStatus.Queued) return null;
        var name = job.Work.Profile ?? Profile.BuiltIn;
        var isLocal = profiles.Find(name) is not { IsLocal: false };
        if (isLocal && name == Profile.BuiltIn && job.Policy?.Resources is null) return null;
        var needs = isLocal ? Room.Of(job.Policy?.Resources) : default;
        var (alive, oneHolds, most) = await queue.MeasureAsync(name, needs, ct);
        if (oneHolds) return null;
        if (alive == 0) return name == Profile.BuiltIn ? "No worker is alive that says what it has." : $"No worker is alive that runs jobs of the profile '{name}'.";
        var lacks = new List<string>(3);
        if (needs.Cpus > most.Cpus) lacks.Add(Invariant($"it asks for {needs.Cpus:0.##} cores, the most that a worker has is {most.Cpus:0.##}"));
        if (needs.MemoryBytes > most.MemoryBytes)
            lacks.Add(Invariant($"it asks for {needs.MemoryBytes / 1048576.0:0.##} MiB of memory, the most that a worker has is {most.MemoryBytes / 1048576.0:0.##} MiB"));
        if (needs.Gpus > most.Gpus) lacks.Add(Invariant($"it asks for {needs.Gpus} graphics processors, the most that a worker has is {most.Gpus}"));
        return lacks.Count == 0
            ? "No worker has all that it asks for together."
            : $"No worker could ever take it: {string.Join("; ", lacks)}.";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
